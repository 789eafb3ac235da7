# Copyright 2026 Nevil contributors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""
Runs on the other machine: sends what its logs hold, and what is added to them.

It is sent there as text, so it imports nothing of Nevil, and Python 3.7 understands it. It reads
one JSON object from its standard input, and ends when that is closed. It writes frames: a JSON
object on a line, then as many bytes as its ``size`` says.

Older files of a log are complete before the next one is named: who reads the copies as they come
finds what one would have found there.
"""

from __future__ import annotations

import json
import os
import re
import select
import sys
import time
from typing import Any
import zlib

__all__ = ['FINGERPRINT_BYTES', 'START', 'main']

START = b'NEVIL-LOGS 1\n'
FINGERPRINT_BYTES = 1024
_BLOCK_BYTES = 256 * 1024
_TICK_S = 0.05
_LOOK_S = 0.2
_MOST_LOOKS = 20
_MOST_FILES = 2000
_WHOLE = (b'\xff', b'\xfe', b'\x1f', b'\xfd', b'\x28')
_MOST_OPEN = 500
_STATES = ('.local/state/nevil/*/logs', '.local/state/nevil/launch/*/logs')


class _File:
    """
    A file that is sent.

    :param start: where in it the copy begins
    """

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        status = os.fstat(self.fd)
        self.key = '%d:%d' % (status.st_dev, status.st_ino)
        self.start = self.offset = 0
        self.named = False

    @property
    def size(self) -> int:
        return os.fstat(self.fd).st_size

    def fingerprint(self, size: int) -> int:
        return zlib.crc32(os.pread(self.fd, min(size, FINGERPRINT_BYTES), self.start))


class _Sender:
    """
    Sends the logs of a folder.

    :param request: ``names`` is a pattern whose first group is the name of a log, ``have`` what
        the other side has of each file: where that starts, how much it is, its fingerprint;
        ``history`` how much of a log is sent of what there is, None is all
    """

    def __init__(self, folder: str, request: dict[str, Any]) -> None:
        self._folder = folder
        self._names = re.compile(request['names'])
        self._have = request['have']
        self._history = request['history']
        self._files: dict[str, _File] = {}
        self._paths: dict[str, str] = {}
        self.skipped = 0

    def look(self) -> bool:
        """Find the files that there are now; return whether that has changed."""
        paths = self._walk()
        if paths == self._paths:
            return False
        for _ in range(_MOST_LOOKS):  # until no rotation is under way
            again = self._walk()
            if again == paths:
                break
            paths = again
        self._paths = paths
        for key in [key for key in self._files if key not in paths]:
            file = self._files.pop(key)
            self._drain(file)
            os.close(file.fd)
            _send({'kind': 'gone', 'file': key})
        for key in self._have:  # removed while nobody was connected
            _send({'kind': 'gone', 'file': key})
        self._have = {}
        return True

    @property
    def left_out(self) -> int:
        """Return how many files are too many."""
        return len(self._paths.keys() - self._files.keys())

    def send(self) -> None:
        """Send what is new, of each log the oldest file first."""
        for key in sorted(self._paths, key=self._age):
            file = self._files.get(key)
            if file is not None:
                if not file.named:
                    file.named = True
                    _send({'kind': 'names', 'names': self._named(), 'file': key,
                           'start': file.start, 'offset': file.offset})
                self._drain(file)

    def names(self) -> None:
        """Send the names that files have now, of those that were named."""
        _send({'kind': 'names', 'names': self._named()})

    def _named(self) -> dict[str, str]:
        return {key: path for key, path in self._paths.items()
                if key in self._files and self._files[key].named}

    def _drain(self, file: _File) -> None:
        size = file.size
        if size < file.offset:
            file.start = file.offset = 0
            _send({'kind': 'cut', 'file': file.key})
        while file.offset < size:
            data = os.pread(file.fd, _BLOCK_BYTES, file.offset)
            if not data:
                break
            _send({'kind': 'data', 'file': file.key, 'at': file.offset,
                   'written': os.fstat(file.fd).st_mtime}, data)
            file.offset += len(data)

    def _walk(self) -> dict[str, str]:
        """Return the path in the folder of each log, by its file's number; keep it open."""
        found: dict[str, str] = {}
        fresh = []
        for folder, folders, names in os.walk(self._folder):
            folders.sort()
            for name in sorted(names):
                if self._names.fullmatch(name) is None or len(found) >= _MOST_FILES:
                    continue
                path = os.path.join(folder, name)
                try:
                    status = os.stat(path)
                    key = '%d:%d' % (status.st_dev, status.st_ino)
                    if key not in self._files and len(self._files) < _MOST_OPEN:
                        file = _File(path)
                        key = file.key
                        if key in self._files:
                            os.close(file.fd)
                        else:
                            self._files[key] = file
                            fresh.append(key)
                except OSError:
                    continue
                found[key] = os.path.relpath(path, self._folder)
        self._begin(fresh, found)
        return found

    def _begin(self, fresh: list[str], found: dict[str, str]) -> None:
        """Find out where new files are sent from: what the other side has of them is not."""
        first = not self._paths
        left: dict[str, int] = {}
        for key in sorted((key for key in fresh if key in found),
                          key=lambda key: self._age(key, found), reverse=True):
            file = self._files[key]
            have = self._have.pop(key, None)
            if have is not None:
                file.start = have[0]
                if file.size >= have[0] + have[1] and file.fingerprint(have[1]) == have[2]:
                    file.offset = have[0] + have[1]
                    continue
                file.start = 0
            log = self._log(found[key])
            room = left.get(log, self._history)
            if first and room is not None:
                file.start = file.offset = _after(file, room)
                self.skipped += file.start
                left[log] = max(0, room - file.size)

    def _log(self, path: str) -> str:
        match = self._names.fullmatch(os.path.basename(path))
        return os.path.join(os.path.dirname(path), match.group(1) if match else path)

    def _age(self, key: str, paths: dict[str, str] | None = None) -> tuple[str, int, float]:
        """Return what sorts files by their logs, and those of one by age, the oldest first."""
        path = (paths or self._paths)[key]
        log = self._log(path)
        rest = re.sub(r'\D', '', path[len(log):])
        if path == log:
            return log, 2, 0.0
        if len(rest) <= 4:
            return log, 1, -float(rest or 0)
        return log, 0, float(rest[:14].ljust(14, '0'))


def _after(file: _File, room: int) -> int:
    """Return where the last bytes of a file start, at a line; 0 where it is sent whole."""
    size = file.size
    start = os.pread(file.fd, 4, 0)
    # UTF-16, and what is packed, cannot be read from the middle.
    if size <= room or b'\0' in start or start[:1] in _WHOLE:
        return 0
    if room <= 0:
        return size
    data = os.pread(file.fd, _BLOCK_BYTES, size - room)
    return size - room + data.find(b'\n') + 1


def _send(head: dict[str, Any], data: bytes = b'') -> None:
    head['size'] = len(data)
    rest = memoryview(json.dumps(head).encode() + b'\n' + data)
    while rest:
        rest = rest[os.write(1, rest):]


def _folder_of(path: str) -> str:
    """Return the folder of logs that a path means; '' finds one."""
    home = os.path.expanduser('~')
    if path:
        inside = os.path.join(home, path.lstrip('/'))
        folder = os.path.join(home, path[3:]) if path.startswith('/~/') else path
        folder = inside if os.path.isdir(inside) and not os.path.isdir(folder) else folder
        logs = os.path.join(folder, 'logs')
        return logs if os.path.isdir(logs) else folder
    import glob
    found = [os.path.join(os.path.dirname(nodes), 'logs') for pattern in (
        '.nodes', '*/.nodes', '*/*/.nodes') for nodes in glob.glob(os.path.join(home, pattern))]
    for pattern in _STATES:
        found += glob.glob(os.path.join(home, pattern))
    found = [folder for folder in found if os.path.isdir(folder)]
    return max(found, key=_written) if found else os.path.join(home, '.ros', 'log')


def _written(folder: str) -> float:
    """Return when a log in a folder was written last."""
    return max((entry.stat().st_mtime for entry in os.scandir(folder) if entry.is_file()),
               default=0.0)


def _ended(timeout_s: float) -> bool:
    """Wait that long; return whether the other side has gone."""
    ready = select.select([0], [], [], timeout_s)[0]
    return bool(ready) and not os.read(0, 1)


def main() -> None:
    """Send until the other side has gone."""
    request = json.loads(sys.stdin.buffer.readline())
    os.write(1, START)
    folder = _folder_of(request['path'])
    sender = _Sender(folder, request)
    problem = '' if os.path.isdir(folder) else 'there is no such folder'
    _send({'kind': 'hello', 'folder': folder, 'problem': problem,
           'zone': time.localtime().tm_gmtoff})
    looked = said = False
    looked_at = 0.0
    while True:
        if not looked or time.monotonic() - looked_at >= _LOOK_S:
            if sender.look():
                sender.names()
            looked, looked_at = True, time.monotonic()
        sender.send()
        if not said:
            said = True
            _send({'kind': 'caught', 'skipped': sender.skipped, 'left_out': sender.left_out})
        if _ended(_TICK_S):
            return


if __name__ == '__main__':
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)

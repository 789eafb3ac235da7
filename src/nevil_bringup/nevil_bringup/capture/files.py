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

"""Log files that grow to a limit, are renamed aside, and survive a disk that is full."""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path
import time

from nevil_bringup.capture.lines import stamp

__all__ = ['LogFile', 'LogFolder']

# A full disk fails each write: it is asked twice a second, not at each line of each node.
_RETRY_S = 0.5


class LogFile:
    """
    One log, ``x.log``, with its predecessors ``x.log.1``, ``x.log.2``.

    What cannot be written is dropped and counted; a line says how many once writing works again.
    """

    def __init__(self, path: Path, max_bytes: int, keep_files: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._keep_files = max(1, keep_files)
        self._file = -1
        self._size = 0
        self._torn = False
        self._lost = 0
        self._why = ''
        self._retry_at = 0.0

    @property
    def lost(self) -> int:
        """Return how many lines were lost since the last one that was written."""
        return self._lost

    def append(self, data: bytes) -> None:
        """Write lines; a file that would grow over its limit is rotated before."""
        if not self._is_usable():
            self._lost += data.count(b'\n')
            return
        while data:
            part = self._part(data)
            written = self._write(part)
            data = data[written:]
            if written < len(part):
                self._lost += data.count(b'\n')
                return

    def rotate(self) -> None:
        """Rename ``x.log`` to ``x.log.1`` and so on; a reader keeps the file it has open."""
        self.close()
        names = [self._path, *(self._path.with_name(f'{self._path.name}.{number}')
                               for number in range(1, self._keep_files))]
        try:
            # The oldest first: the other way round each rename would overwrite a file still to be
            # moved.
            for older, newer in zip(reversed(names), list(reversed(names))[1:]):
                if newer.exists():
                    os.replace(newer, older)
            if len(names) == 1:
                os.truncate(self._path, 0)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._why = error.strerror or str(error)

    def check(self) -> None:
        """Open a new file if ours was removed under us."""
        # Somebody ran rm or logrotate: without a name, what is written would be lost with the
        # descriptor.
        if self._file >= 0 and os.fstat(self._file).st_nlink == 0:
            self.close()

    def close(self) -> None:
        """Close the file; the next append opens it again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _is_usable(self) -> bool:
        """Open the file if necessary, end a torn line and log what was lost."""
        if self._file < 0 and not self._open():
            return False
        if self._torn and self._write(b'\n') == 0:
            return False
        if self._lost:
            report = self._report()
            if self._write(report) < len(report):
                return False
            self._lost = 0
        return True

    def _open(self) -> bool:
        if time.monotonic() < self._retry_at:
            return False
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(
                self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            self._size = os.fstat(self._file).st_size
            self._torn = self._size > 0 and os.pread(self._file, 1, self._size - 1) != b'\n'
        except OSError as error:
            self._fail(error)
            return False
        return True

    def _part(self, data: bytes) -> bytes:
        """Return as many whole lines as fit the file, after a rotation if none does."""
        room = self._max_bytes - self._size
        if len(data) <= room:
            return data
        end = data.rfind(b'\n', 0, max(0, room)) + 1
        if end == 0 and self._size > 0:
            self.rotate()
            self._open()
            end = data.rfind(b'\n', 0, self._max_bytes) + 1
        return data[:end or data.find(b'\n') + 1 or len(data)]

    def _write(self, data: bytes) -> int:
        """Return how much could be written."""
        try:
            if self._file < 0:
                raise OSError(self._why)
            written = os.write(self._file, data)
        except OSError as error:
            self._fail(error)
            return 0
        self._size += written
        self._torn = written < len(data) and data[written - 1:written] != b'\n'
        return written

    def _fail(self, error: OSError) -> None:
        self._why = error.strerror or str(error)
        self._retry_at = time.monotonic() + _RETRY_S
        self.close()

    def _report(self) -> bytes:
        name = self._path.name.partition('.')[0]
        text = (f'] [WARNING] [{name}] [capture] {self._lost} lines were lost while this log '
                f'could not be written: {self._why}\n')
        return b'[' + stamp(time.time_ns()) + text.encode()


class LogFolder:
    """
    The logs of a project.

    :param per_node_max_bytes: limits of single nodes
    :param retention_days: older files are removed, those of nodes that are gone included
    """

    def __init__(self, *, directory: str, max_bytes: int, keep_files: int, retention_days: float,
                 per_node_max_bytes: Mapping[str, int]) -> None:
        self._directory = Path(directory)
        self._max_bytes = max_bytes
        self._keep_files = keep_files
        self._retention_days = retention_days
        self._per_node_max_bytes = per_node_max_bytes
        self._files: dict[str, LogFile] = {}

    def file(self, node: str) -> LogFile:
        """Return the log of a node."""
        if node not in self._files:
            self._files[node] = LogFile(
                self._directory / f'{node}.log',
                self._per_node_max_bytes.get(node, self._max_bytes), self._keep_files)
        return self._files[node]

    def rotate(self, node: str) -> None:
        """Begin a node's log again, unless there is nothing in it."""
        try:
            if (self._directory / f'{node}.log').stat().st_size > 0:
                self.file(node).rotate()
        except OSError:
            pass

    def check(self) -> None:
        """See to files that were removed under us."""
        for file in self._files.values():
            file.check()

    def remove_old(self) -> None:
        """Remove logs that nothing was written to for the retention time."""
        oldest = time.time() - self._retention_days * 86400
        try:
            for path in self._directory.glob('*.log*'):
                if path.stat().st_mtime < oldest:
                    path.unlink()
        except OSError:
            pass  # it is someone else's, or gone already: the next time decides

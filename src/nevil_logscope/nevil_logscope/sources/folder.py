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

"""Every log file of a folder, merged by time; files that appear later included."""

from __future__ import annotations

from collections import deque
from datetime import tzinfo
import os
import re
import time

from nevil_logscope.sources.file import LogFile
from nevil_logscope.sources.merge import merged
from nevil_logscope.store import Batch
from nevil_logscope.store import Names
import numpy as np

__all__ = ['FolderSource']

_SCAN_S = 0.5
_WORTH_SAYING = 100_000
_LOG = re.compile(r'(.+\.log)(?:\.\d+)?')


class FolderSource:
    """
    The ``*.log`` files of a folder and of the folders in it, with their rotated predecessors.

    :param names: of the store
    :param only: names of files; None is all
    :param history_bytes: of each file, that much of what is there already is read; None is all
    :param zone: of times with a mere label (v3's EST) or none; None is this machine's
    """

    def __init__(
        self, folder: str | os.PathLike[str], names: Names, *, name: str = 'files',
        only: frozenset[str] | None = None, history_bytes: int | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self.name = name
        self.received = self.dropped = 0
        self.loading = True
        self._folder = os.fspath(folder)
        self._names, self._zone = names, zone
        self._only = only
        self._history_bytes = history_bytes
        self._files: dict[str, LogFile] = {}
        # What a file has given that may be newer than what others still have to give.
        self._held: dict[str, deque[Batch]] = {}
        self._problems: dict[str, str] = {}
        self._folder_problem = ''
        self._scanned_at = -_SCAN_S

    @property
    def ok(self) -> bool:
        """Tell whether there is something to read."""
        return not self._folder_problem and any(file.found for file in self._files.values())

    @property
    def status(self) -> str:
        """Return what is read, and what cannot be."""
        if self._folder_problem:
            return self._folder_problem
        many = len(self._files)
        parts = [f'{many} file{"" if many == 1 else "s"}' if many
                 else f'no log files in {self._folder} yet']
        behind = sum(file.pending_bytes for path, file in self._files.items()
                     if path not in self._problems)
        if behind > _WORTH_SAYING:
            parts.append(f'{behind / 1e6:.1f} MB to read')
        parts += [f'{os.path.basename(path)}: {problem}'
                  for path, problem in sorted(self._problems.items())]
        return '; '.join(parts)

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what is new, in order of time as far as the files are read."""
        deadline = time.perf_counter() + budget_s
        self._scan()
        for path in list(self._files):
            self._read(path)
        while time.perf_counter() < deadline:
            behind = [path for path, file in self._files.items() if file.behind]
            if not behind:
                break
            self._read(min(behind, key=lambda path: self._files[path].key))
        ready = self._take_ready()
        if self.loading and not any(file.behind for file in self._files.values()):
            self.loading = False
        self.received += sum(len(batch) for batch in ready)
        return ready

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _scan(self) -> None:
        now = time.monotonic()
        if now - self._scanned_at < _SCAN_S:
            return
        self._scanned_at = now
        try:
            paths = self._paths()
            self._folder_problem = ''
        except OSError as error:
            self._folder_problem = f'{self._folder}: {_reason(error)}'
            return
        for path in sorted(paths - self._files.keys()):
            history = self._history_bytes if self.loading else None
            try:
                self._files[path] = LogFile(
                    path, self._names, self.name, zone=self._zone, history_bytes=history)
                self._problems.pop(path, None)
            except OSError as error:
                self._problems[path] = _reason(error)

    def _paths(self) -> set[str]:
        """Return the current files' names, for their predecessors too."""
        found = set()
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found |= _logs(entry.path, self._only)
        return found | _logs(self._folder, self._only)

    def _read(self, path: str) -> None:
        file = self._files[path]
        try:
            batch = file.read()
        except OSError as error:
            self._problems[path] = _reason(error)
            return
        if self._problems:
            self._problems.pop(path, None)
        if batch is not None:
            self._held.setdefault(path, deque()).append(batch)

    def _take_ready(self) -> list[Batch]:
        """Take what no file that is behind can precede."""
        until = min((file.key for file in self._files.values() if file.behind), default=None)
        ready: list[Batch] = []
        for held in self._held.values():
            while held:
                batch = held.popleft()
                keys = np.maximum.accumulate(batch.at_ns)
                count = len(keys) if until is None else int(
                    np.searchsorted(keys, until, 'right'))
                if count:
                    ready.append(batch if count == len(keys) else batch.take(np.arange(count)))
                if count < len(keys):
                    held.appendleft(batch.take(np.arange(count, len(keys))))
                    break
        return [merged(ready)] if ready else []


def _logs(folder: str, only: frozenset[str] | None) -> set[str]:
    try:
        names = os.listdir(folder)
    except PermissionError:
        if only is None:
            raise
        return set()
    found = {match[1] for name in names if (match := _LOG.fullmatch(name))}
    return {os.path.join(folder, name) for name in found if only is None or name in only}


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()

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

"""Several log files, read together in order of time as far as that is to be had."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import tzinfo
import os
import time

from nevil_logscope.sources.bag_file import BagFile
from nevil_logscope.sources.file import LogFile
from nevil_logscope.store import Batch
from nevil_logscope.store import Names
from nevil_nodes.logs.bag import is_bag
import numpy as np

__all__ = ['Files', 'megabytes', 'reason']

# Listing folders costs more than looking at open files, and a new file is rare.
_SCAN_S = 0.5
_WORTH_SAYING = 100_000


class Files:
    """
    Reads files, those that are behind in time first; others may appear later.

    What a file has given is held back while another, that is still behind, may precede it: so a
    long history comes nearly in order, which is cheap for the store.

    :param names: of the store
    :param history_bytes: of each file, that much of what is there already is read; None is all
    :param zone: of times with a mere label (v3's EST) or none; None is this machine's
    """

    def __init__(
        self, names: Names, name: str, *, history_bytes: int | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self.name = name
        self.received = self.dropped = 0
        self.loading = True
        self._names, self._zone, self._history_bytes = names, zone, history_bytes
        self.files: dict[str, LogFile | BagFile] = {}
        self.problems: dict[str, str] = {}
        # What a file has given that may be newer than what others still have to give.
        self._held: dict[str, deque[Batch]] = {}
        self._scanned_at = -_SCAN_S

    def paths(self) -> Iterable[str]:
        """
        Return the files that there are now.

        :raises OSError: that cannot be found out
        """
        raise NotImplementedError

    def place_of(self, path: str) -> int:
        """Return where a file stands among others for entries of one time."""
        return self._names.sources.number(self.name)

    @property
    def pending_bytes(self) -> int:
        """Return how much there is still to read."""
        return sum(file.pending_bytes for path, file in self.files.items()
                   if path not in self.problems)

    @property
    def notes(self) -> list[str]:
        """Return what is to be known of the files: what is left out, what cannot be read."""
        found = []
        pending = self.pending_bytes
        if pending > _WORTH_SAYING or (pending and self.loading):
            found.append(f'{megabytes(pending)} to read')
        skipped = sum(file.skipped_bytes for file in self.files.values())
        if skipped:
            found.append(
                f'{megabytes(skipped)} of older entries left out (--max-entries reads more)')
        return found + [f'{os.path.basename(path)}: {problem}'
                        for path, problem in sorted(self._all_problems().items())]

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what is new, in order of time as far as the files are read."""
        deadline = time.perf_counter() + budget_s
        self._scan()
        for path in list(self.files):
            self._read(path)
        while time.perf_counter() < deadline:
            behind = [path for path, file in self.files.items() if file.behind]
            if not behind:
                break
            self._read(min(behind, key=lambda path: self.files[path].key))
        ready = self._take_ready()
        if self.loading and not any(file.behind for file in self.files.values()):
            self.loading = False
        self.received += sum(len(batch) for batch in ready)
        return ready

    def close(self) -> None:
        """Close the files."""
        for file in self.files.values():
            file.close()
        self.files.clear()

    def _all_problems(self) -> dict[str, str]:
        found = {path: file.problem for path, file in self.files.items() if file.problem}
        return found | self.problems

    def _scan(self) -> None:
        now = time.monotonic()
        if now - self._scanned_at < _SCAN_S:
            return
        self._scanned_at = now
        for path in self.paths():
            if path in self.files:
                continue
            self._names.set_place(path, self.place_of(path))
            try:
                self.files[path] = self._opened(path)
                self.problems.pop(path, None)
            except OSError as error:
                self.problems[path] = reason(error)

    def _opened(self, path: str) -> LogFile | BagFile:
        if is_bag(path):
            return BagFile(path, self._names, self.name)
        history = self._history_bytes if self.loading else None
        return LogFile(path, self._names, self.name, zone=self._zone, history_bytes=history)

    def _read(self, path: str) -> None:
        file = self.files[path]
        try:
            batch = file.read()
        except OSError as error:
            self.problems[path] = reason(error)
            return
        if self.problems:
            self.problems.pop(path, None)
        if batch is not None:
            self._held.setdefault(path, deque()).append(batch)

    def _take_ready(self) -> list[Batch]:
        """Take what no file that is behind can precede; only stamps that jump can, seldom."""
        until = min((file.key for file in self.files.values() if file.behind), default=None)
        ready: list[Batch] = []
        for held in self._held.values():
            while held:
                batch = held.popleft()
                count = len(batch)
                if until is not None:
                    early = np.flatnonzero(batch.at_ns <= until)
                    count = int(early[-1]) + 1 if len(early) else 0
                if count:
                    ready.append(batch.part(0, count))
                if count < len(batch):
                    held.appendleft(batch.part(count, len(batch)))
                    break
        return ready


def reason(error: OSError) -> str:
    """Return why a file cannot be read."""
    return (error.strerror or str(error)).lower()


def megabytes(size: int) -> str:
    """Return a size as one reads it."""
    return f'{size / 1e6:.1f} MB'

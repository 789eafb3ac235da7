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

"""One file, or what comes through standard input."""

from __future__ import annotations

from datetime import tzinfo
import os
import select
import time

from nevil_logscope.sources.file import LogFile
from nevil_logscope.sources.parser import LineParser
from nevil_logscope.store import Batch
from nevil_logscope.store import Names
from nevil_nodes.logs.whole_lines import WholeLines

__all__ = ['FileSource', 'StreamSource']

_BLOCK_BYTES = 256 * 1024
_QUIET_S = 0.15


class FileSource:
    """Any log file, from its oldest rotation on; followed as it grows."""

    def __init__(
        self, path: str | os.PathLike[str], names: Names, *, zone: tzinfo | None = None,
        history_bytes: int | None = None,
    ) -> None:
        self._path = os.fspath(path)
        self.name = os.path.basename(self._path)
        self.received = self.dropped = 0
        self.loading = True
        self._names, self._zone, self._history_bytes = names, zone, history_bytes
        self._file: LogFile | None = None
        self._problem = ''

    @property
    def ok(self) -> bool:
        """Tell whether there is a file."""
        return self._file is not None and self._file.found and not self._problem

    @property
    def status(self) -> str:
        """Return what it is doing."""
        if self._problem or self._file is None:
            return f'{self._path}: {self._problem or "not read yet"}'
        if not self._file.found:
            return f'{self._path}: no such file yet'
        pending = self._file.pending_bytes
        return f'{pending / 1e6:.1f} MB to read' if pending else 'all read, followed'

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what is new."""
        deadline = time.perf_counter() + budget_s
        found: list[Batch] = []
        try:
            if self._file is None:
                self._file = LogFile(self._path, self._names, self.name, zone=self._zone,
                                     history_bytes=self._history_bytes)
            while True:
                batch = self._file.read()
                if batch is not None:
                    found.append(batch)
                if not self._file.behind:
                    self.loading = False
                if not self._file.behind or time.perf_counter() > deadline:
                    break
            self._problem = ''
        except OSError as error:
            self._problem = (error.strerror or str(error)).lower()
            self.loading = False
        self.received += sum(len(batch) for batch in found)
        return found

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class StreamSource:
    """
    What another program writes into a pipe.

    :param fd: is read when there is something; the writer waits when nobody reads
    """

    def __init__(
        self, fd: int, names: Names, *, name: str = 'stdin', zone: tzinfo | None = None,
    ) -> None:
        self.name = name
        self.received = self.dropped = 0
        self.loading = False
        self.ok = True
        self._fd = fd
        self._lines = WholeLines()
        self._parser = LineParser(names, name, name, zone)
        self._read_at = 0.0

    @property
    def status(self) -> str:
        """Return whether more may come."""
        return 'read' if self.ok else 'ended'

    def poll(self, budget_s: float) -> list[Batch]:
        """Return what is new."""
        deadline = time.perf_counter() + budget_s
        found = []
        while self.ok and select.select([self._fd], [], [], 0)[0]:
            try:
                data = os.read(self._fd, _BLOCK_BYTES)
            except OSError:
                data = b''
            self.ok = bool(data)
            self._read_at = time.monotonic()
            if whole := (self._lines.feed(data) if data else self._lines.end()):
                found.append(self._parser.feed(whole))
            if time.perf_counter() > deadline:
                break
        if not self.ok or time.monotonic() - self._read_at > _QUIET_S:
            found.append(self._parser.flush())
        batches = [batch for batch in found if batch is not None]
        self.received += sum(len(batch) for batch in batches)
        return batches

    def close(self) -> None:
        """Leave the descriptor to its owner."""

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

"""Files by name, and what comes through standard input."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from datetime import tzinfo
import os
import select
import time

from nevil_logscope.sources.files import Files
from nevil_logscope.sources.parser import LineParser
from nevil_logscope.store import Batch
from nevil_logscope.store import Names
from nevil_nodes.logs.encoding import SNIFFED_BYTES
from nevil_nodes.logs.encoding import TextDecoder
from nevil_nodes.logs.encoding import valid_lines
from nevil_nodes.logs.generations import generations
from nevil_nodes.logs.whole_lines import WholeLines

__all__ = ['FileSource', 'StreamSource']

_BLOCK_BYTES = 256 * 1024
_QUIET_S = 0.15


class FileSource(Files):
    """
    Log files by their names, each from its oldest rotation on; followed as they grow.

    A file that is a rotation of another one named is read
    once, in its place.

    :param paths: one or several
    """

    def __init__(
        self, paths: str | os.PathLike[str] | Sequence[str], names: Names, *,
        zone: tzinfo | None = None, history_bytes: int | None = None,
    ) -> None:
        several = [paths] if isinstance(paths, (str, os.PathLike)) else paths
        self._paths = _without_rotations([os.fspath(path) for path in several])
        many = len(self._paths)
        super().__init__(
            names, os.path.basename(self._paths[0]) if many == 1 else f'{many} files',
            history_bytes=history_bytes, zone=zone)

    @property
    def ok(self) -> bool:
        """Return whether there is a file."""
        return any(file.found and path not in self.problems for path, file in self.files.items())

    @property
    def status(self) -> str:
        """Return what it is doing."""
        missing = [f'{path}: no such file yet' for path in self._paths
                   if path in self.files and not self.files[path].found]
        said = missing + self.notes
        if not self.files and not self.problems:
            return f'{self._paths[0]}: not read yet'
        if said:
            return '; '.join(said)
        return 'all read, followed' if self.received else 'it is empty'

    def paths(self) -> Iterable[str]:
        """Return the files."""
        return self._paths

    def place_of(self, path: str) -> int:
        """Return where a file was named."""
        return self._paths.index(path)


def _without_rotations(paths: list[str]) -> list[str]:
    """Return files, each once, without those that are read as the older part of others."""
    once = {os.path.realpath(path): path for path in reversed(paths)}
    older = {os.path.realpath(other) for path in once.values()
             for other, _ in generations(path)[1:]}
    return [path for real, path in reversed(once.items()) if real not in older]


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
        self._decoder: TextDecoder | None = None
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
            if whole := self._whole_lines(data):
                found.append(self._parser.feed(valid_lines(whole)))
            if time.perf_counter() > deadline:
                break
        if not self.ok or time.monotonic() - self._read_at > _QUIET_S:
            found.append(self._parser.flush())
        batches = [batch for batch in found if batch is not None]
        self.received += sum(len(batch) for batch in batches)
        return batches

    def _whole_lines(self, data: bytes) -> bytes:
        first, decoder = self._decoder is None, self._decoder or TextDecoder(data[:SNIFFED_BYTES])
        self._decoder = decoder
        if data:
            return self._lines.feed(decoder.feed(data, first))
        return self._lines.feed(decoder.end()) + self._lines.end()

    def close(self) -> None:
        """Leave the descriptor to its owner."""

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

"""One log file, followed through its rotations, as batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
import os
import re
import time

from nevil_logscope.sources.parser import LineParser
from nevil_logscope.store import Batch
from nevil_logscope.store import Names
from nevil_nodes.logs import Tail

__all__ = ['LogFile', 'node_of']

# A record may get further lines (a traceback) for that long.
_QUIET_S = 0.15
# `speech.8.14.log`, `camera.debug.log`, `talker_1113_1795395878800.log`
_NOT_A_NAME = re.compile(r'(\.\d+)+$|\.debug$|_\d+_\d{10,}$|-std(out|err)$')


class LogFile:
    """
    Reads a file in blocks.

    :param history_bytes: of what is there already, that much is read; None is all
    :raises OSError: it may not be read
    """

    def __init__(
        self, path: str, names: Names, source: str, *, zone: tzinfo | None = None,
        history_bytes: int | None = None,
    ) -> None:
        self._tail = Tail(path)
        if history_bytes is not None:
            self._tail.skip_but(history_bytes)
        self._parser = LineParser(
            names, source, node_of(path), zone, origin=path, near_s=self._tail.written_s)
        self._blocks: Iterator[bytes] = iter(())
        self._read_at = 0.0
        # The time of the newest record; whether there may be more to read at once.
        self.key = 0
        self.behind = True
        self.found = self._tail.found
        self.close = self._tail.close

    def read(self) -> Batch | None:
        """
        Return the records of the next block; ``behind`` is False when there is none.

        :raises OSError: it may not be read any more
        """
        self.behind = False  # if this fails
        block = next(self._blocks, None)
        if block is None:
            self._blocks = self._tail.blocks()
            block = next(self._blocks, None)
        now = time.monotonic()
        self.behind = block is not None
        self.found = self._tail.found
        batch = None
        if block is not None:
            self._read_at = now
            self._parser.written(self._tail.written_s)
            batch = self._parser.feed(block)
        elif self._parser.waiting and now - self._read_at > _QUIET_S:
            batch = self._parser.flush()
        if batch is not None:
            self.key = int(batch.at_ns[-1])
        return batch

    @property
    def skipped_bytes(self) -> int:
        """Return how much of what was there is left out."""
        return self._tail.skipped

    @property
    def problem(self) -> str:
        """Return what of it cannot be read, '' where all can."""
        return '; '.join(f'{os.path.basename(path)} {why}'
                         for path, why in sorted(self._tail.damaged.items()))

    @property
    def pending_bytes(self) -> int:
        """Return how much is not read yet."""
        return self._tail.pending


def node_of(path: str) -> str:
    """Return the node whose file it is, by its name."""
    name = os.path.basename(path).partition('.log')[0]
    while (shorter := _NOT_A_NAME.sub('', name)) != name and shorter:
        name = shorter
    return name

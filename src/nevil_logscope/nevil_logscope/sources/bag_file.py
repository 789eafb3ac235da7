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

"""The ``/rosout`` of one bag, as batches."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
import os

from nevil_logscope.sources.parser import LineParser
from nevil_logscope.store import Batch
from nevil_logscope.store import Names
from nevil_nodes.logs.bag import Bag
from nevil_nodes.logs.record import Record

__all__ = ['BagFile']

_ONCE = 2000


class BagFile:
    """
    Reads a bag in blocks; it may still be recorded.

    :raises OSError: it may not be read
    """

    skipped_bytes = 0

    def __init__(self, path: str, names: Names, source: str) -> None:
        self._parser = LineParser(names, source, '', origin=path)
        self._path = path
        self._bag: Bag | None = None
        self._records: Iterator[Record] = iter(())
        self.problem = ''
        self.key = 0
        self.behind = True
        if os.path.exists(path):
            self._bag = Bag(path)

    @property
    def found(self) -> bool:
        """Return whether there is a bag."""
        return self._bag is not None

    @property
    def pending_bytes(self) -> int:
        """Return how much is not read yet, as far as that is known."""
        return self._bag.pending_bytes if self._bag is not None and not self.problem else 0

    def read(self) -> Batch | None:
        """Return the next records; ``behind`` is False when there is none."""
        self.behind = False
        if self._bag is None:
            if not os.path.exists(self._path):
                return None
            self._bag = Bag(self._path)
        try:
            records = list(islice(self._records, _ONCE))
            if not records:
                self._records = self._bag.records()
                records = list(islice(self._records, _ONCE))
            self.problem = f'{self._bag.strange} messages are strange' if self._bag.strange else ''
        except OSError as error:
            self.problem = error.strerror or str(error)
            return None
        self.behind = bool(records)
        batch = self._parser.of_records(records)
        if batch is not None:
            self.key = int(batch.at_ns[-1])
        return batch

    def close(self) -> None:
        """Close the bag."""
        if self._bag is not None:
            self._bag.close()
            self._bag = None

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

"""A run of entries as columns, with their texts in one buffer."""

from __future__ import annotations

from nevil_logscope.store.batch import Batch
from nevil_logscope.store.batch import Column
import numpy as np

__all__ = ['SEGMENT_SIZE', 'Segment']

SEGMENT_SIZE = 8192


class Segment:
    """
    Entries ``first_id`` to ``next_id - 1``; the columns are views, valid until the next append.

    The entries are in order of time, and so are segments: each begins where the last one ends.
    """

    def __init__(self, first_id: int) -> None:
        self.first_id = first_id
        self.count = 0
        # Each text ends with a newline; further ones of its own are LINE_BREAK.
        self.text = bytearray()
        # Whether it is ASCII, as most logs are; asked for each batch, as searches would each time.
        self.ascii = True
        self._room = SEGMENT_SIZE
        self._at_ns = np.empty(self._room, np.int64)
        self._level = np.empty(self._room, np.uint8)
        self._node = np.empty(self._room, np.uint16)
        self._component = np.empty(self._room, np.uint16)
        self._source = np.empty(self._room, np.uint8)
        self._origin = np.empty(self._room, np.uint16)
        self._flags = np.empty(self._room, np.uint8)
        self._ends = np.zeros(self._room + 1, np.uint32)

    @property
    def next_id(self) -> int:
        """Return the id after the last entry."""
        return self.first_id + self.count

    @property
    def full(self) -> bool:
        """Return whether no entry fits in any more."""
        return self.count == self._room

    @property
    def at_ns(self) -> Column:
        """Return nanoseconds since 1970 UTC."""
        return self._at_ns[:self.count]

    @property
    def level(self) -> Column:
        """Return places in ``LEVEL_NAMES``."""
        return self._level[:self.count]

    @property
    def node(self) -> Column:
        """Return numbers of ``Names.nodes``."""
        return self._node[:self.count]

    @property
    def component(self) -> Column:
        """Return numbers of ``Names.components``."""
        return self._component[:self.count]

    @property
    def source(self) -> Column:
        """Return numbers of ``Names.sources``."""
        return self._source[:self.count]

    @property
    def origin(self) -> Column:
        """Return numbers of ``Names.origins``."""
        return self._origin[:self.count]

    @property
    def flags(self) -> Column:
        """Return ``nevil_nodes.logs.Flag`` values."""
        return self._flags[:self.count]

    @property
    def bounds(self) -> Column:
        """Return where texts start and end: entry i is ``text[bounds[i]:bounds[i + 1] - 1]``."""
        return self._ends[:self.count + 1]

    def text_of(self, row: int) -> bytes:
        """Return the text of one entry, without its newline."""
        return bytes(self.text[self._ends[row]:self._ends[row + 1] - 1])

    def append(self, batch: Batch, start: int) -> int:
        """Take entries of a batch from ``start`` on; return how many found room."""
        many = min(len(batch) - start, self._room - self.count)
        here, there = slice(self.count, self.count + many), slice(start, start + many)
        self._at_ns[here] = batch.at_ns[there]
        self._level[here] = batch.level[there]
        self._node[here] = batch.node[there]
        self._component[here] = batch.component[there]
        self._source[here] = batch.source[there]
        self._origin[here] = batch.origin[there]
        self._flags[here] = batch.flags[there]
        begin = int(batch.ends[start - 1]) if start else 0
        ends = batch.ends[there]
        self._ends[here.start + 1:here.stop + 1] = ends - begin + len(self.text)
        more = batch.text[begin:int(ends[-1])] if many else b''
        self.ascii = self.ascii and more.isascii()
        self.text += more
        self.count += many
        if self.full:
            # What a growing buffer keeps in reserve is given back.
            self.text = bytearray(self.text)
        return many

    def set_component(self, row: int, number: int) -> None:
        """Give an entry another component."""
        self._component[row] = number

    def cut(self, row: int) -> Batch:
        """Remove the entries from a row on, and return them."""
        begin = int(self._ends[row])
        batch = Batch(
            self.at_ns[row:].copy(), self.level[row:].copy(), self.node[row:].copy(),
            self.component[row:].copy(), self.source[row:].copy(), self.origin[row:].copy(),
            self.flags[row:].copy(),
            self.bounds[row + 1:].astype(np.int64) - begin, bytes(self.text[begin:]))
        del self.text[begin:]
        self.count = row
        return batch

    def memory(self) -> int:
        """Return the bytes it takes."""
        columns = (self._at_ns, self._level, self._node, self._component, self._source,
                   self._origin, self._flags, self._ends)
        return sum(int(column.nbytes) for column in columns) + len(self.text)

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

"""All entries in order of time; the oldest leave when there are too many."""

from __future__ import annotations

from bisect import bisect_right

from nevil_logscope.store.added import Added
from nevil_logscope.store.batch import Batch
from nevil_logscope.store.batch import Column
from nevil_logscope.store.batch import Entry
from nevil_logscope.store.batch import LEVEL_NAMES
from nevil_logscope.store.batch import LINE_BREAK
from nevil_logscope.store.names import Names
from nevil_logscope.store.segment import Segment
from nevil_logscope.store.segment import SEGMENT_SIZE
import numpy as np

__all__ = ['Store']

_MAX_TEXT_BYTES = 1 << 30
# A segment that overflows becomes several with room: what is late seldom comes alone.
_SPLIT_SIZE = SEGMENT_SIZE * 3 // 4
_NOTHING = np.empty(0, np.int64)


class Store:
    """
    Entries by id: a number that grows with time and is not used again.

    They stand as a stable sort by time has them, those of one time by their files' places, in
    whatever order they come. What comes late changes the ids of those after it; ``Added`` says
    which. Only the segments that late entries belong to are rewritten.

    :param max_entries: the oldest beyond are dropped
    :param max_text_bytes: as well; whole segments leave, while there are others
    """

    def __init__(
        self, max_entries: int = 10_000, names: Names | None = None, *,
        max_text_bytes: int = _MAX_TEXT_BYTES,
    ) -> None:
        self.names = names or Names()
        self.first_id = 0
        # How many entries have left, or came when later ones had left already.
        self.evicted = 0
        self._max_entries = max_entries
        self._max_text_bytes = max_text_bytes
        self._segments: list[Segment] = []
        self._firsts: list[int] = []
        self._next_id = 0
        self._text_bytes = 0

    def __len__(self) -> int:
        return self._next_id - self.first_id

    @property
    def next_id(self) -> int:
        """Return the id that the next entry will have."""
        return self._next_id

    @property
    def max_entries(self) -> int:
        """Return how many entries are kept."""
        return self._max_entries

    @max_entries.setter
    def max_entries(self, value: int) -> None:
        self._max_entries = value
        self._evict()

    @property
    def segments(self) -> list[Segment]:
        """Return the segments, oldest first; entries of the first may be below ``first_id``."""
        return self._segments

    def entry(self, entry_id: int) -> Entry:
        """
        Return an entry.

        :raises KeyError: it has left, or is not there yet
        """
        segment, row = self._place(entry_id)
        text = segment.text_of(row).decode('utf-8', 'replace')
        return Entry(
            entry_id, int(segment.at_ns[row]), LEVEL_NAMES[segment.level[row]],
            self.names.nodes.names[segment.node[row]],
            self.names.components.names[segment.component[row]],
            self.names.sources.names[segment.source[row]], int(segment.flags[row]),
            text.replace(LINE_BREAK, '\n'), self.names.origins.names[segment.origin[row]])

    def at_ns(self, entry_id: int) -> int:
        """Return the time of an entry."""
        segment, row = self._place(entry_id)
        return int(segment.at_ns[row])

    def at_time(self, at_ns: int) -> list[Entry]:
        """Return the entries of a time."""
        found = []
        for segment in self._segments:
            if segment.count and int(segment.at_ns[0]) <= at_ns <= int(segment.at_ns[-1]):
                low, high = np.searchsorted(segment.at_ns, [at_ns, at_ns + 1]).tolist()
                found += [self.entry(segment.first_id + row) for row in range(low, high)
                          if segment.first_id + row >= self.first_id]
        return found

    def append(self, batch: Batch) -> Added:
        """Take entries, in any order; each is put in its place in time."""
        first = self._next_id
        if not len(batch):
            return Added(first, first)
        batch = batch.in_order(self.names.ranks)
        late = self._count_late(batch)
        change = self._insert(batch, late) if late else None
        self._put_last(batch, late)
        self._evict()
        return change or Added(first, self._next_id)

    def set_component(self, at_ns: int, node: int, text: bytes, component: int) -> None:
        """Give the entry of a time, node and text another component; within a millisecond."""
        lasts = [int(segment.at_ns[-1]) for segment in self._segments]
        for segment in self._segments[bisect_right(lasts, at_ns - 2_000_000):]:
            low, high = np.searchsorted(segment.at_ns, [at_ns - 2_000_000, at_ns + 2_000_000])
            for row in range(int(low), int(high)):
                if segment.node[row] == node and segment.text_of(row) == text:
                    segment.set_component(row, component)
                    return
            if high < segment.count:
                return

    def clear(self) -> None:
        """Drop every entry."""
        self.evicted += len(self)
        self.first_id = self._next_id
        self._segments.clear()
        self._firsts.clear()
        self._text_bytes = 0

    def memory(self) -> int:
        """Return the bytes that the entries take."""
        return sum(segment.memory() for segment in self._segments)

    def segment_of(self, entry_id: int) -> Segment:
        """
        Return the segment that an entry is in.

        :raises KeyError: the entry has left, or is not there yet
        """
        return self._place(entry_id)[0]

    def _place(self, entry_id: int) -> tuple[Segment, int]:
        if not self.first_id <= entry_id < self._next_id:
            raise KeyError(f'entry {entry_id} is not between {self.first_id} and {self._next_id}')
        segment = self._segments[bisect_right(self._firsts, entry_id) - 1]
        return segment, entry_id - segment.first_id

    def _key(self, part: Batch | Segment, row: int) -> tuple[int, int]:
        return int(part.at_ns[row]), int(self.names.ranks[part.origin[row]])

    def _rows_before(self, part: Batch | Segment, key: tuple[int, int], *, same: bool) -> int:
        """Return how many entries, in order, stand before a key; with ``same``, or at it."""
        low, high = (int(place) for place in (
            np.searchsorted(part.at_ns, key[0], 'left'),
            np.searchsorted(part.at_ns, key[0], 'right')))
        ranks = self.names.ranks[part.origin[low:high]]
        return low + int(np.searchsorted(ranks, key[1], 'right' if same else 'left'))

    def _count_late(self, batch: Batch) -> int:
        """Return how many entries of an ordered batch stand before the last one here."""
        if not self._segments or not len(self):
            return 0
        return self._rows_before(batch, self._key(self._segments[-1], -1), same=False)

    def _put_last(self, batch: Batch, start: int) -> None:
        while start < len(batch):
            if not self._segments or self._segments[-1].full:
                self._segments.append(Segment(self._next_id))
                self._firsts.append(self._next_id)
            segment = self._segments[-1]
            before = len(segment.text)
            taken = segment.append(batch, start)
            self._text_bytes += len(segment.text) - before
            start += taken
            self._next_id += taken
            self._evict()

    def _insert(self, batch: Batch, late: int) -> Added:
        """Put the first entries of an ordered batch between those that are here."""
        start = 0
        if self.evicted and len(self) >= self._max_entries:
            # Older than what is kept: it would leave at once.
            start = min(late, self._rows_before(batch, self._key(*self._oldest()), same=False))
            self.evicted += start
        self._drop_evicted_rows()
        spots: list[tuple[Segment, Column]] = []
        number = 0
        while start < late:
            key = self._key(batch, start)
            while self._key(self._segments[number], -1) <= key:
                number += 1
            stop = min(late, self._rows_before(
                batch, self._key(self._segments[number], -1), same=False))
            part = batch.part(start, stop)
            many, places = self._merge(number, part, self._rows_before(
                self._segments[number], key, same=True))
            spots += places
            number += many
            start = stop
        self._renumber()
        new = np.concatenate([_NOTHING, *(segment.first_id + rows for segment, rows in spots)])
        if not len(new):
            return Added(self._next_id, self._next_id + len(batch) - late)
        first = int(new[0])
        old = np.ones(self._next_id - first, bool)
        old[new - first] = False
        return Added(first, self._next_id + len(batch) - late,
                     np.flatnonzero(old) + first, new)

    def _oldest(self) -> tuple[Segment, int]:
        return self._place(self.first_id)

    def _drop_evicted_rows(self) -> None:
        """Remove the rows of the first segment that have left."""
        segment = self._segments[0]
        gone = self.first_id - segment.first_id
        if gone:
            kept = segment.cut(gone)
            self._text_bytes -= len(segment.text)
            self._segments[0] = Segment(self.first_id)
            self._segments[0].append(kept, 0)
            self._firsts[0] = self.first_id

    def _merge(
        self, number: int, part: Batch, row: int,
    ) -> tuple[int, list[tuple[Segment, Column]]]:
        """
        Merge entries into a segment from a row on; it becomes several where it must.

        :returns: how many there are now, and where the new entries are
        """
        segment = self._segments[number]
        self._text_bytes += len(part.text)
        size = segment.count + len(part)
        if size > SEGMENT_SIZE:
            row = 0  # all of it is divided again
        tail = segment.cut(row)
        both = Batch.joined([tail, part])
        order = np.lexsort((self.names.ranks[both.origin], both.at_ns))
        both, new = both.take(order), order >= len(tail)
        pieces = [segment]
        many = -(-size // _SPLIT_SIZE) if size > SEGMENT_SIZE else 1
        pieces += [Segment(0) for _ in range(many - 1)]
        each, start, spots = -(-len(both) // many), 0, []
        for piece in pieces:
            stop = min(start + each, len(both))
            at = piece.count
            piece.append(both.part(start, stop), 0)
            spots.append((piece, np.flatnonzero(new[start:stop]) + at))
            start = stop
        self._segments[number:number + 1] = pieces
        return many, spots

    def _renumber(self) -> None:
        """Give ids by the places that entries have now."""
        self._next_id = self._segments[0].first_id
        for segment in self._segments:
            segment.first_id = self._next_id
            self._next_id += segment.count
        self._firsts = [segment.first_id for segment in self._segments]

    def _evict(self) -> None:
        """Let the oldest entries go: by number exactly, their memory by segments."""
        before = self.first_id
        self.first_id = max(self.first_id, self._next_id - self._max_entries)
        segments = self._segments
        while len(segments) > 1 and (segments[0].next_id <= self.first_id
                                     or self._text_bytes > self._max_text_bytes):
            self.first_id = max(self.first_id, segments[0].next_id)
            self._text_bytes -= len(segments.pop(0).text)
            self._firsts.pop(0)
        self.evicted += self.first_id - before

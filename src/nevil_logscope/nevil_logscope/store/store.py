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

"""All entries, newest at the end; the oldest leave when there are too many."""

from __future__ import annotations

from dataclasses import dataclass

from nevil_logscope.store.batch import Batch
from nevil_logscope.store.batch import Column
from nevil_logscope.store.batch import Entry
from nevil_logscope.store.batch import LEVEL_NAMES
from nevil_logscope.store.batch import LINE_BREAK
from nevil_logscope.store.names import Names
from nevil_logscope.store.segment import Segment
from nevil_logscope.store.segment import SEGMENT_SIZE
import numpy as np

__all__ = ['Added', 'LATE_NS', 'Store']

# An entry that comes later than others of its time is put before them, if not by more than this.
LATE_NS = 2_000_000_000
_MAX_TEXT_BYTES = 1 << 30


@dataclass(frozen=True)
class Added:
    """
    What an append has changed.

    :param first: the first id that is new or was given to another entry
    :param next_id: after the last
    :param moved: entry ``first + i`` now has the id ``moved[i]``; empty when all came in order
    """

    first: int
    next_id: int
    moved: Column

    def now(self, ids: Column) -> Column:
        """Return the ids that entries with these ids have now."""
        places = np.asarray(ids, np.int64) - self.first
        if not len(self.moved):
            return places + self.first
        late = (places >= 0) & (places < len(self.moved))
        return np.where(late, self.moved[np.where(late, places, 0)], places + self.first)


class Store:
    """
    Entries by id: a number that grows with time and is not used again.

    Only what comes late changes the ids of those after it, of the last two seconds at most, and
    ``Added`` says which.

    :param max_entries: the oldest beyond are dropped
    :param max_text_bytes: as well; whole segments leave, while there are others
    """

    def __init__(
        self, max_entries: int = 10_000, names: Names | None = None, *,
        max_text_bytes: int = _MAX_TEXT_BYTES,
    ) -> None:
        self.names = names or Names()
        self.first_id = 0
        self._max_entries = max_entries
        self._max_text_bytes = max_text_bytes
        self._segments: list[Segment] = []
        self._next_id = 0
        self._newest_ns = 0
        self._text_bytes = 0

    def __len__(self) -> int:
        return self._next_id - self.first_id

    @property
    def next_id(self) -> int:
        """Return the id that the next entry will have."""
        return self._next_id

    @property
    def evicted(self) -> int:
        """Return how many entries have left."""
        return self.first_id

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

    def columns(self, number: int) -> Segment:
        """Return a segment by its place."""
        return self._segments[number]

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
            text.replace(LINE_BREAK, '\n'))

    def at_ns(self, entry_id: int) -> int:
        """Return the time of an entry."""
        segment, row = self._place(entry_id)
        return int(segment.at_ns[row])

    def append(self, batch: Batch) -> Added:
        """Take entries; those that come late are put in their place in time."""
        first, moved = self._next_id, np.empty(0, np.int64)
        if not len(batch):
            return Added(first, first, moved)
        keys = np.maximum.accumulate(batch.at_ns)
        if int(keys[0]) < self._newest_ns:
            first, moved, batch = self._merge(batch, keys)
        self._newest_ns = max(self._newest_ns, int(keys[-1]))
        start = 0
        while start < len(batch):
            if not self._segments or self._segments[-1].full:
                self._segments.append(Segment(self._next_id, self._base_ns()))
            segment = self._segments[-1]
            before = len(segment.text)
            taken = segment.append(batch, start)
            self._text_bytes += len(segment.text) - before
            start += taken
            self._next_id += taken
            self._evict()
        return Added(first, self._next_id, moved)

    def clear(self) -> None:
        """Drop every entry."""
        self.first_id = self._next_id
        self._segments.clear()
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
        number = entry_id // SEGMENT_SIZE - self._segments[0].first_id // SEGMENT_SIZE
        segment = self._segments[number]
        return segment, entry_id - segment.first_id

    def _base_ns(self) -> int:
        last = self._segments[-1] if self._segments else None
        return max(last.base_ns, int(last.at_ns.max())) if last else 0

    def _merge(self, batch: Batch, keys: Column) -> tuple[int, Column, Batch]:
        """Take back the entries that are newer than late ones; return all in order."""
        # What is later than the window allows stays behind those that are here.
        keys = np.where(keys < self._newest_ns - LATE_NS, self._newest_ns, keys)
        first, tail, tail_keys = self._cut_newer_than(int(keys.min()))
        if tail is None:
            return first, np.empty(0, np.int64), batch
        order = np.argsort(np.concatenate([tail_keys, keys]), kind='stable')
        moved = np.empty(len(order), np.int64)
        moved[order] = np.arange(first, first + len(order))
        return first, moved[:len(tail)], Batch.joined([tail, batch]).take(order)

    def _cut_newer_than(self, at_ns: int) -> tuple[int, Batch | None, Column]:
        """Cut off the entries after the last one of this time; of two segments at most."""
        cut: list[Batch] = []
        kept: list[Column] = []
        for segment in self._segments[-2:][::-1]:
            keys = np.maximum(np.maximum.accumulate(segment.at_ns), segment.base_ns)
            row = int(np.searchsorted(keys, at_ns, 'right'))
            row = max(row, self.first_id - segment.first_id)
            if row == segment.count:
                break
            cut.insert(0, segment.cut(row))
            kept.insert(0, keys[row:])
            self._next_id -= len(cut[0])
            self._text_bytes -= len(cut[0].text)
            if row:
                break
            self._segments.pop()
        if not cut:
            return self._next_id, None, np.empty(0, np.int64)
        return self._next_id, Batch.joined(cut), np.concatenate(kept)

    def _evict(self) -> None:
        """Let the oldest entries go: by number exactly, their memory by segments."""
        self.first_id = max(self.first_id, self._next_id - self._max_entries)
        segments = self._segments
        while len(segments) > 1 and (segments[0].next_id <= self.first_id
                                     or self._text_bytes > self._max_text_bytes):
            self.first_id = max(self.first_id, segments[0].next_id)
            self._text_bytes -= len(segments.pop(0).text)

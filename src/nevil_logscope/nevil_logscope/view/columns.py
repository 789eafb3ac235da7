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

"""Look at the columns of many rows at once: the first of a time, how many, who is around."""

from __future__ import annotations

from collections.abc import Iterator

from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NAMES
from nevil_logscope.store import Segment
from nevil_logscope.store import Store
import numpy as np

__all__ = ['at_or_after', 'count_levels', 'neighbours', 'newest', 'time_span']

_MAX_SEGMENTS = 16


def at_or_after(store: Store, ids: Column | None, at_ns: int) -> int | None:
    """Return the first id of this time or later, else the last one; ids None is every entry."""
    last = None
    for segment, rows in _parts(store, ids):
        found = rows[segment.at_ns[rows] >= at_ns]
        if len(found):
            return int(found[0]) + segment.first_id
        last = int(rows[-1]) + segment.first_id
    return last


def time_span(store: Store, ids: Column | None) -> tuple[int, int]:
    """Return the first and last time of rows; those without one are left out, 0 and 0 if all."""
    first, last = 0, 0
    for segment, rows in _parts(store, ids):
        known = segment.at_ns[rows]
        known = known[known > 0]
        if len(known):
            low = int(known.min())
            first, last = min(first or low, low), max(last, int(known.max()))
    return first, last


def count_levels(store: Store, ids: Column | None, since_id: int, level: int) -> tuple[int, int]:
    """Return how many rows there are from an id on, and how many of at least a level."""
    every = bad = 0
    for segment, rows in _parts(store, ids, since_id):
        every += len(rows)
        bad += int(np.count_nonzero(segment.level[rows] >= level))
    return every, bad


def neighbours(store: Store, entry_id: int, each_side: int) -> list[int]:
    """Return the ids of the same node's entries around one, it included; not far away ones."""
    segments = store.segments
    numbers = [number for number, one in enumerate(segments)
               if one.first_id <= entry_id < one.next_id]
    if not numbers or entry_id < store.first_id:
        return []
    here = segments[numbers[0]]
    node = here.node[entry_id - here.first_id]
    low = max(0, numbers[0] - _MAX_SEGMENTS // 2)
    same = np.concatenate([
        np.flatnonzero(one.node == node) + one.first_id
        for one in segments[low:numbers[0] + _MAX_SEGMENTS // 2]])
    same = same[same >= store.first_id]
    place = int(np.searchsorted(same, entry_id))
    around = same[max(0, place - each_side):place + each_side + 1]
    return [int(one) for one in around]


def newest(store: Store, since_ns: int) -> Column:
    """
    Return the newest times of each node (row: its number) and level (column), 0 for none.

    :param since_ns: what is older need not be there
    """
    levels = len(LEVEL_NAMES)
    found = np.zeros(len(store.names.nodes.names) * levels, np.int64)
    for segment in reversed(store.segments):
        if int(segment.at_ns.max(initial=0)) < since_ns:
            break
        part = np.zeros_like(found)
        # The last of each is kept, and times ascend.
        part[segment.node.astype(np.int64) * levels + segment.level] = segment.at_ns
        np.maximum(found, part, out=found)
    return found.reshape(-1, levels)


def _parts(store: Store, ids: Column | None, since_id: int = 0) -> Iterator[
        tuple[Segment, Column]]:
    """Yield the segments with the places in them that the rows are of."""
    for segment in store.segments:
        first = max(segment.first_id, store.first_id, since_id)
        if ids is None:
            rows = np.arange(first - segment.first_id, segment.count)
        else:
            low, high = np.searchsorted(ids, [first, segment.next_id])
            rows = ids[low:high] - segment.first_id
        if len(rows):
            yield segment, rows

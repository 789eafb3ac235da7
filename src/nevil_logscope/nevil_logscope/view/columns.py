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

"""Look at the columns of many rows at once: jumps, histograms, neighbours."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator

from nevil_logscope.store import Column
from nevil_logscope.store import Segment
from nevil_logscope.store import Store
import numpy as np

__all__ = ['at_or_after', 'count_levels', 'find', 'neighbours', 'times_and_levels']

Mask = Callable[[Segment, Column], Column]
_MAX_SEGMENTS = 16


def parts(store: Store, ids: Column | None, backwards: bool = False) -> Iterator[
        tuple[Segment, Column]]:
    """Yield each segment with the places in it that the rows are of; None is every entry."""
    segments = store.segments
    for segment in reversed(segments) if backwards else segments:
        first = max(segment.first_id, store.first_id)
        if ids is None:
            rows = np.arange(first - segment.first_id, segment.count)
        else:
            low, high = np.searchsorted(ids, [first, segment.next_id])
            rows = ids[low:high] - segment.first_id
        if len(rows):
            yield segment, rows


def find(store: Store, ids: Column | None, start: int, step: int, mask: Mask) -> int | None:
    """
    Return the first id before or after a start that a mask keeps.

    :param step: 1 for after, -1 for before
    :param mask: of a segment and places in it, true for those wanted
    """
    for segment, rows in parts(store, ids, step < 0):
        if (segment.next_id <= start + 1) if step > 0 else (segment.first_id >= start):
            continue
        places = rows + segment.first_id
        rows = rows[places > start] if step > 0 else rows[places < start]
        found = rows[mask(segment, rows)] if len(rows) else rows
        if len(found):
            return int(found[0] if step > 0 else found[-1]) + segment.first_id
    return None


def at_or_after(store: Store, ids: Column | None, at_ns: int) -> int | None:
    """Return the first id of this time or later, else the last one."""
    last = None
    for segment, rows in parts(store, ids):
        found = rows[segment.at_ns[rows] >= at_ns]
        if len(found):
            return int(found[0]) + segment.first_id
        last = int(rows[-1]) + segment.first_id
    return last


def times_and_levels(store: Store, ids: Column | None) -> tuple[Column, Column]:
    """Return the times and levels of rows."""
    taken = [(segment.at_ns[rows], segment.level[rows]) for segment, rows in parts(store, ids)]
    if not taken:
        return np.empty(0, np.int64), np.empty(0, np.uint8)
    return (np.concatenate([one for one, _ in taken]), np.concatenate([one for _, one in taken]))


def count_levels(store: Store, ids: Column | None, since_id: int, level: int) -> tuple[int, int]:
    """Return how many rows there are from an id on, and how many of at least a level."""
    every = bad = 0
    for segment, rows in parts(store, ids, backwards=True):
        if segment.next_id <= since_id:
            break
        rows = rows[rows + segment.first_id >= since_id]
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

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

"""The store at a glance: levels over time, counts, and the way to the next of something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NAMES
from nevil_logscope.store import LEVEL_NUMBERS
from nevil_logscope.store import Segment
from nevil_logscope.store import Store
from nevil_nodes.logs.flags import Flag
import numpy as np

__all__ = ['Histogram', 'counts', 'flagged', 'histogram', 'level_counts', 'neighbour',
           'next_of_level', 'nodes_of', 'time_span']


@dataclass(frozen=True)
class Histogram:
    """
    How many entries of each level there are over time.

    :param start_ns: of the first bin
    :param bin_ns: width of a bin
    :param bins: int64, one row a bin, one column for each of ``LEVEL_NAMES``
    """

    start_ns: int
    bin_ns: int
    bins: Column


def histogram(
    store: Store, start_ns: int, stop_ns: int, bins: int, ids: Column | None = None,
) -> Histogram:
    """Count entries by time and level; ids (ascending) None is all of them."""
    bin_ns = max(1, -(-(stop_ns - start_ns) // bins))
    total = np.zeros(bins * len(LEVEL_NAMES), np.int64)
    for segment, rows in _parts(store, ids):
        place = (segment.at_ns[rows] - start_ns) // bin_ns
        inside = (place >= 0) & (place < bins)
        codes = place[inside] * len(LEVEL_NAMES) + segment.level[rows][inside]
        total += np.bincount(codes, minlength=len(total))
    return Histogram(start_ns, bin_ns, total.reshape(bins, len(LEVEL_NAMES)))


def time_span(store: Store) -> tuple[int, int] | None:
    """Return the first and last time of the entries, None when there is none with a time."""
    first = last = 0
    for segment, rows in _parts(store, None):
        times = segment.at_ns[rows]
        times = times[times > 0]
        if len(times):
            low, high = int(times.min()), int(times.max())
            first, last = min(first or low, low), max(last, high)
    return (first, last) if last else None


def counts(store: Store, ids: Column | None = None) -> Column:
    """Return entries of each node (row: number in ``Names.nodes``) and level (column)."""
    levels = len(LEVEL_NAMES)
    total = np.zeros(len(store.names.nodes.names) * levels, np.int64)
    for segment, rows in _parts(store, ids):
        codes = segment.node[rows].astype(np.int64) * levels + segment.level[rows]
        total += np.bincount(codes, minlength=len(total))
    return total.reshape(-1, levels)


def level_counts(store: Store, ids: Column | None = None) -> dict[str, int]:
    """Return how many entries there are of each level."""
    return dict(zip(LEVEL_NAMES, counts(store, ids).sum(axis=0).tolist()))


def nodes_of(store: Store) -> list[str]:
    """Return the nodes that have entries, in order of appearance."""
    present = counts(store).sum(axis=1).nonzero()[0]
    return [store.names.nodes.names[number] for number in present]


def flagged(store: Store, flag: Flag) -> Column:
    """Return the ids of entries with a flag: ``Flag.START`` marks each start of a process."""
    found = [np.flatnonzero(segment.flags[rows] & int(flag)) + segment.first_id + rows.start
             for segment, rows in _parts(store, None)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def neighbour(ids: Column, entry_id: int, step: int) -> int | None:
    """Return the next id (step 1) or the one before (step -1) among ascending ids."""
    if step > 0:
        place = int(np.searchsorted(ids, entry_id, 'right'))
    else:
        place = int(np.searchsorted(ids, entry_id, 'left')) - 1
    return int(ids[place]) if 0 <= place < len(ids) else None


def next_of_level(
    store: Store, entry_id: int, step: int, *, level: str = 'ERROR', ids: Column | None = None,
) -> int | None:
    """Return the next entry (step 1) or the one before (-1) of this level or worse."""
    wanted = LEVEL_NUMBERS[level]
    segments = store.segments if step > 0 else store.segments[::-1]
    for segment in segments:
        behind = segment.next_id <= entry_id + 1 if step > 0 else segment.first_id >= entry_id
        if behind or segment.next_id <= store.first_id:
            continue
        start = max(segment.first_id, store.first_id, entry_id + 1 if step > 0 else 0)
        stop = segment.next_id if step > 0 else min(segment.next_id, entry_id)
        rows = slice(start - segment.first_id, stop - segment.first_id)
        found = np.flatnonzero(segment.level[rows] >= wanted) + start
        if ids is not None and len(found):
            low, high = np.searchsorted(ids, [start, stop])
            found = np.intersect1d(found, ids[low:high], assume_unique=True)
        if len(found):
            return int(found[0 if step > 0 else -1])
    return None


def _parts(store: Store, ids: Column | None) -> Iterator[tuple[Segment, slice | Column]]:
    """Yield the segments with the rows that are asked for."""
    for segment in store.segments:
        start = max(0, store.first_id - segment.first_id)
        if ids is None:
            if start < segment.count:
                yield segment, slice(start, segment.count)
            continue
        low, high = np.searchsorted(ids, [segment.first_id + start, segment.next_id])
        if low < high:
            yield segment, ids[low:high] - segment.first_id

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

"""Where to go: from a node in trouble, or a time that a command names, to a line."""

from __future__ import annotations

from bisect import bisect_left

from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NUMBERS
from nevil_logscope.store import Store
import numpy as np

__all__ = ['nearest', 'trouble_of']

# Who speaks of a node in its own log: `camera: killed by SIGSEGV`.
_SPEAKERS = ('system', 'nevil', 'launch')


def trouble_of(store: Store, node: str) -> int | None:
    """Return the newest error of a node, or about it, else its newest warning, else its newest."""
    ours = _of(store, node)
    for level in ('ERROR', 'WARNING', 'DEBUG'):
        found = [one for one in (
            _last_of_level(store, ours, LEVEL_NUMBERS[level]),
            _last_about(store, node, LEVEL_NUMBERS[level]) if level != 'DEBUG' else None)
            if one is not None]
        if found:
            return max(found)
    return None


def nearest(store: Store, at_ns: int, node: str) -> int | None:
    """Return the entry of a time, of a node where one is named: it or the next, else the last."""
    ids = _of(store, node) if node else np.arange(store.first_id, store.next_id)
    if not len(ids):
        return None
    # Entries are in order of time.
    place = bisect_left(ids, at_ns, key=lambda one: store.at_ns(int(one)))
    return int(ids[min(place, len(ids) - 1)])


def _of(store: Store, node: str) -> Column:
    number = store.names.nodes.find(node)
    found = [np.flatnonzero(segment.node == number) + segment.first_id
             for segment in store.segments] if number is not None else []
    ids = np.concatenate(found) if found else np.empty(0, np.int64)
    return ids[ids >= store.first_id]


def _last_of_level(store: Store, ids: Column, level: int) -> int | None:
    for one in ids[::-1].tolist():
        segment = store.segment_of(one)
        if segment.level[one - segment.first_id] >= level:
            return int(one)
    return None


def _last_about(store: Store, node: str, level: int) -> int | None:
    """Return the newest entry of who speaks of nodes that begins with this one's name."""
    start = f'{node}: '.encode()
    for speaker in _SPEAKERS:
        for one in _of(store, speaker)[::-1].tolist():
            segment = store.segment_of(one)
            row = one - segment.first_id
            if segment.level[row] >= level and segment.text_of(row).startswith(start):
                return int(one)
    return None

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

"""Counts, histogram and the way to the next error agree with counting entry by entry."""

from __future__ import annotations

from nevil_logscope.search import counts
from nevil_logscope.search import flagged
from nevil_logscope.search import histogram
from nevil_logscope.search import level_counts
from nevil_logscope.search import neighbour
from nevil_logscope.search import next_of_level
from nevil_logscope.search import nodes_of
from nevil_logscope.search import time_span
from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import LEVEL_NAMES
from nevil_logscope.store import Store
from nevil_nodes.logs import Flag
import numpy as np
import pytest

COUNT = 20_000
ERRORS = [100, 8191, 8192, 12_345, 19_999]


@pytest.fixture(scope='module')
def store() -> Store:
    """Return a store over several segments, of which some entries have left."""
    made = Store(COUNT - 50)
    made.append(Batch.of_entries(
        [Entry(0, 1 + number * 1000, 'ERROR' if number in ERRORS else 'INFO',
               'arm' if number % 4 else 'camera', '', 'files',
               int(Flag.START) if number % 5000 == 99 else 0, 'x')
         for number in range(COUNT)], made.names))
    return made


def test_counts_are_of_what_is_there(store: Store) -> None:
    """The list of nodes shows numbers one can trust."""
    assert level_counts(store) == {
        'DEBUG': 0, 'INFO': COUNT - 55, 'WARNING': 0, 'ERROR': 5, 'CRITICAL': 0}
    assert nodes_of(store) == ['camera', 'arm']
    table = counts(store, np.array([100, 101, 8191]))
    assert table[store.names.nodes.number('camera')].tolist() == [0, 0, 0, 1, 0]
    assert table[store.names.nodes.number('arm')].tolist() == [0, 1, 0, 1, 0]


def test_the_histogram_counts_each_entry_in_its_bin(store: Store) -> None:
    """What stands out in the timeline is there."""
    span = time_span(store)
    assert span == (50_001, 19_999_001)
    shown = histogram(store, span[0], span[1] + 1, 100)
    assert shown.bins.shape == (100, len(LEVEL_NAMES)) and shown.bins.sum() == COUNT - 50
    for number in ERRORS:
        place = (1 + number * 1000 - shown.start_ns) // shown.bin_ns
        assert shown.bins[place, LEVEL_NAMES.index('ERROR')] > 0
    few = histogram(store, span[0], span[1] + 1, 10, np.array([60, 61, 19_999]))
    assert few.bins.sum() == 3 and few.bins[0, 1] == 2
    assert time_span(Store()) is None


def test_the_next_error_is_found_both_ways(store: Store) -> None:
    """Jumping from error to error leaves none out, at the edges of segments too."""
    seen, here = [], store.first_id - 1
    while (found := next_of_level(store, here, 1)) is not None:
        seen.append(found)
        here = found
    assert seen == ERRORS
    back, here = [], store.next_id
    while (found := next_of_level(store, here, -1)) is not None:
        back.append(found)
        here = found
    assert back == ERRORS[::-1]
    assert next_of_level(store, 0, 1, ids=np.array([8190, 8192])) == 8192
    assert next_of_level(store, 0, 1, level='CRITICAL') is None


def test_the_next_hit_is_found_both_ways() -> None:
    """The keys n and N go round the hits, and stop at the ends."""
    ids = np.array([3, 7, 9])
    assert [neighbour(ids, at, 1) for at in (0, 3, 8, 9)] == [3, 7, 9, None]
    assert [neighbour(ids, at, -1) for at in (12, 9, 4, 3)] == [9, 7, 3, None]


def test_starts_of_processes_are_marked(store: Store) -> None:
    """Lines across the timeline show where a node began again."""
    assert flagged(store, Flag.START).tolist() == [99, 5099, 10_099, 15_099]

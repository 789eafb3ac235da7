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

"""The store against a list: what goes in comes out, in order, the newest of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import LEVEL_NAMES
from nevil_logscope.store import Names
from nevil_logscope.store import NameTable
from nevil_logscope.store import SEGMENT_SIZE
from nevil_logscope.store import Store
import numpy as np
import pytest

SECOND = 1_000_000_000
entries = st.builds(
    Entry, st.just(0), st.integers(1, 20) | st.integers(1, 20 * SECOND),
    st.sampled_from(LEVEL_NAMES),
    st.sampled_from(['', 'camera', 'ärm']), st.sampled_from(['', 'driver']),
    st.sampled_from(['files', '/rosout']), st.integers(0, 31),
    st.text(st.characters(exclude_characters='\x0b', exclude_categories=['Cs']), max_size=20),
    st.sampled_from(['', 'a.log', 'b.log']))


def filled(count: int, max_entries: int, *, start: int = 0) -> Store:
    """Return a store into which numbered entries were put, a thousand at a time."""
    store = Store(max_entries)
    for first in range(start, start + count, 1000):
        add(store, range(first, min(first + 1000, start + count)))
    return store


def add(store: Store, numbers: range) -> None:
    """Append numbered entries."""
    store.append(Batch.of_entries(
        [Entry(0, number * SECOND, 'INFO', 'n', '', 'files', 0, f'message {number}')
         for number in numbers], store.names))


def whole(store: Store) -> list[tuple[object, ...]]:
    """Return all entries, without their ids."""
    return [store.entry(number)[1:] for number in range(store.first_id, store.next_id)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(entries, max_size=6), max_size=8), st.integers(1, 30))
def test_what_goes_in_comes_out_in_order_of_time(
    batches: list[list[Entry]], max_entries: int,
) -> None:
    """The store is a stable sort by time of all that came, less the oldest."""
    store = Store(max_entries)
    model: list[tuple[tuple[int, str], tuple[object, ...]]] = []  # with time and file
    gone = 0
    for batch in batches:
        rows = [((entry.at_ns, entry.origin), entry[1:]) for entry in batch]
        store.append(Batch.of_entries(batch, store.names))
        model = sorted([*model, *rows], key=lambda row: row[0])
        gone += max(0, len(model) - max_entries)
        model = model[-max_entries:]
        assert store.evicted == gone
    assert whole(store) == [row for _, row in model]


@given(st.lists(st.lists(entries, min_size=1, max_size=6), min_size=1, max_size=6))
def test_added_says_which_entry_has_which_id(batches: list[list[Entry]]) -> None:
    """A bookmark stays on its entry when a late one comes before it."""
    store = Store(1000)
    marked = np.empty(0, np.int64)
    texts: list[str] = []
    for number, batch in enumerate(batches):
        named = [entry._replace(message=f'{number}.{place}') for place, entry in enumerate(batch)]
        change = store.append(Batch.of_entries(named, store.names))
        marked = change.now(marked)
        assert [store.entry(entry_id).message for entry_id in marked.tolist()] == texts
        assert change.next_id == store.next_id
        marked = np.arange(store.first_id, store.next_id)
        texts = [store.entry(entry_id).message for entry_id in marked.tolist()]


def test_a_million_years_ahead_moves_no_other_entry() -> None:
    """A record's time is its own: a wrong stamp stays last, and others come before it."""
    store = Store(100_000)
    add(store, range(1, 100))
    wrong = Entry(0, 1 << 62, 'INFO', 'n', '', 'files', 0, 'wrong')
    store.append(Batch.of_entries([wrong], store.names))
    for first in range(100, 30_100, 500):
        change = store.append(Batch.of_entries(
            [Entry(0, number * SECOND, 'INFO', 'n', '', 'files', 0, f'message {number}')
             for number in range(first, first + 500)], store.names))
        assert len(change.moved) == 1
    texts = [store.entry(number).message for number in range(store.first_id, store.next_id)]
    assert texts == [f'message {number}' for number in range(1, 30_100)] + ['wrong']


def test_a_file_that_is_found_later_goes_in_between() -> None:
    """What comes last is sorted in block by block; only segments that it meets are made new."""
    store = Store(1_000_000)
    for first in range(0, 40_000, 2000):
        add(store, range(first, first + 2000, 2))
    before = {id(segment) for segment in store.segments}
    add(store, range(1, 2001, 2))
    assert len(before & {id(segment) for segment in store.segments}) >= len(before) - 1
    for first in range(2000, 40_000, 2000):
        add(store, range(first + 1, first + 2001, 2))
    assert [store.at_ns(number) for number in range(store.first_id, store.next_id)] == [
        number * SECOND for number in range(40_000)]


def test_the_number_of_entries_is_exact_across_segments() -> None:
    """`max_entries` is a promise, though memory leaves by segments."""
    store = filled(3 * SEGMENT_SIZE + 77, SEGMENT_SIZE + 5)
    assert len(store) == SEGMENT_SIZE + 5
    assert store.entry(store.first_id).message == f'message {store.first_id}'
    assert store.entry(store.next_id - 1).message == f'message {3 * SEGMENT_SIZE + 76}'
    assert len(store.segments) <= 3
    for gone in (store.first_id - 1, store.next_id):
        with pytest.raises(KeyError, match='is not between'):
            store.entry(gone)


def test_ids_go_on_after_the_store_was_emptied() -> None:
    """What was cleared is not confused with what comes."""
    store = filled(SEGMENT_SIZE + 10, 100_000)
    store.clear()
    assert len(store) == 0 and store.first_id == store.next_id == SEGMENT_SIZE + 10
    add(store, range(SEGMENT_SIZE + 10, 3 * SEGMENT_SIZE))
    for number in (store.first_id, 2 * SEGMENT_SIZE - 1, 2 * SEGMENT_SIZE, store.next_id - 1):
        assert store.entry(number).message == f'message {number}'


def test_a_smaller_limit_takes_effect_at_once() -> None:
    """The limit can be changed while the window is open."""
    store = filled(1000, 10_000)
    store.max_entries = 10
    assert len(store) == 10 and store.evicted == 990


def test_the_size_of_all_texts_is_bounded() -> None:
    """A node that prints images does not take the memory of the machine."""
    store = Store(1_000_000, max_text_bytes=20_000_000)
    row = Entry(0, 1, 'INFO', 'n', '', 'files', 0, 'x' * 10_000)
    for _ in range(20):
        store.append(Batch.of_entries([row] * 1000, store.names))
    assert 0 < len(store) < 20_000 and store.memory() < 110_000_000


def test_an_entry_takes_little_memory() -> None:
    """A million entries of about 120 bytes a line fit into what a small board has."""
    store = Store(100_000)
    row = Entry(0, 1, 'INFO', 'n', '', 'files', 0, 'x' * 76)
    for _ in range(40):
        store.append(Batch.of_entries([row] * 1000, store.names))
    assert store.memory() / len(store) <= 130


def test_more_names_than_numbers_share_the_last() -> None:
    """Garbage in the node field must not end the viewer."""
    table = NameTable(4)
    assert [table.number(name) for name in 'abcdea'] == [0, 1, 2, 3, 3, 0]
    assert table.names[3] == '(more names)' and table.find('d') is None
    assert Names().nodes.names == ['']

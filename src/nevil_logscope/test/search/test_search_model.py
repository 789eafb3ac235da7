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

"""A search finds exactly what the filter keeps entry by entry, whatever happens meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_logscope.search import SearchJob
from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import LEVEL_NAMES
from nevil_logscope.store import Store
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import Flag
from nevil_nodes.logs import TextTerm

NODES = ['camera', 'arm', 'speech_recognition']
SECOND = 1_000_000_000
texts = st.one_of(
    st.sampled_from(['', 'timeout waiting', 'Traceback:\nKeyError', 'ünicode ß', 'a\tb', 'xxaxx']),
    st.text(alphabet='abAB xé\n.\x0b', max_size=12))
entries = st.builds(
    Entry, st.just(0), st.integers(0, 9 * SECOND), st.sampled_from(LEVEL_NAMES),
    st.sampled_from(NODES), st.sampled_from(['', 'driver']), st.sampled_from(['files', '/rosout']),
    st.sampled_from([0, 1, 2, 3, 8]), texts)
patterns = st.sampled_from([
    'a', 'a|b', '^a', 'b$', 'a.b', r'\s', r'\s+$', 'a.*B', '(?=a)', r'(?<!a)b', r'\Aa', 'x*',
    '[^a]', '', '^$', 'é', r'\w+', '(a|b)+x', r'b\Z'])
terms = st.builds(
    TextTerm, st.one_of(st.text(alphabet='abAB xé\n', max_size=3), patterns), st.just('plain'),
    st.booleans(), st.booleans()) | st.builds(
    TextTerm, patterns, st.just('regex'), st.booleans(), st.booleans())
specs = st.builds(
    FilterSpec,
    levels=st.none() | st.frozensets(st.sampled_from(LEVEL_NAMES)),
    nodes=st.none() | st.frozensets(st.sampled_from([*NODES, 'unknown'])),
    without_nodes=st.frozensets(st.sampled_from(NODES), max_size=1),
    sources=st.none() | st.frozensets(st.sampled_from(['files', '/rosout'])),
    since_ns=st.none() | st.integers(0, 9 * SECOND),
    until_ns=st.none() | st.integers(0, 9 * SECOND),
    flags=st.sampled_from([Flag(0), Flag.CRASH, Flag.CRASH | Flag.DIALOGUE]),
    terms=st.lists(terms, max_size=2).map(tuple))


def kept(store: Store, spec: FilterSpec) -> list[int]:
    """Return what the filter keeps, entry by entry."""
    return [number for number in range(store.first_id, store.next_id)
            if spec.matches(store.entry(number))]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(entries, max_size=8), max_size=6), specs, st.data())
def test_a_search_finds_what_the_filter_keeps(
    batches: list[list[Entry]], spec: FilterSpec, data: Any,
) -> None:
    """Masks, buffers and slices are only a faster way to ask every entry."""
    store = Store(data.draw(st.sampled_from([5, 1000])))
    job = None
    begin = data.draw(st.integers(0, 6))
    for number, batch in enumerate([*batches, []]):
        if number == begin:
            job = SearchJob(store, spec)
        change = store.append(Batch.of_entries(batch, store.names))
        if job is not None:
            job.added(change)
            if data.draw(st.booleans()):
                job.advance(0.0)
    job = job or SearchJob(store, spec)
    while not job.advance(1.0).done:
        pass
    assert job.error is None
    assert job.ids.tolist() == kept(store, spec)
    assert job.results().tolist() == kept(store, spec)[::-1]


@settings(max_examples=200, deadline=None)
@given(st.lists(entries, max_size=20), st.lists(entries, max_size=5), specs, terms)
def test_a_search_within_another_finds_the_same(
    first: list[Entry], second: list[Entry], spec: FilterSpec, more: TextTerm,
) -> None:
    """Typing on looks only at what was found before; it must not miss what it would find."""
    store = Store(1000)
    store.append(Batch.of_entries(first, store.names))
    before = SearchJob(store, spec)
    before.advance(1.0)
    longer = [replace(term, text=term.text + 'a') if term.mode == 'plain' else term
              for term in spec.terms]
    job = SearchJob(store, replace(spec, terms=(*longer, more)), within=before)
    job.added(store.append(Batch.of_entries(second, store.names)))
    while not job.advance(1.0).done:
        pass
    assert job.ids.tolist() == kept(store, job.spec)

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

"""A wrong or endless pattern is a value to show, and never stops the window."""

from __future__ import annotations

import threading
import time

from nevil_logscope.search import PatternError
from nevil_logscope.search import PythonEngine
from nevil_logscope.search import SearchJob
from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import Store
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import TextTerm
import pytest


def store_of(*texts: str) -> Store:
    """Return a store with these messages."""
    store = Store(100_000)
    store.append(Batch.of_entries(
        [Entry(0, number, 'INFO', 'n', '', 'files', 0, text)
         for number, text in enumerate(texts)], store.names))
    return store


def search(store: Store, text: str) -> SearchJob:
    """Return a finished search for a regular expression."""
    job = SearchJob(store, FilterSpec(terms=(TextTerm(text, 'regex'),)))
    while not job.advance(0.05).done:
        pass
    return job


def test_a_wrong_pattern_says_what_and_where() -> None:
    """The field turns red at the place; the window goes on."""
    job = search(store_of('a'), 'ab(c')
    assert job.error == PatternError(
        TextTerm('ab(c', 'regex'), 'missing ), unterminated subpattern', 2)
    assert job.done and job.ids.tolist() == []


def test_an_alternation_finds_either_side() -> None:
    """In another viewer `A|B` finds nothing."""
    assert search(store_of('HTTP 503', 'fine', 'a fault'), r'HTTP 5\d\d|fault').ids.tolist() == [
        0, 2]


@pytest.mark.parametrize('pattern', ['(.*)*x{3}y', r'(\w+ ?)+#', '(a+)+$'])
def test_an_endless_pattern_is_refused_soon(pattern: str) -> None:
    """One key must not freeze the window for ever."""
    store = store_of(*['the planner has moved the goal with a heading of 1.25 and speed'] * 500,
                     'a' * 40 + '!')
    began = time.monotonic()
    job = search(store, pattern)
    assert time.monotonic() - began < 3
    assert job.error is not None and job.error.message == 'the pattern takes too long'


def test_rows_that_take_too_long_are_skipped_and_counted() -> None:
    """What was not looked at is never silently missing."""
    store = store_of('a' * 40 + '!', *['b'] * 300, 'aa')
    job = search(store, '(a+)+$')
    assert job.ids.tolist() == [301] and job.progress().skipped == 1


def test_outside_the_main_thread_endless_patterns_are_not_tried() -> None:
    """There nothing could end them."""
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.extend(
        PythonEngine().compile(TextTerm(text, 'regex')) for text in ('(a+)+$', '(a|b)+c')))
    thread.start()
    thread.join()
    refused, fine = found
    assert isinstance(refused, PatternError) and 'may never end' in refused.message
    assert not isinstance(fine, PatternError)


def test_the_first_hits_come_before_the_last_are_looked_for() -> None:
    """Newest first: what is on the screen is filtered at once."""
    store = store_of(*[f'message {number}' for number in range(50_000)])
    job = SearchJob(store, FilterSpec(terms=(TextTerm('message'),)))
    progress = job.advance(0.0)
    assert not progress.done and 0 < progress.found == progress.scanned < progress.total
    assert job.results()[0] == 49_999
    while not job.advance(0.0).done:
        pass
    assert len(job.ids) == 50_000

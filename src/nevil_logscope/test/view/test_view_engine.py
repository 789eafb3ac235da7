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

"""Qt's patterns find what Python's find, where they find it, and end by themselves."""

from __future__ import annotations

import re
import time
from typing import Any

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from nevil_logscope.search import PatternError
from nevil_logscope.search import SearchJob
from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import Store
from nevil_logscope.view.text_engine import QtEngine
from nevil_logscope.view.text_engine import QtPattern
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import TextTerm
import pytest

_PATTERNS = ('a', 'B+', 'a|b', '^a', 'b$', '.é', '[äé]x?', r'\bab', r'\d\d', 'x*', '(a)b', '😀',
             'a.*b', '(?:ab)+', r'\w+\s\w')
_TEXTS = st.text(alphabet='aAbBxX 1ä é😀\n', max_size=12)


def pattern(text: str, mode: str = 'regex', case: bool = True) -> QtPattern:
    """Return a pattern that must be one."""
    compiled = QtEngine().compile(TextTerm(text, mode, case))
    assert isinstance(compiled, QtPattern)
    return compiled


@given(text=st.lists(_TEXTS.map(lambda one: one.replace('\n', ' ')), max_size=6),
       source=st.sampled_from(_PATTERNS), case=st.booleans())
def test_the_rows_that_are_found_are_those_of_python(
        text: list[str], source: str, case: bool) -> None:
    """In many rows at once and in one row; places count characters, not UTF-16."""
    found = pattern(source, case=case)
    flags = re.MULTILINE | (0 if case else re.IGNORECASE)
    rows = ''.join(f'{row}\n' for row in text)
    starts = [0]
    for row in text:
        starts.append(starts[-1] + len(row) + 1)
    spans = list(found.spans(rows))
    hit = {max(number for number, start in enumerate(starts) if start <= at) for at, _ in spans}
    # Who searches knows that what crosses rows must be asked for row by row.
    crossing = any('\n' in rows[start:end] for start, end in spans)
    for number, row in enumerate(text):
        expected = re.search(source, row, flags) is not None
        assert found.found(row) == expected
        assert crossing or (number in hit) == expected
    for row in text:
        assert found.marks(row) == [
            match.span() for match in re.finditer(source, row, flags) if match.group()]


@given(text=_TEXTS, sought=st.text(alphabet='aAb.*[(\\ 😀', min_size=1, max_size=3))
def test_plain_text_has_no_special_characters(text: str, sought: str) -> None:
    """Who types ``a.b`` means a point."""
    row = text.replace('\n', ' ')
    assert pattern(sought, 'plain').found(row) == (sought in row)
    assert pattern(sought, 'plain', case=False).found(row) == (
        re.search(re.escape(sought), row, re.IGNORECASE) is not None)


@pytest.mark.parametrize('source, position', [
    ('a(b', 3), ('[a', 2), ('a**', None), ('(?P<x', None)])
def test_wrong_patterns_are_told_with_their_place(source: str, position: int | None) -> None:
    """What is wrong is shown in the field, so it must be a value, not an exception."""
    error = QtEngine().compile(TextTerm(source, 'regex'))
    if source == 'a**':
        assert not isinstance(error, PatternError) or error.message
        return
    assert isinstance(error, PatternError)
    assert error.message and 0 <= error.position <= len(source)
    assert position is None or error.position == position


def test_alternatives_are_whole_alternatives() -> None:
    """rqt_console wraps a pattern so that ``A|B`` finds nothing."""
    found = pattern(r'HTTP 5\d\d|Errno \d+|fault')
    rows = 'got HTTP 503\nall is well\nOSError: Errno 5\na fault\n'
    assert [rows.count('\n', 0, start) for start, _ in found.spans(rows)] == [0, 2, 3]


@pytest.mark.parametrize('source', ['(.*)*x{3}y', r'(\w+ ?)+#', '(a+)+$'])
def test_no_pattern_hangs(source: str) -> None:
    """Python's engine takes longer than anybody waits for these."""
    row = 'a' * 40 + '! servo 3 took 17 ms to answer, the limit is 20 ms; trying again in 2 s'
    started = time.monotonic()
    found = pattern(source)
    found.found(row)
    found.marks(row)
    found.marks(row)
    assert time.monotonic() - started < 5


_NODES = ('camera', 'motor', '')
_ENTRIES = st.lists(st.builds(
    Entry, st.just(0), st.integers(1, 50), st.sampled_from(['DEBUG', 'INFO', 'ERROR']),
    st.sampled_from(_NODES), st.just(''), st.sampled_from(['files', '/rosout']),
    st.integers(0, 7), _TEXTS), max_size=30)
_TERMS = st.builds(
    TextTerm, st.sampled_from(_PATTERNS), st.sampled_from(['plain', 'regex']), st.booleans(),
    st.booleans())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(entries=_ENTRIES, terms=st.lists(_TERMS, max_size=2),
       levels=st.none() | st.frozensets(st.sampled_from(['DEBUG', 'INFO', 'ERROR'])))
def test_searches_with_it_keep_what_the_filter_keeps(
        entries: list[Entry], terms: list[TextTerm], levels: frozenset[str] | None) -> None:
    """The window, nevil logs and the naive filter must agree entry by entry."""
    store = Store(100)
    entries = sorted(entries, key=lambda entry: (entry.at_ns, entry.origin))
    store.append(Batch.of_entries(entries, store.names))
    spec = FilterSpec(levels=levels, terms=tuple(terms))
    job = SearchJob(store, spec, QtEngine())
    assert job.error is None
    while not job.advance(0.01).done:
        pass
    kept: Any = [number for number, entry in enumerate(entries) if spec.matches(entry)]
    assert job.ids.tolist() == kept

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

"""A filter says of each record whether it is kept, and is the same after JSON."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import Flag
from nevil_nodes.logs import flags_of
from nevil_nodes.logs import LEVELS
from nevil_nodes.logs import TextTerm
from nevil_nodes.logs.whole_lines import MAX_LINE_BYTES
from nevil_nodes.logs.whole_lines import WholeLines
import pytest


class Seen(NamedTuple):
    """An entry."""

    at_ns: int = 5
    level: str = 'INFO'
    node: str = 'arm'
    source: str = 'files'
    flags: int = 0
    message: str = 'Moving\nto A'


NAMES = st.frozensets(st.text(max_size=5))
SPECS = st.builds(
    FilterSpec, levels=st.none() | st.frozensets(st.sampled_from(sorted(LEVELS))),
    nodes=st.none() | NAMES, without_nodes=NAMES, sources=st.none() | NAMES,
    since_ns=st.none() | st.integers(), until_ns=st.none() | st.integers(),
    flags=st.integers(0, 31).map(Flag), terms=st.lists(st.builds(
        TextTerm, st.text(max_size=5), st.sampled_from(['plain', 'regex']), st.booleans(),
        st.booleans()), max_size=3).map(tuple))


@given(SPECS)
def test_a_filter_is_the_same_after_json(spec: FilterSpec) -> None:
    """Saved views and sessions are kept as JSON."""
    assert FilterSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(('text', 'message'), [
    ('{"levels": ["LOUD"]}', "levels: 'LOUD' is not one of DEBUG, INFO"),
    ('{"flags": ["odd"]}', "flags: 'odd' is not one of crash, dialogue"),
    ('{"nodes": "arm"}', "'arm' is not a list of names"),
    ('{"since_ns": 1.5}', '1.5 is not a number of nanoseconds'),
    ('{"terms": [{"text": "a", "mode": "glob"}]}', "mode: 'glob' is not one of 'plain', 'regex'"),
    ('{"nods": []}', "'nods' is not a key of a filter"),
    ('[]', 'this is not a filter'), ('{', 'Expecting')])
def test_json_that_is_no_filter_is_refused(text: str, message: str) -> None:
    """A settings file that somebody has edited names what is wrong in it."""
    with pytest.raises(ValueError, match=message.replace('[', r'\[')):
        FilterSpec.from_json(text)


@pytest.mark.parametrize(('spec', 'kept'), [
    (FilterSpec(), True), (FilterSpec(levels=frozenset({'ERROR'})), False),
    (FilterSpec(nodes=frozenset({'arm'})), True),
    (FilterSpec(without_nodes=frozenset({'arm'})), False),
    (FilterSpec(sources=frozenset({'/rosout'})), False),
    (FilterSpec(since_ns=5, until_ns=6), True), (FilterSpec(until_ns=5), False),
    (FilterSpec(flags=Flag.CRASH), False), (FilterSpec(terms=(TextTerm('moving'),)), True),
    (FilterSpec(terms=(TextTerm('moving', case=True),)), False),
    (FilterSpec(terms=(TextTerm('Moving', case=True, exclude=True),)), False),
    (FilterSpec(terms=(TextTerm('Moving.*A$', 'regex'),)), True),
    (FilterSpec(terms=(TextTerm('g\nt'),)), False),
    (FilterSpec(terms=(TextTerm('g\x0bt'),)), True),
    (FilterSpec(terms=(TextTerm('a'), TextTerm('b'))), False)])
def test_a_filter_keeps_what_agrees_with_all_of_it(spec: FilterSpec, kept: bool) -> None:
    """The rules that the fast search must follow."""
    assert spec.matches(Seen()) is kept


@pytest.mark.parametrize(('record', 'flags'), [
    (('INFO', 'arm', 'fine'), Flag(0)), (('ERROR', 'arm', 'fine'), Flag.CRASH),
    (('INFO', 'arm', 'Device NOT FOUND'), Flag.CRASH),
    (('INFO', 'arm', 'Traceback\n  File'), Flag.CRASH | Flag.LINES),
    (('INFO', 'speech_synthesis', 'fine'), Flag.DIALOGUE),
    (('INFO', 'arm', 'a Voice'), Flag.DIALOGUE),
    (('INFO', 'nevil', 'supervising robot in /x'), Flag.START),
    (('INFO', 'nevil', 'arm: stopped -> starting: the system starts'), Flag.START),
    (('INFO', 'arm', 'arm: stopped -> starting: the system starts'), Flag(0)),
    (('INFO', 'talker-1', 'process started with pid [3]'), Flag.START)])
def test_words_say_what_a_record_is_about(record: tuple[str, str, str], flags: Flag) -> None:
    """The crash and dialogue modes of v3, and the starts of processes."""
    assert flags_of(*record) == flags


@given(st.lists(st.binary(max_size=30)))
def test_whole_lines_are_what_was_written(pieces: list[bytes]) -> None:
    """Wherever a read ends, lines do not."""
    lines = WholeLines()
    got = b''.join([*(lines.feed(piece) for piece in pieces), lines.end()])
    data = b''.join(pieces)
    assert got == data + (b'' if not data or data.endswith(b'\n') else b'\n')


def test_a_long_line_is_cut_and_says_by_how_much() -> None:
    """Ten megabytes in a line take no ten megabytes."""
    lines = WholeLines()
    assert lines.feed(b'first\n' + b'x' * MAX_LINE_BYTES) == b'first\n'
    assert lines.feed(b'y' * 1000) == b''
    assert lines.feed(b'z\nnext\n') == b'x' * MAX_LINE_BYTES + b' [... 1001 bytes cut]\nnext\n'

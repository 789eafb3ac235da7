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

"""The parser by blocks says what the parser by lines says, and loses nothing."""

from __future__ import annotations

from datetime import timezone

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_logscope.sources.parser import LineParser
from nevil_logscope.store import Entry
from nevil_logscope.store import Store
from nevil_nodes.logs import Flag
from nevil_nodes.logs import flags_of
from nevil_nodes.logs import format_record
from nevil_nodes.logs import LEVELS
from nevil_nodes.logs import parse_line
from nevil_nodes.logs import Record
from nevil_nodes.logs.reader import RecordReader
import pytest

UTC = timezone.utc
LINES = [
    '[2026-11-22 17:54:03.123456+00:00] [INFO] [camera] [driver] frame 7',
    '[2026-11-22 17:54:03.123456+00:00] [INFO] [camera] [-] [x] frame 7',
    '[2026-11-22 17:54:03,123 EST] [WARNING ] [camera              ] [MainThread     ] slow',
    '[2026-11-22 17:54:03 EST] [ERROR] [camera] timeout: connection lost',
    '[2026-11-22 17:54:03.5 EST] [DEBUG] [camera]',
    '[2026-11-22T17:54:03.123Z] [FATAL] [arm] [x] it broke',
    '[2026-11-22 17:54:03+02:00] [INFO] [speech_recognition] [x] hello',
    '[2026-02-30 17:54:03+02:00] [INFO] [speech_recognition] [x] no such day',
    '[2026-11-22 17:54:61.1+02:00] [INFO] [arm] [x] no such second',
    '[2026-11-22 17:54:03.1234567891+00:00] [INFO] [arm] [x] too exact',
    '[2026-11-22 17:54:03.123456+00:00] [TRACE] [arm] [x] no level',
    '[2026-11-22 17:54:03.123456+00:00] [INFO] arm',
    '[2026-11-22 17:54:03.123456+00:00] [INFO] [nevil] [supervisor] arm: stopped -> starting: x',
    '[2026-11-22 17:54:03.123456+00:00] [INFO] [nevil] [supervisor] supervising nevil in /x',
    '[INFO] [1700000000.123456789] [arm]: moving',
    '[WARN] [1700000000.123456789] [arm.motor]: ',
    '[FATAL] [1700000000.123456789] [arm]:gone',
    '[INFO] [170.12] [arm]: odd time',
    '[ERROR] [launch]: no time',
    '1700000000.1234567 [INFO] [launch]: All log files',
    '1700000000.1234567 [INFO] [talker-1]: process started with pid [12]',
    '1700000000.12 [talker-1] Publishing',
    '1700000000.12 [talker-1] [INFO] [1700000000.100000000] [talker]: Publishing',
    '[talker-1] [INFO] [1700000000.100000000] [talker]: Publishing',
    '[camera-2] [2026-11-22 17:54:03.123456+00:00] [INFO] [camera] [driver] frame 7',
    '\x1b[33m[WARN] [1700000000.123456789] [arm]: yellow\x1b[0m',
    'Traceback (most recent call last):', '  File "x.py", line 3', 'KeyError: 5', '', '[',
    '[1, 2, 3]', '12 apples', 'grüße an alle', ']]]] [x] [', '[a] [b] [c] [d] e',
]


def entries_of(text: str | bytes, *cuts: int, node: str = 'x') -> list[Entry]:
    """Return what the parser makes of a file that is read in pieces of whole lines."""
    data = text.encode() if isinstance(text, str) else text
    store = Store(100_000)
    parser = LineParser(store.names, 'files', node, UTC)
    lines = data.splitlines(keepends=True) if b'\r' not in data else [data]
    places = sorted({0, len(lines), *(cut % (len(lines) + 1) for cut in cuts)})
    batches = [parser.feed(b''.join(lines[start:stop]))
               for start, stop in zip(places, places[1:])]
    for batch in [*batches, parser.flush()]:
        if batch is not None:
            store.append(batch)
    return sorted((store.entry(number) for number in range(store.next_id)),
                  key=lambda entry: entry.id)


def expected(lines: list[str], node: str = 'x') -> list[tuple[str, str, str, str]]:
    """Return level, node, component and message of the records, by the reader of lines."""
    reader = RecordReader(node, UTC)
    reader.observe(lines)
    found = [record for line in lines for record in reader.feed(line)] + reader.finish()
    return [(record.level, record.node, record.component, record.message.replace('\x1b[0m', ''))
            for record in found]


def shown(entries: list[Entry]) -> list[tuple[str, str, str, str]]:
    """Return the same of entries."""
    return [(entry.level, entry.node, entry.component, entry.message) for entry in entries]


@pytest.mark.parametrize('line', LINES[:26])
def test_a_head_is_read_as_by_the_parser_of_lines(line: str) -> None:
    """What columns show must be what the rules say."""
    record = parse_line(line, UTC)
    [entry] = entries_of(line + '\n')
    assert shown([entry]) == expected([line])
    assert entry.at_ns == (record.at_ns if record else 0)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=12),
       st.lists(st.integers(0, 12), max_size=3))
def test_lines_in_any_mixture_and_pieces_become_the_same_records(
    lines: list[str], cuts: list[int],
) -> None:
    """A record may end in a later block than it starts in; formats may change in one file."""
    got = sorted(shown(entries_of('\n'.join([*lines, '']), *cuts)))
    assert got == sorted(expected(lines))


records = st.builds(
    Record, st.integers(1000, 4 * 10 ** 18).map(lambda ns: ns // 1000 * 1000),
    st.sampled_from(sorted(LEVELS)),
    st.text('abc_[]', min_size=1, max_size=8).filter(lambda name: name.strip()),
    st.sampled_from(['', 'driver', 'ü']),
    st.text(st.characters(exclude_characters='\r\0\x1b\x0b\n', exclude_categories=['Cs']),
            max_size=30) | st.sampled_from(['Traceback:\n  File', 'a\n\nb', 'speech timeout']))


@settings(max_examples=200, deadline=None)
@given(st.lists(records, max_size=8))
def test_what_nevil_writes_comes_out_again(wanted: list[Record]) -> None:
    """Every record, whatever it says, is one entry with its flags."""
    wanted.sort(key=lambda record: record.at_ns)
    entries = entries_of(''.join(format_record(record) + '\n' for record in wanted))
    assert [entry.message for entry in entries] == [record.message for record in wanted]
    assert [entry.at_ns for entry in entries] == [record.at_ns for record in wanted]
    assert [entry.flags for entry in entries] == [
        int(flags_of(entry.level, entry.node, entry.message)) for entry in entries]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=50))
def test_garbage_is_shown_and_does_no_harm(before: bytes, after: bytes) -> None:
    """A broken disk or a program that prints its memory must not end the viewer."""
    good = LINES[0].encode()
    entries = entries_of(before + b'\n' + good + b'\n' + after + b'\n')
    assert any(entry.message.startswith('frame 7') for entry in entries)
    assert all('\0' not in entry.message for entry in entries)


def test_a_block_of_random_bytes_is_read_in_time() -> None:
    """A core dump of a megabyte in a log is read like any other."""
    import random
    data = random.Random(7).randbytes(1_000_000) + b'\n'
    assert entries_of(data)


def test_colours_are_removed_everywhere() -> None:
    """Escape sequences are for terminals; searched for and shown is what one reads there."""
    [entry] = entries_of('[INFO] [1700000000.123456789] [arm]: \x1b[1;31mred\x1b[0m arm\n')
    assert entry.message == 'red arm'


def test_a_very_long_record_is_cut_with_a_note() -> None:
    """A traceback of ten megabytes must not take ten megabytes."""
    [entry, *more] = entries_of(LINES[0] + '\n' + 'x' * 500_000 + '\n')
    assert entry.message.endswith(' bytes cut]') and entry.flags & Flag.CUT
    assert len(entry.message) < 300_000 and not more


def test_lines_without_a_head_are_of_the_files_node_at_the_last_time() -> None:
    """Whoever prints without a logger is heard all the same."""
    text = '\n'.join(['plain', ' more', 'lines', LINES[0], LINES[18], ''])
    first, line, second, third = entries_of(text, node='arm')
    assert (first.node, first.level, first.message) == ('arm', 'INFO', 'plain\n more')
    assert (line.node, line.level, line.message) == ('arm', 'INFO', 'lines')
    assert third.at_ns == second.at_ns

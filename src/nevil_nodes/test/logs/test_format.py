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

"""One record as a line, and back."""

from __future__ import annotations

from datetime import timedelta
from datetime import timezone
import logging

from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st
from nevil_nodes.logs import format_record
from nevil_nodes.logs import LEVELS
from nevil_nodes.logs import NevilFormatter
from nevil_nodes.logs import normal_level
from nevil_nodes.logs import parse_line
from nevil_nodes.logs import Record
from nevil_nodes.logs import stamp
import pytest

NOON = 1_763_812_443_123_456_000  # 2025-11-22 11:54:03.123456 UTC
NAMES = st.from_regex(r'[a-z][a-z0-9_]{0,20}', fullmatch=True)
RECORDS = st.builds(
    Record, at_ns=st.integers(0, 4_000_000_000_000_000).map(lambda us: us * 1000),
    level=st.sampled_from(sorted(LEVELS)), node=NAMES,
    component=st.one_of(st.just(''), NAMES), message=st.text())


def test_line_has_the_documented_form() -> None:
    """Users and other tools rely on it."""
    record = Record(NOON, 'INFO', 'camera', 'driver', 'opened /dev/video0')
    assert format_record(record) == (
        '[2025-11-22 11:54:03.123456+00:00] [INFO] [camera] [driver] opened /dev/video0')


@given(RECORDS)
def test_what_is_written_is_read_back(record: Record) -> None:
    """Whatever the message holds, one record comes out as one, its text intact."""
    first, *more = format_record(record).split('\n')
    head = parse_line(first)
    assert head is not None
    assert [line for line in more if parse_line(line)] == []
    if not any(parse_line(line) for line in record.message.split('\n')[1:]):
        assert head._replace(message='\n'.join([head.message, *more])) == record


@given(st.text())
@example('[2025-13-01 10:00:00 EST] [INFO] [x] impossible date')
@example('[2025-12-01 10:00:00+99:99] [INFO] [x] impossible zone')
@example('[9999-12-31 23:59:59-23:59] [INFO] [x] beyond the calendar')
def test_no_line_breaks_the_parser(line: str) -> None:
    """A log holds anything; at worst it is no record."""
    record = parse_line(line)
    assert record is None or record.level in LEVELS


@given(st.text(), st.text())
def test_names_never_break_the_line(node: str, component: str) -> None:
    """A bracket or newline in a name must not move the fields after it."""
    line = format_record(Record(NOON, 'INFO', node, component, 'text'))
    head = parse_line(line)
    assert head is not None and head.message == 'text' and '\n' not in line


def test_a_forged_record_in_a_message_stays_in_it() -> None:
    """A node must not be able to write lines in another's name."""
    forged = '[2025-11-22 11:54:03.123456+00:00] [CRITICAL] [safety] [-] all fine'
    lines = format_record(Record(NOON, 'INFO', 'chat', '', f'user said\n{forged}')).split('\n')
    assert lines[1] == f' {forged}'
    assert parse_line(lines[1]) is None


@pytest.mark.parametrize(('line', 'expected'), [
    ('[2025-08-14 10:00:00,123 EST] [INFO    ] [ai_cognition        ] [MainThread     ] hi',
     Record(1_755_165_600_123_000_000, 'INFO', 'ai_cognition', 'MainThread', 'hi')),
    ('[2025-08-14 10:00:00 EST] [WARNING] [ai_cognition] no component',
     Record(1_755_165_600_000_000_000, 'WARNING', 'ai_cognition', '', 'no component')),
    ('[2025-08-14 10:00:00.5+02:00] [ERROR] [x] [y] zone',
     Record(1_755_158_400_500_000_000, 'ERROR', 'x', 'y', 'zone')),
    ('[2025-08-14T10:00:00Z] [FATAL] [x] [y]', Record(
        1_755_165_600_000_000_000, 'CRITICAL', 'x', 'y', '')),
    ('[WARN] [1755165600.123456789] [talker.child]: hello',
     Record(1_755_165_600_123_456_789, 'WARNING', 'talker.child', '', 'hello')),
    ('\x1b[33m[WARN] [1755165600.000000000] [talker]: coloured\x1b[0m',
     Record(1_755_165_600_000_000_000, 'WARNING', 'talker', '', 'coloured')),
])
def test_lines_of_others_are_read(line: str, expected: Record) -> None:
    """Logs of v3 and of ROS executables are merged with ours."""
    assert parse_line(line, timezone.utc) == expected


def test_zone_of_a_label_is_the_readers_choice() -> None:
    """v3 wrote EST beside local time."""
    line = '[2025-08-14 10:00:00 EST] [INFO] [x] [y] hi'
    there = parse_line(line, timezone(timedelta(hours=-5)))
    assert there is not None and stamp(there.at_ns) == '2025-08-14 15:00:00.000000+00:00'


@pytest.mark.parametrize('line', [
    '', 'Traceback (most recent call last):', '  File "x.py", line 1', '[INFO] no time',
    '[2025-08-14 10:00:00 and so on', '[1, 2] [3]', 'ERROR: no more', 'Info: a word: two',
])
def test_other_lines_continue_a_record(line: str) -> None:
    """Tracebacks must stay with the record that they follow."""
    assert parse_line(line) is None


def test_levels_have_ros_names_too() -> None:
    """ROS says WARN and FATAL."""
    assert [normal_level(word) for word in ('warn', 'Fatal', 'debug', 'loud')] == [
        'WARNING', 'CRITICAL', 'DEBUG', None]


def test_python_logging_writes_records_with_their_traceback() -> None:
    """Nevil's own processes log through Python's logging."""
    record = logging.LogRecord('server', logging.ERROR, __file__, 1, 'lost %s', ('it',), None)
    record.created = 1755165600.25
    try:
        raise ValueError('no')
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    first, second, *_, last = NevilFormatter('nevil').format(record).split('\n')
    assert first == '[2025-08-14 10:00:00.250000+00:00] [ERROR] [nevil] [server] lost it'
    assert second == 'Traceback (most recent call last):'
    assert last == 'ValueError: no'


def test_a_node_names_what_speaks_in_it() -> None:
    """The same lines from a node, with its own idea of a component; levels have their name."""
    record = logging.LogRecord('arm', 35, __file__, 1, 'hot', (), None)
    record.created = 1755165600.1234567
    text = NevilFormatter('arm', lambda record: record.module).format(record)
    assert text == '[2025-08-14 10:00:00.123457+00:00] [WARNING] [arm] [test_format] hot'

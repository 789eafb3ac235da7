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

"""Several files as one stream."""

from __future__ import annotations

from pathlib import Path
import threading

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_nodes.logs import at_least
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import Follower
from nevil_nodes.logs import read_records
from nevil_nodes.logs import Record
from nevil_nodes.logs import TextTerm
import pytest

from rotating import line
from rotating import record
from rotating import RotatingFile
from rotating import SECOND

# Ends of lines of other systems, and zero bytes, are those of the file and not of a message.
MESSAGES = st.lists(
    st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\n\r\0')),
    min_size=1, max_size=3).map('\n'.join)
ENTRIES = st.lists(st.tuples(st.sampled_from(['a', 'b', 'c']), MESSAGES, st.booleans()),
                   max_size=30)


def texts(records: list[Record]) -> list[str]:
    """Return the messages."""
    return [item.message for item in records]


@settings(deadline=None)
@given(ENTRIES)
def test_what_is_written_comes_out_in_order_of_time(
        tmp_path_factory: pytest.TempPathFactory,
        entries: list[tuple[str, str, bool]]) -> None:
    """Any messages in any files with rotations at any moment come back as they were logged."""
    folder = tmp_path_factory.mktemp('logs')
    files = {name: RotatingFile(folder / f'{name}.log', 50) for name in 'abc'}
    expected = []
    for second, (name, message, rotate) in enumerate(entries):
        item = record(second, message, node=name)
        expected.append(item)
        files[name].write(line(second, message, node=name).encode())
        if rotate:
            files[name].rotate()
    found = list(read_records([file.path for file in files.values()]))
    assert found == expected
    assert list(read_records([file.path for file in files.values()], last=4)) == expected[-4:]


@settings(deadline=None)
@given(ENTRIES)
def test_a_follower_shows_the_same_as_a_reader(
        tmp_path_factory: pytest.TempPathFactory,
        entries: list[tuple[str, str, bool]]) -> None:
    """Looking after every write instead of once at the end changes nothing."""
    folder = tmp_path_factory.mktemp('logs')
    files = {name: RotatingFile(folder / f'{name}.log', 50) for name in 'abc'}
    follower = Follower(folder, last=None)
    seen: list[Record] = []
    for second, (name, message, rotate) in enumerate(entries):
        files[name].write(line(second, message, node=name).encode())
        if rotate:
            files[name].rotate()
        seen += follower.poll(second)
    for later in (1, 2, 3):
        seen += follower.poll(len(entries) + later)
    follower.close()
    assert seen == [record(second, message, node=name)
                    for second, (name, message, _) in enumerate(entries)]


def test_a_traceback_over_a_rotation_stays_with_its_record(tmp_path: Path) -> None:
    """The lines that explain a crash are the ones worth most."""
    log = RotatingFile(tmp_path / 'x.log')
    log.write(line(1, 'failed\nTraceback').encode())
    log.rotate()
    log.write(b'ValueError: no\n' + line(2, 'next').encode())
    assert texts(list(read_records([log.path]))) == ['failed\nTraceback\nValueError: no', 'next']


def test_lines_before_any_record_are_not_lost(tmp_path: Path) -> None:
    """The oldest file kept may begin in the midst of a traceback."""
    (tmp_path / 'x.log').write_text('tail of something\n' + line(1, 'first'))
    found = list(read_records([tmp_path / 'x.log']))
    assert found[0] == Record(0, 'INFO', 'x', '', 'tail of something')
    assert texts(found) == ['tail of something', 'first']


def test_a_wrong_stamp_moves_no_other_record(tmp_path: Path) -> None:
    """A record's time is its own: what comes after one of next year is not of next year."""
    (tmp_path / 'x.log').write_text(
        line(1, 'one') + line(30_000_000, 'wrong') + line(3, 'three') + line(5, 'five'))
    (tmp_path / 'y.log').write_text(line(2, 'two') + line(4, 'four'))
    found = texts(list(read_records([tmp_path / 'x.log', tmp_path / 'y.log'])))
    assert found == ['one', 'two', 'three', 'four', 'five', 'wrong']


def test_a_slow_traceback_is_shown_under_its_head(tmp_path: Path) -> None:
    """What comes after the record was shown is neither lost nor nameless."""
    log = RotatingFile(tmp_path / 'x.log')
    follower = Follower(tmp_path, hold_s=0.5)
    log.write(line(1, 'failed').encode())
    assert [texts(follower.poll(now)) for now in (0.0, 1.0)] == [[], ['failed']]
    log.write(b'late line\n')
    assert [follower.poll(now) for now in (2.0, 3.0)] == [[], [record(1, 'late line')]]
    follower.close()


def test_a_follower_waits_for_slower_files(tmp_path: Path) -> None:
    """A record written late but stamped earlier is shown first if it comes within the hold."""
    one, two = RotatingFile(tmp_path / 'one.log'), RotatingFile(tmp_path / 'two.log')
    follower = Follower(tmp_path, hold_s=0.5)
    one.write((line(5, 'five') + line(6, 'six')).encode())
    assert follower.poll(0.0) == []
    two.write((line(4, 'four') + line(7, 'seven')).encode())
    assert texts(follower.poll(0.3)) == []
    assert texts(follower.poll(0.6)) == ['four', 'five', 'six']
    assert texts(follower.poll(1.2)) == ['seven']
    follower.close()


def test_a_follower_begins_with_the_last_records_of_all(tmp_path: Path) -> None:
    """-n counts over all files, not for each."""
    for name in ('one', 'two'):
        (tmp_path / f'{name}.log').write_text(''.join(
            line(second + (name == 'two') / 2, f'{name} {second}') for second in range(5)))
    follower = Follower(tmp_path, last=3)
    assert texts(follower.poll(0.0) + follower.poll(1.0) + follower.poll(2.0)) == [
        'two 3', 'one 4', 'two 4']
    follower.close()


def test_what_was_held_back_comes_at_the_end_without_waiting(tmp_path: Path) -> None:
    """When nothing is written any more, the last record of each file is complete."""
    one, two = RotatingFile(tmp_path / 'one.log'), RotatingFile(tmp_path / 'two.log')
    follower = Follower(tmp_path, hold_s=0.5)
    one.write(''.join(line(number, str(number)) for number in range(5000)).encode())
    two.write((line(6000, 'failed') + 'Traceback\n').encode())
    started = follower.poll(100.0)
    found = texts(started + follower.drain())
    assert found == [*map(str, range(5000)), 'failed\nTraceback']


def test_a_flooded_file_is_followed_in_steps_and_in_order(tmp_path: Path) -> None:
    """Each look is short; the others' records wait for their place in time."""
    flood, calm = RotatingFile(tmp_path / 'flood.log'), RotatingFile(tmp_path / 'calm.log')
    follower = Follower(tmp_path, hold_s=0.5)
    flood.write(''.join(line(number, str(number)) for number in range(5000)).encode())
    calm.write((line(100.5, 'early') + line(4000.5, 'late') + line(5000, 'end')).encode())
    assert follower.poll(0.0) == [] and follower.behind
    first = texts(follower.poll(0.6))
    assert follower.behind and 'early' in first and 'late' not in first and len(first) < 4002
    rest = [text for now in (1.2, 1.8, 2.4, 3.0) for text in texts(follower.poll(now))]
    assert not follower.behind
    assert [text for text in first + rest if text.isdigit()] == [str(n) for n in range(5000)]
    assert rest.index('late') == rest.index('4000') + 1
    follower.close()


def test_the_last_of_a_long_history_are_chosen_when_all_is_read(tmp_path: Path) -> None:
    """With a filter every record has to be looked at, in steps too."""
    log = RotatingFile(tmp_path / 'x.log')
    log.write(''.join(line(number, f'{number % 2} {number}') for number in range(5000)).encode())
    keep = FilterSpec(terms=(TextTerm.of_regex('^1'),)).matches
    follower = Follower(tmp_path, keep=keep, last=2)
    found = [text for now in range(6) for text in texts(follower.poll(float(now)))]
    assert found == ['1 4997', '1 4999']
    follower.close()


def test_the_last_of_a_flooded_file_are_shown_though_the_end_is_never_reached(
        tmp_path: Path) -> None:
    """What has been there at the start is read, not what is added meanwhile."""
    log = RotatingFile(tmp_path / 'x.log')
    follower = Follower(tmp_path, last=3)
    found: list[str] = []
    for look in range(6):
        written = range(2500 * look, 2500 * (look + 1))
        log.write(''.join(line(look, str(number)) for number in written).encode())
        found += texts(follower.poll(float(look)))
    first = int(found[0])
    assert len(found) > 5000 and found == [str(first + n) for n in range(len(found))]
    follower.close()


def test_a_follower_finds_files_that_appear(tmp_path: Path) -> None:
    """A node started later has its log shown too; other files are left alone."""
    follower = Follower(tmp_path / 'logs')
    assert follower.poll(0.0) == []
    (tmp_path / 'logs').mkdir()
    (tmp_path / 'logs' / 'new.log').write_text(line(1, 'hello'))
    (tmp_path / 'logs' / 'notes.txt').write_text(line(1, 'not a log'))
    found = [item for now in (1.0, 2.0, 3.0) for item in follower.poll(now)]
    assert texts(found) == ['hello']
    follower.close()


def test_rotation_at_full_speed_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """A real writer in a thread, rotating every 500 lines, against a follower that never rests."""
    log = RotatingFile(tmp_path / 'x.log', keep_files=30)
    total = 10_000
    done = threading.Event()

    def write() -> None:
        for number in range(total):
            log.write(line(number, str(number)).encode())
            if number % 500 == 499:
                log.rotate()
        done.set()

    follower = Follower(tmp_path, last=None)
    writer = threading.Thread(target=write)
    writer.start()
    seen: list[str] = []
    now = 0.0
    while not done.is_set():
        now += 0.01
        seen += texts(follower.poll(now))
    writer.join()
    for later in (1, 2, 3):
        seen += texts(follower.poll(now + later))
    follower.close()
    assert seen == [str(number) for number in range(total)]


def test_filters_combine(tmp_path: Path) -> None:
    """Level, time and text together."""
    (tmp_path / 'x.log').write_text(''.join([
        line(1, 'timeout early', level='ERROR'), line(5, 'timeout', level='INFO'),
        line(6, 'fine', level='ERROR'), line(7, 'a\ntimeout below', level='CRITICAL')]))
    keep = FilterSpec(levels=at_least('WARNING'), since_ns=2 * SECOND,
                      terms=(TextTerm.of_regex('time.ut'),)).matches
    assert texts(list(read_records([tmp_path / 'x.log'], keep=keep))) == ['a\ntimeout below']
    assert len(list(read_records([tmp_path / 'x.log'], keep=FilterSpec().matches, last=2))) == 2


def test_a_bad_pattern_says_where_and_why() -> None:
    """The user sees the text as it is."""
    with pytest.raises(ValueError, match='unterminated character set at position 1'):
        TextTerm.of_regex('x[')

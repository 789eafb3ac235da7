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

"""One file through its rotations."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_nodes.logs import Tail
import pytest

from rotating import line
from rotating import RotatingFile


def test_lines_before_and_after_a_rotation_come_once_and_in_order(tmp_path: Path) -> None:
    """What is written between two looks, on both sides of a rotation, is the hard case."""
    log = RotatingFile(tmp_path / 'x.log')
    tail = Tail(log.path)
    log.write(b'one\n')
    assert list(tail.lines()) == ['one']
    log.write(b'two\n')
    log.rotate()
    log.write(b'three\n')
    assert list(tail.lines()) == ['two', 'three']
    tail.close()


def test_two_rotations_between_two_looks_lose_nothing(tmp_path: Path) -> None:
    """A node that prints as fast as it can fills more than one file between two looks."""
    log = RotatingFile(tmp_path / 'x.log')
    log.write(b'one\n')
    tail = Tail(log.path)
    assert list(tail.lines()) == ['one']
    for text in (b'two\n', b'three\n', b'four\n'):
        log.write(text)
        log.rotate()
    log.write(b'five\n')
    tail_lines = list(tail.lines())
    # 'one' and 'two' were in the file that stayed open: deleted, yet read to its end
    assert tail_lines == ['two', 'three', 'four', 'five']


STEPS = st.lists(st.one_of(
    st.just('rotate'), st.just('read'), st.integers(1, 5), st.just('half')), max_size=40)


@settings(deadline=None)
@given(steps=STEPS, keep=st.integers(2, 4))
def test_nothing_is_lost_or_repeated_at_any_moment(
        tmp_path_factory: pytest.TempPathFactory, steps: list[str | int], keep: int) -> None:
    """Writes, halves of lines, rotations and looks in any order, as long as files are kept."""
    log = RotatingFile(tmp_path_factory.mktemp('t') / 'x.log', keep)
    tail = Tail(log.path)
    written: list[str] = []
    seen: list[str] = []
    unseen_rotations = 0
    open_half = ''
    for step in steps:
        if step == 'read':
            seen += tail.lines()
            unseen_rotations = 0
        elif step == 'half':
            log.write(b'half ')
            open_half += 'half '
        elif step == 'rotate' and unseen_rotations < keep - 1 and not open_half:
            log.rotate()
            unseen_rotations += 1
        elif isinstance(step, int):
            for _ in range(step):
                written.append(f'{open_half}{len(written)}')
                open_half = ''
                log.write(f'{written[-1]}\n'.encode()[5 * written[-1].count('half'):])
    seen += tail.lines()
    tail.close()
    assert seen == written


def test_a_look_ends_though_the_file_grows_faster_than_it_is_read(tmp_path: Path) -> None:
    """Whoever follows a node that floods its log still takes Ctrl-C."""
    log = RotatingFile(tmp_path / 'x.log', keep_files=10)
    log.write(b'first\n')
    tail = Tail(log.path)
    seen = []
    for _ in range(3):
        for text in tail.lines():
            seen.append(text)
            log.write(b'x' * 70_000 + b'\n')
            if len(seen) == 2:
                log.rotate()
    assert 3 <= len(seen) < 10
    written = len(seen)
    seen += tail.lines()
    assert seen == ['first', *['x' * 70_000] * written]
    tail.close()


@pytest.mark.parametrize('last', [0, 1, 2, 3, 5, 6, 100])
def test_begins_that_many_records_before_the_end(tmp_path: Path, last: int) -> None:
    """With -n the reader must not read what it does not show, rotated files included."""
    log = RotatingFile(tmp_path / 'x.log')
    for number in range(5):
        log.write(line(number, f'record {number}\ntrace {number}').encode())
        if number == 2:
            log.rotate()
    expected = [text for number in range(max(5 - last, 0), 5)
                for text in line(number, f'record {number}\ntrace {number}').split('\n')[:-1]]
    tail = Tail(log.path, last=last)
    assert list(tail.lines()) == expected
    log.write(b'more\n')
    assert list(tail.lines()) == ['more']
    tail.close()


def test_begins_before_the_end_across_blocks(tmp_path: Path) -> None:
    """Files are searched backwards in blocks; records cross their bounds."""
    log = RotatingFile(tmp_path / 'x.log')
    texts = [f'{number} ' + 'x' * (number * 37 % 3000) for number in range(300)]
    log.write(''.join(line(n, text) for n, text in enumerate(texts)).encode())
    for last in (1, 50, 299, 300):
        tail = Tail(log.path, last=last)
        shown = [text.partition('[test] ')[2] for text in tail.lines()]
        assert shown == texts[-last:]
        tail.close()


def test_an_unfinished_line_waits_for_its_end(tmp_path: Path) -> None:
    """A reader is often in between two writes of a line."""
    log = RotatingFile(tmp_path / 'x.log')
    log.write(line(1, 'whole').encode() + b'unfini')
    tail = Tail(log.path, last=0)
    assert list(tail.lines()) == []
    log.write('shéd\n'.encode())
    assert list(tail.lines()) == ['unfinishéd']
    tail.close()


def test_a_file_that_appears_later_is_read_from_its_start(tmp_path: Path) -> None:
    """A follower may be there before the first line."""
    tail = Tail(tmp_path / 'x.log')
    assert list(tail.lines()) == []
    (tmp_path / 'x.log').write_text('one\n')
    assert list(tail.lines()) == ['one']
    tail.close()


def test_a_file_truncated_in_place_is_read_from_its_start(tmp_path: Path) -> None:
    """Somebody empties a log with `> x.log`."""
    path = tmp_path / 'x.log'
    path.write_text('one\ntwo\n')
    tail = Tail(path)
    assert list(tail.lines()) == ['one', 'two']
    path.write_text('new\n')
    assert list(tail.lines()) == ['new']
    tail.close()


def test_bytes_that_are_no_utf8_are_kept_visible(tmp_path: Path) -> None:
    """A broken node must not end the reader."""
    (tmp_path / 'x.log').write_bytes('né'.encode() + b'\xff\n' + 'Gerät\n'.encode('latin-1'))
    tail = Tail(tmp_path / 'x.log')
    assert list(tail.lines()) == ['né\ufffd', 'Gerät']
    tail.close()

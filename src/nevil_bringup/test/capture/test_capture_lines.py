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

"""What a process printed becomes lines that Nevil reads back, whatever it was."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from nevil_bringup.capture.lines import Lines
from nevil_nodes.logs import format_record
from nevil_nodes.logs import parse_line
from nevil_nodes.logs import Record
import pytest

NOW = 1_795_370_043_123_456_000
STAMP = '[2026-11-22 17:54:03.123456+00:00]'
HEAD = f'{STAMP} [INFO] [camera] [stdout] '


def convert(text: str, unit: str = 'camera', nodes: tuple[str, ...] = ('camera',),
            secrets: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the logs of each node after one block of output."""
    logs: dict[str, str] = {}
    lines = Lines(unit, nodes, secrets)
    for node, piece in lines.convert(text.encode('utf-8', 'surrogateescape'), NOW):
        logs[node] = logs.get(node, '') + piece.decode('utf-8', 'surrogateescape')
    return logs


def test_the_stamp_is_the_readers_stamp() -> None:
    """Capture has its own fast writer of times; the reader must take it for the same instant."""
    record = parse_line(convert('hello\n')['camera'].rstrip('\n'))
    assert record == Record(NOW, 'INFO', 'camera', 'stdout', 'hello')


def test_plain_lines_are_records_of_their_own() -> None:
    """Each print is found by time."""
    assert convert('one\n\ntwo\n') == {'camera': f'{HEAD}one\n{HEAD}\n{HEAD}two\n'}


def test_nevils_own_lines_stay_as_they_are() -> None:
    """The node's own time and level are better than ours."""
    line = '[2026-11-22 17:54:01.000001+00:00] [ERROR] [camera] [lens] stuck\n'
    assert convert(line * 3) == {'camera': line * 3}


def test_rcutils_lines_are_translated() -> None:
    """A C++ node's log reads like any other."""
    converted = convert(
        '[WARN] [1700000000.123456789] [camera.lens]: dim\n'
        '[FATAL] [1700000000.123456789] [camera]: dark\n'
        '[INFO] [1700000000.123456789] [rcl]: hello\n')['camera']
    assert converted == (
        '[2023-11-14 22:13:20.123456+00:00] [WARNING] [camera] [lens] dim\n'
        '[2023-11-14 22:13:20.123456+00:00] [CRITICAL] [camera] [-] dark\n'
        '[2023-11-14 22:13:20.123456+00:00] [INFO] [camera] [rcl] hello\n')


def test_a_traceback_is_one_error() -> None:
    """Its lines belong together, and the level shows it in a filtered log."""
    text = ('Traceback (most recent call last):\n  File "x.py", line 1\n    y\n'
            'ValueError: z\n\nDuring handling of the above exception, another one occurred:\n'
            '\nTraceback (most recent call last):\n  File "x.py", line 2\nKeyError: 1\n')
    assert convert(text + 'after\n')['camera'] == (
        f'{STAMP} [ERROR] [camera] [stderr] {text}{HEAD}after\n')


def test_a_traceback_below_an_error_continues_it() -> None:
    """``logger.exception`` writes both, and they are one record."""
    text = ('[2026-11-22 17:54:01.000001+00:00] [ERROR] [camera] [-] callback failed\n'
            'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: z\n')
    assert convert(text) == {'camera': text}


GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "x.py", line 1, in <module>
  |     raise ExceptionGroup('several', [ValueError(1)])
  | ExceptionGroup: several (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "y.py", line 2, in f
    | ValueError: 1
    +------------------------------------
"""
CAUSE = 'Traceback (most recent call last):\n  File "x.py", line 1\nKeyError: 1\n\n'
CAUSED = 'During handling of the above exception, another exception occurred:\n\n'


@pytest.mark.parametrize('text', [GROUP, CAUSE + CAUSED + GROUP, GROUP + '\n' + CAUSED + CAUSE])
def test_the_traceback_of_an_exception_group_is_one_error(text: str) -> None:
    """It has a margin, also in its first line, and no last line without one."""
    assert convert('before\n' + text + 'after\n')['camera'] == (
        f'{HEAD}before\n{STAMP} [ERROR] [camera] [stderr] {text}{HEAD}after\n')


RECORD = '[2026-11-22 17:54:01.000001+00:00] [ERROR] [camera] [lens] {}\n'


@pytest.mark.parametrize(('before', 'shown'), [
    ('', ''), ('done\n', f'{HEAD}done\n'), ('\r30%|###', f'{HEAD}\n{HEAD}30%|###\n'),
    ('\n', f'{HEAD}\n'),
    ('Traceback (most recent call last):\n  File', f'{STAMP} [ERROR] [camera] [stderr] '
     'Traceback (most recent call last):\n  File\n')])
@pytest.mark.parametrize('after', ['', '  80%', 'Traceback (most recent call last):\n'])
def test_a_marked_record_keeps_its_borders(before: str, shown: str, after: str) -> None:
    """OUT OF MEMORY behind a progress bar must not be a part of it, nor what follows a part."""
    converted = convert(
        f'{before}\x1e{RECORD.format("OUT OF MEMORY" + chr(31) + "at 3 o clock")}{after}')
    text = RECORD.format('OUT OF MEMORY\nat 3 o clock')
    assert converted['camera'].startswith(shown + text)
    rest = converted['camera'].removeprefix(shown + text)
    assert not after or rest.startswith(STAMP)


def test_a_marked_record_begins_a_line_of_its_own_after_a_part_that_is_written() -> None:
    """The bar was there for a tenth of a second, so it is in the file."""
    lines = Lines('camera', ['camera'])
    lines.convert(b'30%|###', NOW)
    marked = ('\x1e' + RECORD.format('stuck')).encode()
    text = b''.join(piece for _, piece in lines.convert(marked, NOW, True)).decode()
    assert text == '\n' + RECORD.format('stuck')


def test_pieces_of_a_long_record_stay_together() -> None:
    """Each is a line of its own in the pipe."""
    text = '\x1e' + RECORD.format('first') + '\x1e\x1fsecond\x1fthird\n'
    assert convert(text) == {'camera': RECORD.format('first\nsecond\nthird')}


@pytest.mark.parametrize('unit', ['camera', 'composed'])
@pytest.mark.parametrize(('component', 'shown'), [('lens', 'drive.lens'), ('-', 'drive')])
def test_a_line_cannot_speak_for_another_node(unit: str, component: str, shown: str) -> None:
    """What drive says is in drive.log; this one was printed by somebody else."""
    line = '[2026-11-22 17:54:01.000001+00:00] [ERROR] [{}] [{}] stuck\n'
    nodes = (unit,) if unit == 'camera' else ('a', 'b')
    for mark in ('', '\x1e'):
        assert convert(mark + line.format('drive', component), unit, nodes) == {
            unit: line.format(unit, shown)}


def test_the_systems_log_names_whom_it_wants() -> None:
    """There supervisor and spawner speak."""
    line = '[2026-11-22 17:54:01.000001+00:00] [ERROR] [nevil] [spawner] lost\n'
    assert convert(line, 'system', ('system',)) == {'system': line}


def test_marks_of_others_are_control_characters() -> None:
    """RS and US are used by JSON streams and tables, too."""
    assert convert('\x1e{"a": 1}\x1f\n a\x1eb\n')['camera'] == f'{HEAD}?{{"a": 1}}?\n a?b\n'


def test_control_characters_above_ascii_do_not_reach_the_file() -> None:
    """U+009B begins what ESC [ begins."""
    assert convert('a\x9b31mb\x85c\xe4\xc2\n')['camera'] == f'{HEAD}a?31mb?c\xe4\xc2\n'


def test_a_crash_report_of_the_interpreter_is_one_error() -> None:
    """A library crashes, and faulthandler writes it."""
    text = ('Fatal Python error: Aborted\n\nCurrent thread 0x00007f (most recent call first):\n'
            '  File "x.py", line 1 in main\n\nExtension modules: a, b\n')
    assert convert(text) == {'camera': f'{STAMP} [ERROR] [camera] [stderr] {text}'}


def test_indented_lines_continue_for_a_second() -> None:
    """A printed structure stays together; an unrelated later line gets its own time."""
    lines = Lines('camera', ['camera'])
    assert lines.convert(b'a:\n  b\n', NOW) == [('camera', f'{HEAD}a:\n  b\n'.encode())]
    assert lines.convert(b'  c\n', NOW + 500_000_000) == [('camera', b'  c\n')]
    (_, late), = lines.convert(b'  d\n', NOW + 2_000_000_000)
    assert late.endswith(b'[stdout]   d\n')


def test_a_composed_units_lines_go_to_their_nodes() -> None:
    """Each node has its own log also where several share a process."""
    own = '[2026-11-22 17:54:01.000001+00:00] [INFO] [{}] [-] hello\n'
    logs = convert(
        own.format('a') + '  more\n' + own.format('b') + own.format('other')
        + '[INFO] [1700000000.123456789] [b.sub]: text\nplain\n',
        unit='composed', nodes=('a', 'b'))
    assert logs['a'] == own.format('a') + '  more\n'
    assert logs['b'].startswith(own.format('b')) and '[b] [sub] text' in logs['b']
    assert logs['composed'].startswith(own.format('composed').replace('[-]', '[other]'))
    assert logs['composed'].endswith('[INFO] [composed] [stdout] plain\n')


def test_colours_and_control_characters_do_not_reach_the_file() -> None:
    """A log must not play with the terminal of who reads it."""
    converted = convert('\x1b[31mred\x1b[0m \x1b]0;title\x07bell\x07 nul\0 50%\r100%\r\n')
    assert converted['camera'] == f'{HEAD}red bell? nul? 50%\n{HEAD}100%\n'


def test_coloured_rcutils_lines_are_known() -> None:
    """RCUTILS_COLORIZED_OUTPUT=1 is common."""
    converted = convert('\x1b[33m[WARN] [1700000000.123456789] [camera]: dim\x1b[0m\n')
    assert converted['camera'].endswith('[WARNING] [camera] [-] dim\n')


def test_secrets_are_masked_everywhere() -> None:
    """Logs are copied into bug reports."""
    converted = convert(
        'key=hunter2x hunter2\n[2026-11-22 17:54:01.000001+00:00] [INFO] [camera] [-] hunter2\n'
        'first-part second-part\n', secrets=('hunter2', 'hunter2x', '', 'first-part\nsecond-part'))
    text = converted['camera']
    assert 'hunter' not in text and 'part' not in text
    assert text.count('***') == 5


@pytest.mark.parametrize('level', ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'])
def test_reader_and_capture_agree_on_rcutils_lines(level: str) -> None:
    """``nevil logs`` reads both raw and translated lines."""
    line = f'[{level}] [1700000000.123456000] [camera]: text [with] brackets'
    assert parse_line(convert(line + '\n')['camera'].rstrip('\n')) == parse_line(line)


PRINTABLE = st.text(st.characters(exclude_categories=['Cs', 'Cc']))


@given(st.builds(
    Record, st.integers(0, 4_000_000_000_000_000).map(lambda micros: micros * 1000),
    st.sampled_from(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']),
    st.just('camera'), PRINTABLE, PRINTABLE))
def test_every_written_record_passes_through(record: Record) -> None:
    """What nevil_nodes.logs writes is what capture knows as Nevil's format."""
    line = format_record(record) + '\n'
    assert convert(line) == {'camera': line}


PIECES = st.lists(st.one_of(
    st.text(st.characters(exclude_characters='\n\r')).map(lambda text: text),
    st.sampled_from([
        '  indented', 'Traceback (most recent call last):', 'ValueError: x', '', 'plain',
        '[2026-11-22 17:54:01.000001+00:00] [ERROR] [camera] [-] own', '[x] bracket',
        '[INFO] [1700000000.123456789] [camera]: rcutils', 'Thread 0x01:'])), min_size=1)


@given(PIECES, st.data())
def test_the_cut_into_blocks_does_not_matter(pieces: list[str], data: st.DataObject) -> None:
    """How much is read at once depends on the load; the log must not."""
    lines = [piece.encode('utf-8', 'surrogatepass') + b'\n' for piece in pieces]
    whole = Lines('camera', ['camera']).convert(b''.join(lines), NOW)
    one_by_one = Lines('camera', ['camera'])
    cut = data.draw(st.integers(0, len(lines)))
    parts = [b''.join(lines[:cut]), *lines[cut:]]
    pieces_of = [one_by_one.convert(part, NOW) for part in parts if part]
    assert b''.join(text for _, text in whole) == b''.join(
        text for found in pieces_of for _, text in found)


@given(PIECES)
def test_no_line_is_lost_or_joined(pieces: list[str]) -> None:
    """One line in, one line out, ending with what was printed."""
    lines = [piece.encode('utf-8', 'surrogatepass') for piece in pieces]
    out = b''.join(text for _, text in Lines('camera', ['camera']).convert(
        b''.join(line + b'\n' for line in lines), NOW)).split(b'\n')[:-1]
    assert len(out) == len(lines)
    for piece, before, after in zip(pieces, lines, out):
        tail = before.rpartition(b': ')[2] if b'rcutils' in before else before
        assert after.endswith(tail) or any(
            unicodedata.category(character) == 'Cc' for character in piece)


@given(st.binary(), st.booleans())
def test_anything_can_be_printed(data: bytes, goes_on: bool) -> None:
    """Binary garbage is logged, not a crash of the logger."""
    found = Lines('camera', ['camera'], ['x']).convert(data, NOW, goes_on)
    assert all(isinstance(text, bytes) for _, text in found)


def test_a_line_that_goes_on_stays_one_line() -> None:
    """Output without its newline is in the log at once, its rest behind it."""
    lines = Lines('camera', ['camera'])
    first = lines.convert(b'Password', NOW)
    second = lines.convert(b' accepted\nnext\n', NOW, True)
    text = b''.join(piece for _, piece in first + second).decode()
    assert text == f'{HEAD}Password accepted\n{HEAD}next\n'

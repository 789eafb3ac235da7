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

"""``nevil logs``."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime
import json
import os
from pathlib import Path
import signal
import time

from nevil_bringup.cli.times import since_ns
from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record
from place import Place
import pytest
from quality.other_machine import Machine
from quality.other_machine import without_network

NOW_S = int(time.time())
H = 3600  # ages differ by more than this run of tests may take


def line(ago_s: float, text: str, *, node: str = 'camera', level: str = 'INFO') -> str:
    """Return a line that was logged that long ago."""
    at_ns = int((NOW_S - ago_s) * 1_000_000) * 1000
    return format_record(Record(at_ns, level, node, '', text)) + '\n'


@pytest.fixture
def logs(place: Place) -> Path:
    """Return the project's folder of logs, with some records."""
    folder = place.project / 'logs'
    folder.mkdir()
    (folder / 'camera.log.1').write_text(line(50 * H, 'opened'))
    (folder / 'camera.log').write_text(
        line(30 * H, 'lost\nTraceback\nOSError: gone', level='ERROR') + line(60, 'found'))
    (folder / 'system.log').write_text(line(10 * H, 'camera: ready', node='nevil'))
    return folder


def texts(out: str) -> list[str]:
    """Return what follows the head of each line."""
    return [text.rpartition('] ')[2] for text in out.splitlines()]


def test_all_logs_are_merged_by_time(place: Place, logs: Path) -> None:
    """A fault is rarely visible in one file."""
    code, out, err = place.nevil('logs')
    assert (code, err) == (0, '')
    assert out == (line(50 * H, 'opened')
                   + line(30 * H, 'lost\nTraceback\nOSError: gone', level='ERROR')
                   + line(10 * H, 'camera: ready', node='nevil') + line(60, 'found'))


def test_the_newest_crash_record_of_a_node_is_named(place: Place, logs: Path) -> None:
    """The log ends where the record begins; programs are not bothered."""
    (logs / 'crash').mkdir()
    for name in ('camera-20261123T100000.000000', 'camera-20261123T090000.000000',
                 'camera_left-20261123T110000.000000'):
        (logs / 'crash' / f'{name}.txt').touch()
    record = logs / 'crash' / 'camera-20261123T100000.000000.txt'
    assert place.nevil('logs', 'camera')[2] == f'newest crash record: {record}\n'
    assert place.nevil('logs', 'camera', '--json')[2] == place.nevil('logs', 'system')[2] == ''


@pytest.mark.parametrize(('args', 'expected'), [
    (['camera'], ['opened', 'lost', 'Traceback', 'OSError: gone', 'found']),
    (['system'], ['camera: ready']),
    (['-n', '1'], ['found']),
    (['camera', '-n', '2'], ['lost', 'Traceback', 'OSError: gone', 'found']),
    (['-n', '0'], []),
    (['-n', 'all', '--level', 'warn'], ['lost', 'Traceback', 'OSError: gone']),
    (['--since', '20h'], ['camera: ready', 'found']),
    (['--since', '5h'], ['found']),
    (['--grep', 'OSError|opened'], ['opened', 'lost', 'Traceback', 'OSError: gone']),
    (['--grep', 'o', '-n', '1'], ['found']),
    (['--exclude', 'o', '-n', 'all'], ['camera: ready']),
    (['--crash'], ['lost', 'Traceback', 'OSError: gone']),
])
def test_options_choose_records(
        place: Place, logs: Path, args: list[str], expected: list[str]) -> None:
    """Records are chosen whole, with their tracebacks."""
    code, out, err = place.nevil('logs', *args)
    assert (code, err) == (0, '')
    assert texts(out) == expected


def test_json_is_one_object_a_record(place: Place, logs: Path) -> None:
    """For jq and the like."""
    _, out, _ = place.nevil('logs', '--json', '--level', 'ERROR')
    assert json.loads(out) == {
        'at': line(30 * H, '')[1:33], 'at_ns': (NOW_S - 30 * H) * 10**9, 'level': 'ERROR',
        'node': 'camera', 'component': '', 'message': 'lost\nTraceback\nOSError: gone'}


@pytest.mark.parametrize(('args', 'code', 'error'), [
    (['--grep', 'x['], 2, "logs: argument --grep: 'x[' is not a regular expression: "
     'unterminated character set at position 1; nevil logs --help shows its options'),
    (['--exclude', '('], 2, "logs: argument --exclude: '(' is not a regular expression: missing "
     '), unterminated subpattern at position 0; nevil logs --help shows its options'),
    (['--since', 'lunch'], 2,
     "logs: argument --since: 'lunch' is not a time; write 5m, 1h30m, 17:54"
     " or '2026-11-22 17:54'; nevil logs --help shows its options"),
    (['--level', 'LOUD'], 2, "logs: argument --level: 'LOUD' is not one of DEBUG, INFO, WARNING, "
     'ERROR, CRITICAL; nevil logs --help shows its options'),
    (['-n', '-3'], 2, "logs: argument -n/--lines: '-3' is not a number of records or 'all'; "
     'nevil logs --help shows its options'),
    (['camra'], 1, "there is no log of 'camra' in {logs}; did you mean 'camera'?"),
    (['xyz'], 1, "there is no log of 'xyz' in {logs}; there are logs of camera, system"),
    (['../secret'], 1,
     "there is no log of '../secret' in {logs}; there are logs of camera, system"),
])
def test_what_cannot_be_shown_is_said(
        place: Place, logs: Path, args: list[str], code: int, error: str) -> None:
    """Value, rule and way out."""
    assert place.nevil('logs', *args) == (code, '', f'nevil: {error.format(logs=logs)}\n')


def test_without_logs_it_says_so(place: Place) -> None:
    """Nothing was started yet; that is no error."""
    assert place.nevil('logs') == (0, '', f'no logs in {place.project / "logs"} yet\n')


def test_follow_goes_through_a_rotation(place: Place, logs: Path) -> None:
    """Nothing is lost or shown twice while capture rotates."""
    process = place.begin('logs', 'camera', '-f', '-n', '1')
    assert process.stdout is not None
    assert texts(process.stdout.readline()) == ['found']
    with (logs / 'camera.log').open('a') as file:
        file.write(line(3, 'before'))
        (logs / 'camera.log').rename(logs / 'camera.log.1')
        file.write(line(2, 'during'))
    (logs / 'camera.log').write_text(line(1, 'after'))
    assert [texts(process.stdout.readline()) for _ in range(3)] == [
        ['before'], ['during'], ['after']]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, '', '')


def test_times_are_ago_or_local() -> None:
    """What a user writes is the time on the wall."""
    at_s = datetime(2026, 11, 22, 17, 54).timestamp()
    assert since_ns('2026-11-22 17:54') == since_ns('2026-11-22T17:54:00') == at_s * 1e9
    today = datetime.now().replace(hour=17, minute=54, second=0, microsecond=0).timestamp()
    assert since_ns('17:54') == today * 1e9
    for text, ago_s in (('90s', 90), ('1h30m', 5400), ('2d', 172800)):
        assert abs(since_ns(text) / 1e9 - (time.time() - ago_s)) < 5
    for text in ('', '5', 'm5', '-5m', '25:00', '2026-13-01'):
        with pytest.raises(ArgumentTypeError):
            since_ns(text)


def test_patterns_say_what_is_new_since_the_last_run(place: Place, logs: Path) -> None:
    """What the run before did not say stands first, with its count."""
    (logs / 'system.log').write_text(
        line(9 * H, 'supervising robbie in /x (run 1, pid 7)', node='nevil')
        + line(2 * H, 'supervising robbie in /x (run 2, pid 8)', node='nevil'))
    (logs / 'camera.log').write_text(
        ''.join(line(9 * H - 60 - number, f'frame {number}') for number in range(5))
        + ''.join(line(H - number, f'frame {number}') for number in range(5))
        + line(H - 9, 'lens 3 is dirty', level='WARNING'))
    code, out, err = place.nevil('logs', '--patterns')
    assert (code, err) == (0, '')
    rows = [row.split() for row in out.splitlines()]
    assert rows[0] == ['COUNT', '/MIN', 'TREND', 'LEVEL', 'NODE', 'PATTERN']
    assert rows[1][:2] == ['new', '1'] and out.splitlines()[1].endswith('lens * is dirty')
    assert rows[2][0] == '5' and out.splitlines()[2].endswith('frame *')
    found = [json.loads(row) for row in place.nevil(
        'logs', '--patterns', '--json', '--level', 'WARNING')[1].splitlines()]
    assert [(one['pattern'], one['mark'], one['count']) for one in found] == [
        ('lens * is dirty', 'new', 1)]


def test_patterns_of_a_first_run_are_compared_with_nothing(place: Place, logs: Path) -> None:
    """And that is said."""
    code, out, err = place.nevil('logs', 'camera', '--patterns')
    assert code == 0 and 'there is no earlier run' in err and 'new' not in out
    assert place.nevil('logs', '--patterns', '-f')[0] == 2


def test_a_case_is_written_without_a_window(place: Place, logs: Path) -> None:
    """With what was asked for, and nothing else."""
    case = place.project / 'crash.nlog'
    code, out, err = place.nevil(
        'logs', '--level', 'ERROR', '--export', str(case), '--note', 'look at it')
    assert (code, err) == (0, '') and '1 records' in out
    head, *entries = [json.loads(row) for row in case.read_text().splitlines()]
    assert head['nlog'] == 1 and head['note'] == 'look at it' and head['entries'] == 1
    assert [one['message'] for one in entries] == ['lost\nTraceback\nOSError: gone']
    assert place.nevil('logs', '--export', 'x.log')[0] == 2


def test_the_logs_of_a_robot_are_shown_over_ssh(place: Place, logs: Path) -> None:
    """The same filters hold; its state is on standard error, the records alone on output."""
    with without_network(place.root) as machine:
        place.environ['PATH'] = f'{machine.bin}:{os.environ["PATH"]}'
        address = f'{machine.address}{place.project}'
        code, out, err = place.nevil('logs', address)
        assert (code, texts(out)) == (0, texts(place.nevil('logs')[1]))
        assert err.splitlines()[-1] == f'following robot:{logs}'
        assert texts(place.nevil('logs', address, 'system')[1]) == ['camera: ready']
        assert place.nevil('logs', address, '--level', 'ERROR', '--json')[1].count('"lost') == 1
        process = place.begin('logs', address, '-f', '-n', '1')
        assert process.stdout is not None
        assert process.stdout.readline().endswith('found\n')
        with (logs / 'camera.log').open('a') as file:
            file.write(line(0, 'again'))
        assert process.stdout.readline().endswith('again\n')
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert place.nevil('logs', address, 'camera', 'arm')[0] == 2


def test_a_robot_that_cannot_be_reached_is_told(place: Place) -> None:
    """With what ssh said, at once."""
    machine = Machine(place.root, 'ssh://robot', 'echo "No route to host" >&2; exit 255')
    place.environ['PATH'] = f'{machine.bin}:{os.environ["PATH"]}'
    code, _, err = place.nevil('logs', 'ssh://robot/x')
    assert (code, err.splitlines()[-1]) == (1, 'nevil: robot: No route to host')
    assert place.nevil('logs', 'ssh://')[0] == 2

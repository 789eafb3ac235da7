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

"""``nevil start``: what it does besides the supervisor's part, which is a stand-in's here."""

from __future__ import annotations

from collections.abc import Callable
import json
import re
import signal
import socket
import time
from typing import Any

from nevil_nodes.logs import format_record
from nevil_nodes.logs import Record
from place import Place
import pytest
from stand_in import document
from stand_in import node
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]

ALREADY = 'robbie is already running (pid 4242)\n'
READY = {'event': 'settled', 'state': 'ready'}


def test_a_running_system_is_left_as_it_is(place: Place, serve: Serve) -> None:
    """As LSB has it, a start of what runs is a success."""
    server = serve(document('ready', node('camera')))
    server.on_subscribe = [READY]
    code, out, err = place.nevil('start')
    assert (code, err) == (0, '')
    assert re.fullmatch(re.escape(ALREADY) + r'robbie is ready: 1 nodes, \d\.\d\d s\n', out)
    assert [verb for verb, _ in server.asked] == ['take_over', 'subscribe']


def test_what_has_changed_is_taken_over_and_told(place: Place, serve: Serve) -> None:
    """One line for each node, with the reason."""
    server = serve(document('ready', node('camera'), node('arm')))
    server.on_subscribe = [READY]
    server.handlers['take_over'] = lambda args: {
        'added': ['arm'], 'removed': ['leg'], 'held': ['eye'], 'later': ['monitoring'],
        'changed': {'camera': 'its declaration, its code'}}
    code, out, err = place.nevil('start')
    assert (code, err) == (0, '')
    assert out.startswith(ALREADY + (
        '  arm     new\n'
        '  leg     removed\n'
        '  camera  changed: its declaration, its code\n'
        "  eye     changed, but held: 'nevil node restart eye' takes it over\n"
        "  monitoring in the root .nodes: counts after 'nevil restart'\n"))
    args = dict(server.asked)['take_over']
    assert json.loads(args['plan'])['project'] == 'robbie'
    assert not args['preview']


def test_files_with_errors_leave_a_running_system_as_it_is(place: Place, serve: Serve) -> None:
    """They are shown as by validate."""
    server = serve(document('ready', node('camera')))
    (place.project / '.nodes').write_text('version: [')
    code, _, err = place.nevil('start')
    assert code == 1
    assert err.splitlines()[-1] == ('nevil: robbie cannot be started: its files have errors; '
                                    'the system goes on as it was')
    assert server.asked == []


def test_what_the_supervisor_refuses_is_said(place: Place, serve: Serve) -> None:
    """For one, that another change is under way."""
    def refuse(args: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError('a change is being taken over; try again when it is done')
    serve(document('ready', node('camera'))).handlers['take_over'] = refuse
    code, _, err = place.nevil('start')
    assert (code, err) == (1, 'nevil: a change is being taken over; try again when it is done; '
                              'the system goes on as it was\n')


def test_launch_is_another_name_for_start(place: Place, serve: Serve) -> None:
    """As the seed has it."""
    serve(document('ready', node('camera'))).on_subscribe = [READY]
    assert place.nevil('launch')[0] == 0


def test_nodes_are_shown_as_they_become_ready(place: Place, serve: Serve) -> None:
    """Name, time since the start in s, pid; what fails with its reason."""
    server = serve(document('starting', node('camera', 'starting'), node('arm', 'starting')))
    process = place.begin('start')
    server.wait_for('subscribe')
    server.state('camera', 'starting', at=time.monotonic())
    server.state('camera', 'ready', at=time.monotonic(), pid=4243)
    server.state('arm', 'backoff', at=time.monotonic(), reason='exit status 1, again in 2.0 s')
    server.state('arm', 'ready', at=time.monotonic(), pid=4250)
    server.status = document('ready', node('camera'), node('arm'))
    server.send(READY)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, '')
    assert re.sub(r' +\d+\.\d\d s', ' T s', out) == ALREADY + (
        ' T s  ready     camera  pid 4243\n'
        ' T s  backoff   arm  exit status 1, again in 2.0 s\n'
        ' T s  ready     arm  pid 4250\n'
        'robbie is ready: 2 nodes, T s\n')


def test_degraded_is_one_with_the_reason(place: Place, serve: Serve) -> None:
    """What was given up, and why."""
    server = serve(document(
        'degraded', node('camera'), node('arm', 'failed', reason='exit status 1, 5 of 5')))
    server.on_subscribe = [{'event': 'settled', 'state': 'degraded'}]
    code, out, err = place.nevil('start')
    assert (code, out) == (1, ALREADY)
    assert err == ('nevil: robbie is not ready: arm is failed (exit status 1, 5 of 5); '
                   "'nevil logs' shows more\n")


def test_what_a_failed_node_said_is_shown(place: Place, serve: Serve) -> None:
    """Who mistyped a name need not look for it; what it said before this start does not count."""
    def written(name: str, *entries: tuple[float, str, str]) -> None:
        (place.paths.logs / f'{name}.log').write_text(''.join(
            format_record(Record(time.time_ns() - int(ago_s * 1e9), level, name, 'x', text)) + '\n'
            for ago_s, level, text in entries))
    place.paths.logs.mkdir()
    traceback = 'cannot start\nTraceback (most recent call last):\n  File "x"\nKeyError: 1'
    written('arm', (9, 'ERROR', 'early'), (8, 'CRITICAL', traceback), (7, 'ERROR', 'ending'))
    written('leg', (9, 'ERROR', 'no motor'), (8, 'INFO', 'bye'))
    written('eye', (900, 'ERROR', 'of the run before'))
    server = serve(document('degraded', *(
        node(name, 'failed', reason='exit 1') for name in ('arm', 'leg', 'eye', 'ear'))))
    server.on_subscribe = [{'event': 'settled', 'state': 'degraded'}]
    code, _, err = place.nevil('start')
    assert code == 1
    assert err.splitlines()[1:] == ['  arm: KeyError: 1', '  leg: no motor']


def test_a_timeout_names_the_nodes_and_why(place: Place, serve: Serve) -> None:
    """launch.ready_timeout is over, what was started goes on."""
    server = serve(document('starting', node('camera'),
                            node('arm', 'waiting', reason='waits for camera')))
    code, _, err = place.nevil('start', '--timeout', '0.2')
    assert code == 1
    assert err == ('nevil: robbie is not ready after 0.2 s: arm is waiting (waits for camera); '
                   "'nevil logs' shows more\n")
    assert [verb for verb, _ in server.asked] == ['take_over', 'subscribe']


def test_no_wait_returns_at_once(place: Place, serve: Serve) -> None:
    """For scripts that look later."""
    server = serve(document('starting', node('camera', 'starting')))
    assert place.nevil('start', '--no-wait') == (
        0, ALREADY + "robbie is starting; 'nevil status' shows how far it is\n", '')
    assert [verb for verb, _ in server.asked] == ['take_over']


def test_json_is_the_status_at_the_end(place: Place, serve: Serve) -> None:
    """And nothing else on standard output."""
    server = serve(document('ready', node('camera')))
    server.on_subscribe = [READY]
    code, out, _ = place.nevil('start', '--json')
    assert (code, json.loads(out)) == (0, server.status)


def test_ctrl_c_leaves_what_was_started(place: Place, serve: Serve) -> None:
    """And says how to stop it."""
    server = serve(document('starting', node('camera', 'starting')))
    process = place.begin('start')
    server.wait_for('subscribe')
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (
        130, "started nodes keep running; 'nevil stop' stops them\n")
    assert [verb for verb, _ in server.asked] == ['take_over', 'subscribe']


def test_a_system_that_ends_meanwhile_is_an_error(place: Place, serve: Serve) -> None:
    """Somebody stops it in another terminal."""
    server = serve(document('starting', node('camera', 'starting')))
    process = place.begin('start')
    server.wait_for('subscribe')
    server.send({'event': 'ended', 'status': 0})
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (
        1, 'nevil: the system was stopped while it started; nevil logs system shows why\n')


@pytest.mark.parametrize(('args', 'state', 'error'), [
    (['--foreground'], 'ready', '; nevil logs -f follows it'),
    ([], 'stopping', ' and stopping; start it again when it has ended'),
])
def test_what_cannot_be_started_now_is_said(
        place: Place, serve: Serve, args: list[str], state: str, error: str) -> None:
    """Attached to a system that another one started, or to one that ends."""
    serve(document(state, node('camera')))
    assert place.nevil('start', *args) == (1, '', f'nevil: {ALREADY.strip()}{error}\n')


def test_an_invalid_project_starts_nothing(place: Place) -> None:
    """A start refuses what validate refuses, before anything is made."""
    (place.project / '.nodes').write_text(
        'version: "3.0"\nsystem:\n  startup_delay: soon\n  log_level: LOUD\n')
    code, out, err = place.nevil('start')
    assert (code, out) == (1, '')
    *problems, summary, last = err.splitlines()
    assert [problem.split(' ')[1] for problem in problems] == ['.nodes:3:', '.nodes:4:']
    assert summary.startswith('refused: 2 errors')
    assert last == 'nevil: robbie cannot be started: its files have errors'
    assert place.nevil('validate')[0] == 1
    assert not (place.root / 'r').exists() and not (place.root / 's').exists()


def test_a_supervisor_that_cannot_start_shows_its_last_lines(place: Place) -> None:
    """Before its logs take over there is no other place to look at."""
    runtime = place.root / 'r'
    runtime.write_text('a file where a folder has to be')
    code, out, err = place.nevil('start')
    assert code == 1
    first, *more = err.splitlines()
    assert first == 'nevil: the supervisor ended while it started (status 2)'
    assert more and all(line.startswith('  ') for line in more)


def test_a_taken_port_of_the_page_is_told(place: Place) -> None:
    """The robot starts; whoever collects its numbers would wait for them in vain."""
    (place.root / 's').write_text('no folder')  # no supervisor is started here
    with socket.create_server(('127.0.0.1', 0)) as server:
        port = server.getsockname()[1]
        (place.project / '.nodes').write_text(
            f'version: "3.0"\nmonitoring: {{prometheus: {{enabled: true, port: {port}}}}}\n')
        told = place.nevil('start')[2]
    assert f'monitoring.prometheus: 127.0.0.1 port {port}: Address already in use: ' in told
    assert 'NEVIL_STATE_DIR' in told
    assert 'monitoring.prometheus' not in place.nevil('start')[2]

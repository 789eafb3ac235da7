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

"""``nevil stop``."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import fcntl
import json
import os
from pathlib import Path
import re
import signal
import subprocess
import sys
from typing import Any

from nevil_bringup.paths import project_paths
from nevil_bringup.project import reference_robot
from place import Place
import pytest
from stand_in import document
from stand_in import node
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]
ENDED = {'event': 'ended', 'status': 0}


@pytest.fixture
def supervisor() -> Iterator[subprocess.Popen[bytes]]:
    """Return a process whose end is waited for."""
    process = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])
    yield process
    process.kill()
    process.wait()


def test_it_returns_when_the_supervisor_has_ended(
        place: Place, serve: Serve, supervisor: subprocess.Popen[bytes]) -> None:
    """The word of the end is not yet the end; the next start must find the lock free."""
    server = serve(document('ready', node('camera'), pid=supervisor.pid))
    process = place.begin('stop')
    server.wait_for('shutdown')
    server.send(ENDED)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    supervisor.kill()
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, '')
    assert re.fullmatch(r'robbie stopped in \d\.\d s\n', out)
    assert server.asked == [('subscribe', {}), ('shutdown', {'hurry': False})]


def test_nothing_to_stop_is_a_success(place: Place) -> None:
    """As LSB has it."""
    assert place.nevil('stop') == (0, 'robbie is not running\n', '')
    code, out, _ = place.nevil('stop', '--json')
    assert code == 0
    assert {**json.loads(out), 'took_s': 0} == {
        'project': 'robbie', 'was_running': False, 'took_s': 0,
        'logscope_pid': None}


def test_it_shows_what_takes_long(
        place: Place, serve: Serve, supervisor: subprocess.Popen[bytes]) -> None:
    """Which node, and at which signal it is."""
    server = serve(document('stopping', node('camera', 'stopped'), node(
        'arm', 'stopping', pid=4250, reason='SIGTERM after 10 s'), pid=supervisor.pid))
    process = place.begin('stop')
    assert process.stderr is not None
    assert process.stderr.readline() == '  2 s: waiting for arm (SIGTERM after 10 s)\n'
    server.send(ENDED)
    supervisor.kill()
    assert process.wait(20) == 0


def test_the_second_ctrl_c_hurries_and_the_third_leaves(
        place: Place, serve: Serve, supervisor: subprocess.Popen[bytes]) -> None:
    """The first is often a slip."""
    server = serve(document('stopping', pid=supervisor.pid))
    process = place.begin('stop')
    assert process.stderr is not None
    server.wait_for('shutdown')
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == '  still stopping; press Ctrl-C again to hurry\n'
    process.send_signal(signal.SIGINT)
    assert process.stderr.readline() == (
        '  hurrying; press Ctrl-C again to stop waiting\n')
    server.wait_for('shutdown', 2)
    assert server.asked[-1] == ('shutdown', {'hurry': True})
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert process.communicate() == ('', '')


def test_a_supervisor_that_does_not_answer_is_named(place: Place, serve: Serve) -> None:
    """And what to do about it."""
    server = serve(document('ready'))
    server.handlers['shutdown'] = lambda _: {}
    place.paths.runtime.mkdir(parents=True, exist_ok=True)
    server.close()
    with open(place.paths.lock, 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, out, err = place.nevil('stop')
    pid = os.getpid()
    assert (code, out) == (1, '')
    assert err.startswith(f'nevil: {place.project} has a supervisor that does not listen: ')
    assert err.endswith(f"; 'kill {pid}' asks it to stop, 'kill -9 {pid}' kills it and all "
                        'its processes\n')


def test_processes_left_by_a_run_are_ended(place: Place) -> None:
    """Supervisor and spawner were killed at once: who says stop means these too."""
    environ = {**os.environ, 'NEVIL_RUN_ID': 'x', 'NEVIL_PROJECT': str(place.project)}
    with subprocess.Popen([sys.executable, '-c', 'print(flush=True); input()'], env=environ,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as left:
        assert left.stdout is not None and left.stdout.readline() == b'\n'
        code, out, err = place.nevil('stop')
        assert (code, err) == (0, '')
        assert out.startswith('ended 1 process that a run without a supervisor had left\n')
        assert left.wait(10) == -signal.SIGKILL


def test_from_an_unrelated_folder_it_says_which_robot_is_meant(
        place: Place, supervisor: subprocess.Popen[bytes]) -> None:
    """A robot that somebody else looks after must not stop without a word."""
    robot = reference_robot()
    assert robot is not None
    del place.environ['NEVIL_PROJECT']
    runtime = Path(place.environ['NEVIL_RUNTIME_DIR'])
    folder = runtime / project_paths(robot).runtime.name
    folder.mkdir(parents=True)
    server = StandIn(folder / 'control.sock', document('ready', pid=supervisor.pid))
    try:
        process = place.begin('stop')
        server.wait_for('shutdown')
        server.send(ENDED)
        supervisor.kill()
        err = process.communicate(timeout=20)[1]
        assert err == (f'no project here: the reference robot in {robot} is running; '
                       'stopping it\n')
    finally:
        server.close()

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

"""The supervisor as the main process of a service and as process 1 of a container."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import os
from pathlib import Path
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from quality.processes import alive
from quality.processes import is_stopped
from quality.waiting import wait_for
from robot import Robot

pytestmark = pytest.mark.timeout(180)

_WATCHDOG_S = 1.0
_ONLY_ROOT = pytest.mark.skipif(
    os.getuid() != 0 or shutil.which('unshare') is None,
    reason='only root can make process ids of its own')


class Manager:
    """What systemd is to a service: a datagram socket, and the times at which it was told."""

    def __init__(self, robot: Robot) -> None:
        """Listen, on an abstract address as systemd does."""
        self.robot = robot
        self.news: list[tuple[float, str]] = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(f'\0nevil-test-{os.getpid()}')
        self.process: subprocess.Popen[str] | None = None

    def run(self, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start the service."""
        environ = {**self.robot.environ, 'NOTIFY_SOCKET': f'@nevil-test-{os.getpid()}',
                   'WATCHDOG_USEC': str(int(_WATCHDOG_S * 1e6))}
        self.process = subprocess.Popen(
            [*before, sys.executable, '-m', 'nevil_bringup', 'service', 'run', '--project',
             str(self.robot.project), *arguments], env=environ, cwd=self.robot.project, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return self.process

    def hear(self) -> list[str]:
        """Return everything told so far."""
        while True:
            try:
                self.news.append((time.monotonic(), self.socket.recv(8192).decode()))
            except BlockingIOError:
                return [text for _, text in self.news]

    def wait(self, line: str) -> int:
        """Wait until a line was told and return which news it was in."""
        def told() -> int:
            process = self.process
            if process is not None and process.poll() is not None and process.stdout is not None:
                assert line in '\n'.join(self.hear()).splitlines(), process.stdout.read()
            return next((number for number, text in enumerate(self.hear(), 1)
                         if line in text.splitlines()), 0)
        return int(wait_for(told, 90.0)) - 1

    def beats(self) -> list[float]:
        """Return the times of the signs of life."""
        self.hear()
        return [at for at, text in self.news if 'WATCHDOG=1' in text.splitlines()]

    def end(self) -> tuple[int, str]:
        """Ask for the end; return exit status and output."""
        assert self.process is not None
        self.process.terminate()
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out


@pytest.fixture
def manager(robot: Robot) -> Iterator[Manager]:
    """Return a service manager for the robot; what it started is gone afterwards."""
    manager = Manager(robot)
    yield manager
    if manager.process is not None:
        if manager.process.poll() is None:
            manager.process.kill()
        manager.process.communicate()
    manager.socket.close()


def test_ready_alive_stopping(robot: Robot, manager: Manager) -> None:
    """The whole conversation, with the one process that was started."""
    robot.node('first')
    robot.node('second', 'dependencies: {requires: [first]}\n')
    process = manager.run()
    ready = manager.wait('READY=1')
    assert 'STATUS=2 of 2 nodes ready' in manager.hear()[ready].splitlines()
    assert any('STATUS=1 of 2 nodes ready; second is' in text for text in manager.hear()[:ready])
    assert robot.status()['pid'] == process.pid
    begin = len(manager.beats())
    wait_for(lambda: len(manager.beats()) >= begin + 6)
    beats = manager.beats()[begin:]
    gaps = [after - before for before, after in zip(beats, beats[1:])]
    assert sum(gaps) / len(gaps) == pytest.approx(_WATCHDOG_S / 2, rel=0.2), gaps
    for pid in robot.processes():
        if pid != process.pid:
            assert b'NOTIFY_SOCKET' not in Path(f'/proc/{pid}/environ').read_bytes()
    status, out = manager.end()
    assert (status, out) == (0, '')
    stopping = manager.wait('STOPPING=1')
    assert stopping > ready and not any('READY=1' in text for text in manager.hear()[ready + 1:])
    assert robot.log().index('second: stopping -> stopped') \
        < robot.log().index('first: ready -> stopping')


def test_a_supervisor_that_hangs_gives_no_sign(robot: Robot, manager: Manager) -> None:
    """A thread of its own would go on, and systemd would never see it."""
    robot.node('only')
    process = manager.run()
    manager.wait('READY=1')
    wait_for(lambda: len(manager.beats()) > 2)
    status = robot.status()
    helpers = (status['spawner_pid'], status['capture_pid'])
    process.send_signal(signal.SIGSTOP)
    for helper in helpers:  # they would let the supervisor go on
        os.kill(helper, signal.SIGSTOP)
    wait_for(lambda: is_stopped(process.pid))
    manager.hear()
    before = len(manager.news)
    until = time.monotonic() + 3 * _WATCHDOG_S
    wait_for(lambda: manager.hear() and time.monotonic() > until)
    assert len(manager.news) == before
    for helper in helpers:
        os.kill(helper, signal.SIGCONT)
    process.send_signal(signal.SIGCONT)
    wait_for(lambda: len(manager.news) < len(manager.hear()) or len(manager.news) > before)
    assert 'WATCHDOG=1' in manager.news[before][1]


def test_a_robot_that_settles_degraded_is_ready(robot: Robot, manager: Manager) -> None:
    """Else systemd would end the nodes that work; and to end it is no failure of the service."""
    robot.node('good')
    robot.node('bad', 'runtime: {restart_policy: never}\n', orders=('sys.exit(3)',))
    manager.run()
    ready = manager.wait('READY=1')
    assert 'STATUS=1 of 2 nodes ready; bad is failed' in manager.hear()[ready]
    assert manager.end()[0] == 0


def test_a_node_nobody_can_do_without_ends_the_service_as_failed(
        robot: Robot, manager: Manager) -> None:
    """So that Restart=on-failure brings the robot up again."""
    robot.node('bad', 'runtime: {restart_policy: never, on_failed: shutdown}\n',
               orders=('sys.exit(3)',))
    process = manager.run()
    manager.wait('STOPPING=1')
    assert process.wait(60) == 1


def test_nevil_stop_is_no_failure(robot: Robot, manager: Manager) -> None:
    """A robot that the operator has stopped stays so."""
    robot.node('bad', 'runtime: {restart_policy: never}\n', orders=('sys.exit(3)',))
    process = manager.run()
    manager.wait('READY=1')
    assert robot.nevil('stop').returncode == 0
    assert process.wait(60) == 0


def test_the_console_has_the_logs_from_first_to_last(robot: Robot, manager: Manager) -> None:
    """`docker logs` shows what `nevil logs` does."""
    robot.node('only', orders=('print("I am here")',))
    manager.run('--console')
    manager.wait('READY=1')
    status, out = manager.end()
    assert status == 0
    for text in ('supervising robot', 'I am here', 'only: starting -> ready', 'stopping robot',
                 'robot ended, status 0'):
        assert out.count(text) == 1, out


def test_a_second_one_is_refused(robot: Robot, manager: Manager) -> None:
    """With the pid, so that one can look."""
    robot.node('only')
    pid = manager.run().pid
    manager.wait('READY=1')
    second = robot.nevil('service', 'run')
    assert second.returncode == 1
    assert f"robot is already running (pid {pid}); 'nevil stop' stops it" in second.stdout
    assert alive(pid)


@_ONLY_ROOT
def test_as_process_1_it_reaps_and_stops_in_order(robot: Robot, manager: Manager) -> None:
    """In a container nobody else reaps, and the end of process 1 kills all that are left."""
    robot.node('first')
    robot.node('second', 'dependencies: {requires: [first]}\n')
    first = _in_namespace(manager, '--console')
    manager.wait('READY=1')
    assert Path(f'/proc/{first}/status').read_text().split('NSpid:')[1].split()[1] == '1'
    subprocess.run(['nsenter', '-t', str(first), '-p', '-m', 'sh', '-c', 'sleep 1.23 & exit'],
                   check=True, timeout=20)
    orphan = wait_for(lambda: _child(first, 'sleep'))
    wait_for(lambda: not Path(f'/proc/{orphan}').exists())
    os.kill(first, signal.SIGTERM)
    assert manager.process is not None
    out, _ = manager.process.communicate(timeout=60)
    assert manager.process.returncode == 0
    assert out.index('second: stopping -> stopped') < out.index('first: ready -> stopping')
    assert 'robot ended, status 0' in out
    assert robot.processes() == []


@_ONLY_ROOT
@pytest.mark.parametrize('moment', ['lock', 'log', 'socket', 'ready'])
def test_process_1_hears_sigterm_at_any_time(
        robot: Robot, manager: Manager, moment: str) -> None:
    """The kernel drops what process 1 has no handler for, and `docker stop` would take 10 s."""
    robot.node('only', orders=('time = __import__("time")', 'time.sleep(0.5)'))
    first = _in_namespace(manager)
    runtime = Path(robot.environ['NEVIL_RUNTIME_DIR'])
    reached: dict[str, Callable[[], object]] = {
        'lock': lambda: any(runtime.glob('*/lock')),
        'log': lambda: any(runtime.glob('*/run.json')),
        'socket': lambda: any(runtime.glob('*/control.sock')),
        'ready': lambda: any('READY=1' in text for text in manager.hear())}
    wait_for(reached[moment], 90.0)
    os.kill(first, signal.SIGTERM)
    assert manager.process is not None
    assert manager.process.wait(30) == 0
    assert robot.processes() == []


def _in_namespace(manager: Manager, *arguments: str) -> int:
    """Start the service as process 1 and return its pid here."""
    outer = manager.run(*arguments, before=(
        'unshare', '--pid', '--fork', '--kill-child', '--mount-proc'))
    return int(wait_for(lambda: _child(outer.pid, 'python')))


def _child(pid: int, name: str) -> int:
    """Return the child of that name, 0 where there is none."""
    for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split():
        try:
            if Path(f'/proc/{child}/comm').read_text().startswith(name):
                return int(child)
        except OSError:
            pass
    return 0

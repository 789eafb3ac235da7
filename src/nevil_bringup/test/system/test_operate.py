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

"""What the operator asks for is what becomes of it, or is refused with the reason."""

from __future__ import annotations

import os
from pathlib import Path
import signal

from quality.waiting import wait_for
from robot import Robot

_SLEEPER = '#!/bin/sh\nexec sleep 300\n'


def add_program(robot: Robot, name: str, script: str) -> None:
    """Add a node that is a program of another package."""
    prefix = robot.project.parent / 'prefix'
    program = prefix / 'lib' / 'programs' / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(script)
    program.chmod(0o755)
    robot.environ['AMENT_PREFIX_PATH'] = f'{prefix}:{robot.environ["AMENT_PREFIX_PATH"]}'
    folder = robot.project / 'nodes' / name
    folder.mkdir(parents=True)
    (folder / '.nodes').write_text(f'creation: {{package: programs, executable: {name}}}\n')


def log_of(robot: Robot, name: str) -> str:
    """Return the log of a node."""
    return Path(robot.project, 'logs', f'{name}.log').read_text()


def test_mute_returns_when_the_node_is_inactive(robot: Robot) -> None:
    """And the node goes on running."""
    robot.node('camera')
    robot.start()
    pid = robot.of('camera')['pid']
    for action, state, muted in (('mute', 'inactive', True), ('unmute', 'active', False)):
        result = robot.nevil('node', action, 'camera')
        assert (result.returncode, result.stdout) == (0, f'camera {action}d\n')
        assert log_of(robot, 'camera').endswith(f'now {state}\n')
        assert (robot.of('camera')['pid'], robot.of('camera')['muted']) == (pid, muted)


def test_stopped_program_goes_on(robot: Robot) -> None:
    """It sends no heartbeat and answers no probe: nothing else would tell that it does nothing."""
    (robot.project / '.nodes').write_text('version: "3.0"\nsystem: {health_check_interval: 0.5}\n')
    add_program(robot, 'sleeper', _SLEEPER)
    robot.start()
    pid = robot.of('sleeper')['pid']
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: 'it was stopped (SIGSTOP), continuing it' in robot.log())
    robot.wait_state('sleeper', 'ready')
    assert (robot.of('sleeper')['pid'], robot.of('sleeper')['restarts']) == (pid, 0)
    os.kill(pid, signal.SIGSTOP)
    robot.wait_restarted('sleeper', 1)


def test_what_cannot_be_muted_is_not_called_muted(robot: Robot) -> None:
    """A program without a lifecycle would go on publishing."""
    add_program(robot, 'sleeper', _SLEEPER)
    robot.start()
    result = robot.nevil('node', 'mute', 'sleeper')
    assert (result.returncode, result.stdout) == (
        1, 'nevil: sleeper cannot be muted: it is not a lifecycle node\n')
    assert not robot.of('sleeper')['muted']


def test_waiting_for_what_the_operator_stopped_is_degraded(robot: Robot) -> None:
    """A start that can never be ready says so at once, and does not seem to be under way."""
    robot.node('camera', 'runtime: {restart_policy: unless_stopped}\n')
    robot.node('lidar', 'dependencies: {requires: [camera]}\n')
    robot.start()
    assert robot.nevil('node', 'stop', 'camera').returncode == 0
    assert robot.nevil('stop').returncode == 0
    result = robot.nevil('start')
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith(
        'nevil: robot is not ready: lidar is waiting (waiting for camera (stopped));')
    assert robot.status()['state'] == 'degraded'


def test_a_restart_from_within_a_node_is_carried_out(robot: Robot) -> None:
    """Who asks for it ends with the node, before there is anything to start."""
    robot.node('operator', orders=(
        'if not pathlib.Path("asked").exists(): pathlib.Path("asked").touch(); subprocess.Popen('
        '[sys.executable, "-m", "nevil_bringup", "restart", "--project", os.getcwd()])',))
    robot.node('camera')
    robot.nevil('start', '--no-wait')

    # Each start begins a log of its own.
    wait_for((robot.project / 'logs' / 'system.log.1').exists, 60.0)
    assert robot.wait_state('camera', 'ready')['generation'] == 1
    assert robot.wait_state('operator', 'ready')['restarts'] == 0


def test_a_node_that_restarts_itself_comes_back(robot: Robot) -> None:
    """The same for one node: the request is the supervisor's once it is made."""
    robot.node('operator', orders=(
        'if not pathlib.Path("asked").exists(): pathlib.Path("asked").touch(); subprocess.Popen('
        '[sys.executable, "-m", "nevil_bringup", "node", "restart", "operator", "--project",'
        ' os.getcwd()])',))
    robot.nevil('start', '--no-wait')
    wait_for(lambda: robot.of('operator').get('generation') == 2, 60.0)
    robot.wait_state('operator', 'ready')


def test_what_a_node_saves_at_its_end_is_saved(robot: Robot) -> None:
    """Neither the process's own limit nor the supervisor cuts off what takes its time."""
    robot.node('writer', 'runtime: {restart_policy: never, shutdown_timeout: 30}\n', orders=(
        'import atexit, time',
        'atexit.register(lambda: (time.sleep(8), pathlib.Path("saved").touch()))',
        'self.stop()'))
    robot.nevil('start', '--no-wait')
    node = robot.wait_state('writer', 'completed', 60.0)
    assert (robot.project / 'saved').exists()
    assert node['restarts'] == 0
    assert 'writer: no heartbeat' not in robot.log()

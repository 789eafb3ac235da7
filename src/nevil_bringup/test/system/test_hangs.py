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

"""A node that lives but does nothing is noticed, ended and started again."""

from __future__ import annotations

import os
import signal
from typing import Any

from quality.waiting import wait_for
from robot import Robot

_SETTINGS = ('version: "3.0"\nlaunch: {parallel_launch: true}\n'
             'monitoring: {heartbeat_timeout: 2}\n')
_RUNTIME = 'runtime: {restart_delay: 0.0, max_restarts: 1, shutdown_timeout: 0.5}\n'
# Blocks the executor, once in the life of the robot.
_HANG = (
    'import time',
    'def hang():\n'
    '    if pathlib.Path("hang").exists():\n'
    '        pathlib.Path("hang").unlink()\n'
    '        time.sleep(1000)',
    'self.create_timer(0.05, hang)')


def test_a_start_that_hangs_is_given_up(robot: Robot) -> None:
    """After startup_timeout and the stop escalation; `nevil start` ends with the reason."""
    robot.node('slow', 'runtime: {startup_timeout: 1, restart_policy: never, '
                       'shutdown_timeout: 0.5}\n', orders=('import time', 'time.sleep(1000)'))
    result = robot.nevil('start')
    assert result.returncode == 1
    assert 'slow is failed (not ready within 1.0 s' in result.stdout


def test_a_callback_that_hangs_costs_its_node_a_restart(robot: Robot) -> None:
    """Silence is the sign; a heartbeat from a thread of its own would go on."""
    (robot.project / '.nodes').write_text(_SETTINGS)
    robot.node('camera', _RUNTIME, orders=_HANG)
    robot.node('lidar')
    robot.start()
    before, bystander = robot.of('camera'), robot.of('lidar')
    (robot.project / 'hang').touch()
    after = robot.wait_restarted('camera', before['generation'])
    assert after['pid'] != before['pid'] and after['restarts'] == 1
    assert robot.of('lidar')['pid'] == bystander['pid']
    assert 'no heartbeat for' in robot.log()


def _stopped_and_continued(robot: Robot) -> dict[str, Any]:
    """Start a robot, stop a process of it, and return its node as it was before."""
    (robot.project / '.nodes').write_text(_SETTINGS)
    robot.node('camera', _RUNTIME)
    robot.node('lidar')
    robot.start()
    before = robot.of('camera')
    os.kill(before['pid'], signal.SIGSTOP)
    wait_for(lambda: 'camera: it was stopped (SIGSTOP), continuing it' in robot.log())
    return before


def test_a_stopped_process_is_continued(robot: Robot) -> None:
    """A debugger or a careless hand: the node has lost nothing, so it keeps its process."""
    before = _stopped_and_continued(robot)
    after = robot.wait_state('camera', 'ready')
    assert (after['pid'], after['restarts']) == (before['pid'], 0)


def test_a_process_that_is_stopped_again_costs_its_node_a_restart(robot: Robot) -> None:
    """Once may be a slip; a node that is stopped again within a minute does not work."""
    before = _stopped_and_continued(robot)
    robot.wait_state('camera', 'ready')
    os.kill(before['pid'], signal.SIGSTOP)
    assert robot.wait_restarted('camera', before['generation'])['restarts'] == 1

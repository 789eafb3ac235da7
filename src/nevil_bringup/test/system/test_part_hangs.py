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

"""A part of Nevil that hangs is noticed like one that dies, and costs no node."""

from __future__ import annotations

import os
import signal

import pytest
from quality.processes import is_stopped
from quality.waiting import wait_for
from robot import ENDS_LATE
from robot import Robot
from robot import stop

_PRINTING = (
    'import threading',
    'threading.Thread(target=lambda: [print("line", n, "x" * 500, flush=True)'
    ' or self.shutdown_event.wait(0.001) for n in range(4000)], daemon=True).start()')


def test_stopped_spawner_goes_on_and_costs_no_node(robot: Robot) -> None:
    """Without it no node can be started or ended."""
    robot.node('camera', 'runtime: {restart_policy: on_failure, restart_delay: 0.0}\n')
    robot.start()
    before, spawner = robot.of('camera'), robot.status()['spawner_pid']
    stop(spawner)
    wait_for(lambda: not is_stopped(spawner), 15)
    assert robot.of('camera')['pid'] == before['pid']
    assert robot.nevil('node', 'restart', 'camera').returncode == 0
    assert robot.of('camera')['restarts'] == 0
    assert 'the spawner was stopped (SIGSTOP), continuing it' in robot.log()


def test_spawner_that_is_stopped_again_is_replaced(robot: Robot) -> None:
    """Whoever stops it cannot keep the robot from its recovery."""
    robot.node('camera', 'runtime: {restart_policy: on_failure, restart_delay: 0.0}\n')
    robot.start()
    before, spawner = robot.of('camera'), robot.status()['spawner_pid']
    stop(spawner)
    wait_for(lambda: not is_stopped(spawner), 15)
    stop(spawner)
    robot.wait_restarted('camera', before['generation'])
    assert robot.status()['spawner_pid'] != spawner


@pytest.mark.parametrize('part', ['spawner_pid', 'capture_pid'])
def test_a_part_that_is_stopped_while_the_supervisor_dies_ends_too(
        robot: Robot, part: str) -> None:
    """The other of both continues it; what a node said last is in its log."""
    robot.node('camera', orders=ENDS_LATE)
    robot.start()
    status = robot.status()
    stop(status[part])
    os.kill(status['pid'], signal.SIGKILL)
    wait_for(lambda: not robot.processes())


def test_next_start_ends_a_capture_that_stayed_behind(robot: Robot) -> None:
    """Stopped when nobody was left to continue it, it would stay for good."""
    robot.node('camera')
    robot.start()
    status = robot.status()
    for part in ('capture_pid', 'spawner_pid'):
        stop(status[part])
    os.kill(status['pid'], signal.SIGKILL)
    os.kill(status['spawner_pid'], signal.SIGKILL)
    wait_for(lambda: robot.processes() == [status['capture_pid']])
    robot.start()
    assert status['capture_pid'] not in robot.processes()


def test_a_stop_ends_whatever_hangs(robot: Robot) -> None:
    """Spawner, capture, health node and the node itself: all stopped, and all at once."""
    robot.node('camera')
    robot.start()
    status = robot.status()
    for part in ('health_pid', 'capture_pid', 'spawner_pid'):
        stop(status[part])
    stop(status['nodes'][0]['pid'])
    assert robot.nevil('stop').returncode == 0
    assert not robot.processes()
    assert (robot.project / 'cleaned-camera').exists()


def test_stopped_capture_is_replaced_and_loses_no_line(robot: Robot) -> None:
    """A node that prints into a full pipe would be the next to hang."""
    robot.node('camera', orders=_PRINTING)
    robot.start()
    node, before = robot.of('camera'), robot.status()['capture_pid']
    stop(before)
    wait_for(lambda: robot.status()['capture_pid'] not in (None, before), 15)
    log = robot.project / 'logs' / 'camera.log'
    wait_for(lambda: 'line 3999 ' in log.read_text(), 60)
    found = [int(line.rpartition('line ')[2].split()[0])
             for path in sorted(log.parent.glob('camera.log*'), reverse=True)
             for line in path.read_text().splitlines() if 'line ' in line]
    assert set(found) == set(range(4000))
    assert robot.of('camera')['pid'] == node['pid']

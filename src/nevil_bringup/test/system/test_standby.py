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

"""The standby of a real robot: it becomes the restarted node, and nobody takes it for one."""

from __future__ import annotations

import os
from pathlib import Path
import signal

from nevil_bringup.spawner.procfs import children
import pytest
from quality.processes import alive
from quality.waiting import wait_for
from robot import Robot

_FAST = 'runtime: {restart_delay: 0.0, max_restarts: 20}\n'


@pytest.fixture(autouse=True)
def wanted(robot: Robot) -> None:
    """Let the robot have one."""
    (robot.project / '.nodes').write_text(
        'version: "3.0"\nlaunch: {parallel_launch: true, standby: true}\n')


def _standby(robot: Robot) -> int:
    """Return the pid of the standby; 0 while there is none that waits."""
    nodes = {node['pid'] for node in robot.status()['nodes']}
    status = robot.status()
    found = [pid for pid in children(status['spawner_pid'])
             if pid not in nodes | {status['health_pid']}]
    if len(found) != 1 or not _is_waiting(found[0]):
        return 0
    return found[0]


def _is_waiting(pid: int) -> bool:
    """Return whether it sits in the folder of nobody, as it does when it has joined ROS."""
    try:
        return os.readlink(f'/proc/{pid}/cwd') == '/' and b'standby' in Path(
            f'/proc/{pid}/cmdline').read_bytes()
    except OSError:
        return False


def test_a_killed_node_is_continued_by_the_standby(robot: Robot) -> None:
    """Each time by another one; status never counts it, and the stop leaves none."""
    robot.node('camera', _FAST)
    robot.node('lidar')
    robot.start()
    taken = 0
    for _ in range(3):
        standby = wait_for(lambda: _standby(robot), what='a standby')
        before = robot.of('camera')
        os.kill(before['pid'], signal.SIGKILL)
        taken += robot.wait_restarted('camera', before['generation'])['pid'] == standby
    # On a busy machine one may be late, and a fork is made instead.
    assert taken >= 1
    assert {node['name'] for node in robot.status()['nodes']} == {'camera', 'lidar'}
    standby = wait_for(lambda: _standby(robot), what='a standby')
    assert robot.nevil('stop').returncode == 0
    assert not alive(standby)


def test_without_it_nodes_are_restarted_all_the_same(robot: Robot) -> None:
    """Whoever does not want it, or kills it again and again, has the restarts that were before."""
    (robot.project / '.nodes').write_text('version: "3.0"\nlaunch: {standby: false}\n')
    robot.node('camera', _FAST)
    robot.start()
    spawner = Path(f'/proc/{robot.status()["spawner_pid"]}/cmdline').read_bytes()
    assert b'--standby' not in spawner
    before = robot.of('camera')
    os.kill(before['pid'], signal.SIGKILL)
    robot.wait_restarted('camera', before['generation'])


def test_one_that_is_killed_is_no_failure(robot: Robot) -> None:
    """Its end is neither an alert nor a restart of anything."""
    robot.node('camera', _FAST)
    robot.start()
    standby = wait_for(lambda: _standby(robot), what='a standby')
    before = robot.of('camera')
    os.kill(standby, signal.SIGKILL)
    wait_for(lambda: not alive(standby), what='it is gone')
    wait_for(lambda: 'the standby ended' in robot.log(), what='it is said')
    status = robot.status()
    assert (status['state'], status['alerts']) == ('ready', [])
    assert robot.of('camera')['pid'] == before['pid']

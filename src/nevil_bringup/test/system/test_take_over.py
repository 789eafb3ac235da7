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

"""Nodes come, go and change while the robot runs; all others keep their process."""

from __future__ import annotations

import shutil

from robot import Robot


def pids(robot: Robot) -> dict[str, int]:
    """Return the process of each node."""
    return {node['name']: node['pid'] for node in robot.status()['nodes']}


def test_nodes_are_added_changed_and_removed(robot: Robot) -> None:
    """Each of them is told in a line, and the robot is ready again afterwards."""
    robot.node('camera')
    robot.node('lidar', 'dependencies: {requires: [camera]}\n')
    robot.start()
    before = pids(robot)

    robot.node('arm', 'dependencies: {requires: [lidar]}\n')
    result = robot.nevil('start')
    assert (result.returncode, '\n  arm  new\n' in result.stdout) == (0, True), result.stdout
    after = pids(robot)
    assert {**before, 'arm': after['arm']} == after

    with open(robot.project / 'nodes' / 'lidar' / 'lidar_node.py', 'a') as file:
        file.write('# edited\n')
    result = robot.nevil('start')
    assert '\n  lidar  changed: its code\n' in result.stdout, result.stdout
    edited = pids(robot)
    assert (edited['camera'], edited['lidar'] != after['lidar']) == (after['camera'], True)
    assert robot.wait_state('arm', 'ready')['pid'] == after['arm']

    shutil.rmtree(robot.project / 'nodes' / 'arm')
    with open(robot.project / 'nodes' / 'camera' / '.nodes', 'a') as file:
        file.write('description: another\n')
    result = robot.nevil('start')
    assert '\n  arm     removed\n  camera  changed: its declaration\n' in result.stdout
    assert set(pids(robot)) == {'camera', 'lidar'}
    assert robot.status()['state'] == 'ready'
    assert robot.wait_state('lidar', 'ready')['pid'] == edited['lidar']


def test_files_with_errors_change_nothing(robot: Robot) -> None:
    """The robot goes on, and the errors are shown."""
    robot.node('camera')
    robot.start()
    before = pids(robot)
    robot.node('arm', 'dependencies: {requires: [nobody]}\n')
    result = robot.nevil('start')
    assert result.returncode == 1
    assert 'the system goes on as it was' in result.stdout
    assert pids(robot) == before
    assert robot.status()['state'] == 'ready'


def test_what_changes_while_nodes_fail_is_taken_over(robot: Robot) -> None:
    """A node that was given up is started again once it is mended."""
    robot.node('camera', 'runtime: {max_restarts: 0}\n', orders=('raise SystemExit(1)',))
    assert robot.nevil('start').returncode == 1
    assert robot.of('camera')['state'] == 'failed'
    shutil.rmtree(robot.project / 'nodes' / 'camera')
    robot.node('camera', 'runtime: {max_restarts: 0, restart_policy: never}\n')
    result = robot.nevil('start')
    assert result.returncode == 0, result.stdout
    assert robot.of('camera')['state'] == 'ready'

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

"""Variables reach the processes that they are for, wherever they were set."""

from __future__ import annotations

import json
import os
from pathlib import Path

from robot import Robot

_TELL = (
    'import json, os, threading',
    'pathlib.Path("told").write_text(json.dumps(dict(os.environ, nice=os.nice(0),'
    ' cwd=os.getcwd())))')


def test_a_domain_that_the_project_chooses_is_that_of_nevil_too(robot: Robot) -> None:
    """In .env, where a user writes it: the health node must hear the nodes there."""
    domain = robot.environ.pop('ROS_DOMAIN_ID')
    (robot.project / '.env').write_text(f'ROS_DOMAIN_ID={domain}\n')
    robot.node('camera')
    robot.start()
    result = robot.nevil('node', 'mute', 'camera')
    assert (result.returncode, result.stdout) == (0, 'camera muted\n')


def test_a_start_tells_of_robots_in_its_domain(robot: Robot, tmp_path: Path) -> None:
    """Two robots with nodes of the same name would answer for each other."""
    robot.node('camera')
    robot.start()
    other = Robot(tmp_path, int(robot.environ['ROS_DOMAIN_ID']))
    other.environ['NEVIL_RUNTIME_DIR'] = robot.environ['NEVIL_RUNTIME_DIR']
    other.node('lidar')
    try:
        result = other.nevil('start')
        assert result.returncode == 0
        assert result.stdout.startswith(
            f'robot already in ROS domain {robot.environ["ROS_DOMAIN_ID"]}: ')
    finally:
        other.end()


def test_folders_of_nevil_may_be_relative(robot: Robot) -> None:
    """The supervisor works in another folder than the command."""
    folder = Path(robot.environ['NEVIL_RUNTIME_DIR'])
    robot.environ['NEVIL_RUNTIME_DIR'] = os.path.relpath(folder, robot.project)
    robot.node('camera')
    robot.start()
    assert list(folder.glob('robot-*/control.sock'))


def test_later_files_win_and_variables_expand(robot: Robot) -> None:
    """The command's environment, the root's, .env, the node's."""
    robot.environ['WHO'] = 'command'
    (robot.project / '.nodes').write_text(
        'version: "3.0"\nenvironment: {A: "${WHO}", B: root, C: root, D: "${NONE:-default}"}\n')
    (robot.project / '.env').write_text("B=dotenv\nC='dotenv'  # a comment\n")
    robot.node('teller', 'runtime: {priority: low}\nenvironment: {C: "node-${B}"}\n',
               orders=_TELL)
    robot.start()
    told = json.loads((robot.project / 'told').read_text())
    assert [told[name] for name in 'ABCD'] == ['command', 'dotenv', 'node-dotenv', 'default']
    assert (told['nice'], told['cwd']) == (min(os.nice(0) + 10, 19), str(robot.project))

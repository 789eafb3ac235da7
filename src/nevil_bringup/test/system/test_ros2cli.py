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
"""The commands of ``ros2`` meet a robot of Nevil like any other."""

from __future__ import annotations

import os
from pathlib import Path
import re
import shutil
import subprocess
import sys

import pytest
from quality.sources import ROOT
from quality.waiting import wait_for
from robot import Robot

# Each command looks around for seconds.
pytestmark = [pytest.mark.needs_ros2cli, pytest.mark.timeout(240)]

_ROS2 = (sys.executable, '-c', 'import sys; from ros2cli.cli import main; sys.exit(main())')
# What the test environment sets, and the shell of a user does not.
_DDS = {'ROS_AUTOMATIC_DISCOVERY_RANGE', 'FASTRTPS_DEFAULT_PROFILES_FILE',
        'FASTDDS_DEFAULT_PROFILES_FILE'}
_LOOK = ('--no-daemon', '--spin-time', '3')


def ros2(robot: Robot, *arguments: str, **environ: str) -> str:
    """Run a command of ``ros2`` in a shell that knows nothing of Nevil; return what it says."""
    shell = {name: value for name, value in robot.environ.items() if name not in _DDS}
    return subprocess.run(
        [*_ROS2, *arguments], cwd=robot.project.parent, text=True, timeout=40, check=False,
        env={**shell, 'PYTHONWARNINGS': 'ignore', **environ}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def install(package: str, prefix: Path) -> Path:
    """Install a package as colcon does; return the folder of its modules."""
    source = prefix.with_name('source')
    shutil.copytree(ROOT / 'src' / package, source, ignore=shutil.ignore_patterns('test'))
    modules = prefix / 'lib' / 'python'
    subprocess.run(
        [sys.executable, '-W', 'ignore', 'setup.py', '-q', 'install', '--prefix', str(prefix),
         '--install-lib', str(modules), '--single-version-externally-managed',
         '--record', str(prefix.with_name('record'))],
        cwd=source, check=True, timeout=60, stdout=subprocess.DEVNULL)
    return modules


def test_nodes_topics_services_and_parameters_are_seen(robot: Robot) -> None:
    """Whoever knows ROS 2 looks there first."""
    robot.node('base')
    messages = robot.project / 'nodes' / 'base' / '.messages'
    messages.write_text('node_name: base\nconfiguration: {speed: 3}\n')
    robot.start()
    assert set(ros2(robot, 'node', 'list', *_LOOK).split()) == {'/base', '/nevil_health'}
    assert '/nevil/heartbeat: nevil_msgs/msg/Heartbeat' in ros2(
        robot, 'node', 'info', '/base', *_LOOK)
    health = '/nevil/system_health'
    info = ros2(robot, 'topic', 'info', '-v', health, *_LOOK)
    assert 'Publisher count: 1' in info and 'Durability: TRANSIENT_LOCAL' in info
    assert 'project: robot\nlevel: healthy\n' in ros2(robot, 'topic', 'echo', '--once', health,
                                                      *_LOOK)
    assert "project='robot', level='healthy'" in ros2(
        robot, 'service', 'call', '/nevil/get_health', 'nevil_msgs/srv/GetHealth')
    assert 'speed' in ros2(robot, 'param', 'list', '/base', *_LOOK).split()
    assert 'successful' in ros2(robot, 'param', 'set', '/base', 'speed', '4', *_LOOK)
    assert ros2(robot, 'param', 'get', '/base', 'speed', *_LOOK) == 'Integer value is: 4\n'


def test_state_set_by_hand_is_put_right_unless_held(robot: Robot) -> None:
    """A node that somebody forgot comes back, one that somebody works on is left alone."""
    with (robot.project / '.nodes').open('a') as file:
        file.write('system: {health_check_interval: 1}\n')
    robot.node('base')
    robot.start()
    log = robot.project / 'logs' / 'base.log'
    change = ('lifecycle', 'set', '/base', 'deactivate', *_LOOK)
    assert ros2(robot, *change) == 'Transitioning successful\n'
    wait_for(lambda: log.read_text().endswith('now active\n'))
    assert robot.nevil('node', 'hold', 'base').returncode == 0
    assert ros2(robot, *change) == 'Transitioning successful\n'
    # By then it has been wrong for longer than it took above.
    wait_for(lambda: 'alert firing: base: inactive' in robot.log())
    assert ros2(robot, 'lifecycle', 'get', '/base', *_LOOK) == 'inactive [2]\n'
    assert robot.nevil('node', 'release', 'base').returncode == 0
    wait_for(lambda: log.read_text().endswith('now active\n'))


def test_messages_of_a_project_are_shown_once_sourced(robot: Robot) -> None:
    """By the line that ``nevil build`` prints."""
    robot.node('base')
    (robot.project / 'nodes' / 'base' / '.messages').write_text(
        'publishes: [{topic: voice, message_type: Voice, schema: {text: string}}]\n')
    built = robot.nevil('build', timeout_s=110).stdout
    line = re.search(r'^for ros2 topic echo and the like: (\. .*)$', built, re.MULTILINE)
    assert line, built
    paths = subprocess.run(
        ['bash', '-c', f'{line[1]} && echo "$AMENT_PREFIX_PATH"'], env=robot.environ, text=True,
        check=True, timeout=20, stdout=subprocess.PIPE).stdout.strip()
    shown = ros2(robot, 'interface', 'show', 'robot_msgs/msg/Voice', AMENT_PREFIX_PATH=paths)
    assert 'string text' in shown


def test_health_node_is_run_by_ros2_run(robot: Robot) -> None:
    """And says who starts it, instead of a traceback."""
    prefix = robot.project.parent / 'prefix'
    modules = install('nevil_health', prefix)
    environ = {
        'AMENT_PREFIX_PATH': f'{prefix}{os.pathsep}{robot.environ["AMENT_PREFIX_PATH"]}',
        'PYTHONPATH': f'{modules}{os.pathsep}{robot.environ["PYTHONPATH"]}'}
    assert 'nevil_health health_node\n' in ros2(robot, 'pkg', 'executables', **environ)
    said = ros2(robot, 'run', 'nevil_health', 'health_node', **environ)
    assert 'NEVIL_SOCKET is not set; it is started by the supervisor' in said

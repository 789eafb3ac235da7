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

"""`nevil init --from-launch`: a project that starts what a real launch file starts."""

from __future__ import annotations

import json
import os
from pathlib import Path
import subprocess
import sys

import pytest

pytest.importorskip('launch_ros')
pytest.importorskip('ros2launch')

FILE = """
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, RegisterEventHandler
from launch.event_handlers import OnProcessStart
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description():
    first = Node(package='camera_package', executable='camera', name='first', namespace='left',
                 parameters=[{'rate': LaunchConfiguration('rate')}], remappings=[('a', 'b')],
                 arguments=['--fast'], respawn=True)
    then = Node(package='camera_package', executable='camera', name='then')
    return LaunchDescription([
        DeclareLaunchArgument('rate', default_value='1'), first,
        RegisterEventHandler(OnProcessStart(target_action=first, on_start=[then])),
        ExecuteProcess(cmd=['echo', 'hi'])])
"""


def test_a_project_starts_what_the_launch_file_starts(tmp_path: Path, domain: int) -> None:
    """With its arguments, and what its event handlers start; nothing is started meanwhile."""
    prefix = tmp_path / 'prefix'
    program = prefix / 'lib' / 'camera_package' / 'camera'
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\ntouch {tmp_path}/started\n')
    program.chmod(0o755)
    (prefix / 'share' / 'camera_package').mkdir(parents=True)
    index = prefix / 'share' / 'ament_index' / 'resource_index' / 'packages'
    index.mkdir(parents=True)
    (index / 'camera_package').touch()
    (tmp_path / 'robot.launch.py').write_text(FILE)
    environ = {**os.environ, 'ROS_DOMAIN_ID': str(domain), 'ROS_LOG_DIR': str(tmp_path / 'log'),
               'AMENT_PREFIX_PATH': f'{prefix}:{os.environ["AMENT_PREFIX_PATH"]}'}

    def nevil(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, '-m', 'nevil_bringup', *words], env=environ, cwd=tmp_path, text=True,
            capture_output=True, timeout=180, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = nevil('init', 'my_robot', '--from-launch', 'robot.launch.py', 'rate:=7')
    assert 'note: left out, since it is not an executable of a package: echo hi' in said
    assert not (tmp_path / 'started').exists()
    plan = json.loads(nevil('validate', '--plan', '--json', '--project', 'my_robot'))
    processes = (plan.get('plan') or plan)['processes']
    first = tmp_path / 'my_robot' / 'nodes' / 'first'
    assert {one['name']: one['argv'] for one in processes} == {
        'first': [str(program), '--fast', '--ros-args', '-r', '__node:=first', '-r',
                  '__ns:=/left', '--params-file', str(first / 'parameters_1.yaml'), '-r', 'a:=b'],
        'then': [str(program), '--ros-args', '-r', '__node:=then']}
    assert 'rate: 7' in (first / 'parameters_1.yaml').read_text()

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

"""A small robot, as most launch files are: two nodes, parameters, a remapping, respawn."""

from __future__ import annotations

from pathlib import Path
import sys

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

NODE = str(Path(__file__).with_name('node.py'))


def generate_launch_description() -> LaunchDescription:
    """Describe a camera, which is started again after every end, and a tracker."""
    return LaunchDescription([
        DeclareLaunchArgument('rate', default_value='30', description='images a second'),
        Node(executable=sys.executable, arguments=[NODE], name='camera', respawn=True,
             respawn_delay=0.1, parameters=[{'rate': LaunchConfiguration('rate')}]),
        Node(executable=sys.executable, arguments=[NODE], name='tracker',
             remappings=[('image', 'camera/image')]),
    ])

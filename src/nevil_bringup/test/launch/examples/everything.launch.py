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

"""A launch file with everything in it: started with ``nevil launch`` as it is."""

from __future__ import annotations

from pathlib import Path
import sys

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.actions import ExecuteProcess
from launch.actions import GroupAction
from launch.actions import IncludeLaunchDescription
from launch.actions import LogInfo
from launch.actions import OpaqueFunction
from launch.actions import RegisterEventHandler
from launch.actions import SetEnvironmentVariable
from launch.actions import TimerAction
from launch.actions import UnsetEnvironmentVariable
from launch.conditions import IfCondition
from launch.event_handlers import OnProcessExit
from launch.event_handlers import OnProcessStart
from launch.launch_description_sources import AnyLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import ComposableNodeContainer
from launch_ros.actions import LifecycleNode
from launch_ros.actions import Node
from launch_ros.actions import PushRosNamespace
from launch_ros.descriptions import ComposableNode

HERE = Path(__file__).resolve().parent
NODE = str(HERE / 'node.py')
CONTAINER = str(HERE.parent / 'container.py')


def by_function(context: object) -> list[Node]:
    """Make a node whose name is known only now."""
    name = LaunchConfiguration('extra').perform(context)
    return [Node(executable=sys.executable, arguments=[NODE], name=name, output='screen')]


def generate_launch_description() -> LaunchDescription:
    """Describe nodes, processes, a container, and what ties them together."""
    camera = Node(executable=sys.executable, arguments=[NODE], name='camera', namespace='left',
                  parameters=[{'rate': 30}], remappings=[('image', 'view')])
    once = ExecuteProcess(cmd=['sleep 600; true'], shell=True, name='watched')
    return LaunchDescription([
        DeclareLaunchArgument('extra', default_value='by_function'),
        DeclareLaunchArgument('never', default_value='false'),
        SetEnvironmentVariable('ADDED', 'yes'), UnsetEnvironmentVariable('GONE'),
        camera, once,
        LifecycleNode(executable=sys.executable, arguments=[NODE, '--lifecycle'], name='managed',
                      namespace=''),
        ExecuteProcess(cmd=['sleep', '601'], emulate_tty=True, name='in_terminal'),
        ExecuteProcess(cmd=['sleep', '602'], prefix='env PREFIXED=1', name='prefixed'),
        ExecuteProcess(cmd=['sleep', '603'], name='respawned', respawn=True, respawn_delay=0.1),
        ExecuteProcess(cmd=['sleep', '604'], condition=IfCondition(LaunchConfiguration('never'))),
        ComposableNodeContainer(
            executable=sys.executable, arguments=[CONTAINER], package=None, name='container',
            namespace='', composable_node_descriptions=[ComposableNode(
                package='p', plugin='Plain', name='component', parameters=[{'rate': 5}])]),
        GroupAction([
            PushRosNamespace('right'),
            Node(executable=sys.executable, arguments=[NODE], name='camera'),
            IncludeLaunchDescription(AnyLaunchDescriptionSource(str(HERE / 'part.launch.xml')))]),
        IncludeLaunchDescription(AnyLaunchDescriptionSource(str(HERE / 'part.launch.yaml'))),
        OpaqueFunction(function=by_function),
        TimerAction(period=0.5, actions=[ExecuteProcess(cmd=['sleep', '605'], name='by_timer')]),
        RegisterEventHandler(OnProcessStart(
            target_action=camera,
            on_start=[ExecuteProcess(cmd=['sleep', '606'], name='by_handler')])),
        RegisterEventHandler(OnProcessExit(
            target_action=once, on_exit=[LogInfo(msg='watched has ended')])),
    ])

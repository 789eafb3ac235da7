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

"""Run a launch file as ``ros2 launch`` does, its processes owned by Nevil."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from launch import LaunchDescription
from launch import LaunchService
from launch.actions import IncludeLaunchDescription
from launch.actions import OpaqueFunction
from launch.frontend import Parser
from launch.launch_description_sources import AnyLaunchDescriptionSource
from nevil_bringup.launch.any.house import House
from nevil_bringup.launch.any.robot import AnyRobot
from nevil_bringup.launch.any.rules import Rules
from nevil_bringup.launch.any.seam import install
from ros2launch.api.api import parse_launch_arguments
from ros2launch.api.api import print_a_launch_file
from ros2launch.api.api import print_arguments_of_launch_file

__all__ = ['actions_of', 'run_launch_file', 'show']


def actions_of(file: Any, arguments: Any, house: House, rules: Rules) -> list[Any]:
    """
    Return the actions that bring up a launch file under Nevil.

    :param arguments: name and value of each launch argument
    :raises NotThisLaunch: Nevil does not know this version of launch
    """
    install()
    Parser.load_parser_implementations()  # the slow part of reading a file, while we wait anyway
    house.wait()
    robot = AnyRobot(house, rules)
    return [
        OpaqueFunction(function=lambda context: robot.begin(context)),
        IncludeLaunchDescription(
            AnyLaunchDescriptionSource(file), launch_arguments=arguments)]


def run_launch_file(
    file: str, arguments: Sequence[str], house: House, rules: Rules, *, noninteractive: bool,
    debug: bool,
) -> int:
    """
    Bring up a launch file and return when it has ended.

    :param arguments: ``name:=value`` each
    :returns: launch's exit status, 1 when something was given up
    :raises RuntimeError: an argument is malformed
    """
    given = parse_launch_arguments(list(arguments))
    service = LaunchService(argv=list(arguments), noninteractive=noninteractive, debug=debug)
    service.include_launch_description(
        LaunchDescription(actions_of(file, given, house, rules)))
    return int(service.run())


def show(file: str, *, arguments: bool) -> None:
    """Print the description of a launch file, or its arguments."""
    if arguments:
        print_arguments_of_launch_file(launch_file_path=file)
    else:
        print_a_launch_file(launch_file_path=file)

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

"""``ros2 launch nevil_bringup supervise.launch.py launch_file:=PATH``."""

from __future__ import annotations

import os
import sys
from typing import Any

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.actions import OpaqueFunction
from nevil_bringup.launch.any.house import House
from nevil_bringup.launch.any.house import place_of
from nevil_bringup.launch.any.policy_file import policy_of
from nevil_bringup.launch.any.rules import Rules
from nevil_bringup.launch.any.run import actions_of

__all__ = ['describe']

_OWN = ('launch_file:=', 'policy:=', 'restart:=')
_RESTARTS = ('never', 'on_failure', 'always')


def describe() -> LaunchDescription:
    """Return the description; other arguments are those of the file."""
    return LaunchDescription([
        DeclareLaunchArgument('launch_file', description='path of the launch file'),
        DeclareLaunchArgument('restart', default_value='on_failure', choices=list(_RESTARTS),
                              description='restart policy of processes without a rule of their '
                                          'own'),
        DeclareLaunchArgument('policy', default_value='',
                              description='policy file (default: NAME.nevil.yaml next to the '
                                          'launch file)'),
        OpaqueFunction(function=_bring_up)])


def _bring_up(context: Any) -> list[Any]:
    given = context.launch_configurations
    file = os.path.abspath(os.path.expanduser(given['launch_file']))
    words = [word for word in sys.argv
             if ':=' in word and not word.startswith(_OWN)]
    arguments = [(name, value) for name, _, value in (word.partition(':=') for word in words)]
    policy = policy_of(file, given['policy'])
    house = House(place_of(file, words))
    house.begin(policy)
    return actions_of(file, arguments, house, Rules(given['restart'], policy))

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

"""Who hears whom is decided once for a run."""

from __future__ import annotations

from nevil_bringup.dds import middleware_env
from nevil_bringup.dds import run_env


def test_what_the_files_declare_decides_for_all_processes() -> None:
    """Of it only what decides who hears whom; the rest is the nodes' own."""
    declared = {'ROS_DOMAIN_ID': '7', 'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp', 'PATH': '/x'}
    assert run_env({'ROS_DOMAIN_ID': '3'}, declared) == {
        'ROS_DOMAIN_ID': '7', 'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp',
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


def test_a_declared_range_is_not_narrowed() -> None:
    """The profile that keeps nodes on this host would contradict it."""
    declared = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
    assert run_env({}, declared) == declared


def test_only_variables_of_the_middleware_are_handed_to_other_terminals() -> None:
    """Their PATH is theirs."""
    assert middleware_env({'ROS_DOMAIN_ID': '3', 'FASTDDS_X': 'y', 'PATH': '/x'}) == {
        'ROS_DOMAIN_ID': '3', 'FASTDDS_X': 'y'}

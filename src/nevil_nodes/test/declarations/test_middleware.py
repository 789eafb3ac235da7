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

"""A domain that cannot be and a middleware that is not there are refused before the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from written_project import Project


@pytest.fixture
def robot(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project in whose environment two middlewares are installed."""
    prefix = tmp_path_factory.mktemp('prefix')
    index = prefix / 'share/ament_index/resource_index/rmw_typesupport'
    index.mkdir(parents=True)
    for name in ('rmw_fastrtps_cpp', 'rmw_cyclonedds_cpp', 'rmw_implementation'):
        (index / name).touch()
    project.environ.update(AMENT_PREFIX_PATH=f'/nowhere:{prefix}', ROS_DISTRO='jazzy')
    project.node('camera')
    return project


@pytest.mark.parametrize('value', ['300', '-1', '233', 'home', '1.0', '0 1'])
def test_a_domain_out_of_range_is_refused(robot: Project, value: str) -> None:
    """Each node would end at once, and the health node first."""
    assert robot.problems({'ROS_DOMAIN_ID': value}) == [
        f"error: environment: ROS_DOMAIN_ID: '{value}' is not a domain of ROS 2;"
        ' write 0 to 232, or unset it']


@pytest.mark.parametrize('value', ['', '0', '232', '0x10', ' 7 '])
def test_a_domain_in_range_is_right(robot: Project, value: str) -> None:
    """As ROS reads it."""
    assert robot.problems({'ROS_DOMAIN_ID': value}) == []


def test_a_middleware_that_is_not_installed_is_refused_with_those_that_are(
        robot: Project) -> None:
    """The way out is what is there, or how to install the other."""
    there = 'is not installed; there is rmw_cyclonedds_cpp, rmw_fastrtps_cpp'
    assert robot.problems({'RMW_IMPLEMENTATION': 'rmw_connextdds'}) == [
        f"error: environment: RMW_IMPLEMENTATION: 'rmw_connextdds' {there};"
        ' install it (apt install ros-jazzy-rmw-connextdds), or unset it']
    assert robot.problems({'RMW_IMPLEMENTATION': 'rmw_fastrtps'}) == [
        f"error: environment: RMW_IMPLEMENTATION: 'rmw_fastrtps' {there};"
        " did you mean 'rmw_fastrtps_cpp'?"]
    assert robot.problems({'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'}) == []


def test_the_place_is_named_where_a_file_gives_it(robot: Project) -> None:
    """In `.env`, in the root's environment, in a node's."""
    robot.write('.env', '# \nROS_DOMAIN_ID=400\n')
    robot.root('environment: {RMW_IMPLEMENTATION: x}\n')
    robot.node('lidar', '\n\nenvironment: {ROS_DOMAIN_ID: 500}\n')
    places = [line.split(' is ')[0] for line in robot.problems() if line.startswith('error')]
    assert places == [
        "error: .env:2: ROS_DOMAIN_ID: '400'",
        "error: .nodes:2: environment.RMW_IMPLEMENTATION: 'x'",
        "error: nodes/lidar/.nodes:1: environment.ROS_DOMAIN_ID: '500'"]


def test_without_ros_nothing_is_known_to_be_missing(project: Project, tmp_path: Path) -> None:
    """`nevil validate` runs on any machine."""
    project.node('camera')
    assert project.problems({'RMW_IMPLEMENTATION': 'rmw_x', 'AMENT_PREFIX_PATH': '/none'}) == []


def test_commands_that_the_whole_network_may_give_are_told(robot: Project) -> None:
    """Whoever opens both doors should know it; either of them alone is all right."""
    wide = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
    assert robot.problems(wide) == []
    robot.root('security: {ros_commands: true}\n')
    assert robot.problems() == []
    assert robot.problems(wide) == [
        'warning: .nodes:2: security.ros_commands: ROS_AUTOMATIC_DISCOVERY_RANGE is SUBNET:'
        ' anyone on the network can stop, restart and hold nodes and silence alerts; remove it'
        ' and use nevil node on the robot, write ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST, or'
        ' name a security.keystore (SECURITY.md)']


@pytest.mark.parametrize(('variables', 'way'), [
    ({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'subnet'}, 'ROS_AUTOMATIC_DISCOVERY_RANGE is SUBNET'),
    ({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SYSTEM_DEFAULT'},
     'ROS_AUTOMATIC_DISCOVERY_RANGE is SYSTEM_DEFAULT'),
    ({'ROS_LOCALHOST_ONLY': '0'}, 'ROS_LOCALHOST_ONLY is set'),
    ({'ROS_STATIC_PEERS': '10.0.0.2'}, 'ROS_STATIC_PEERS is set'),
    ({'ROS_DISCOVERY_SERVER': '10.0.0.2:11811'}, 'ROS_DISCOVERY_SERVER is set'),
    ({'ROS_LOCALHOST_ONLY': '1', 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}, ''),
    ({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'OFF', 'ROS_STATIC_PEERS': '10.0.0.2'}, ''),
    ({'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}, '')])
def test_every_way_into_the_domain_is_told(
        robot: Project, variables: dict[str, str], way: str) -> None:
    """SUBNET is not the only one: what makes Nevil set no range leaves that of ROS."""
    robot.root('security: {ros_commands: true}\n')
    told = [line.partition('ros_commands: ')[2].partition(': anyone')[0]
            for line in robot.problems(variables)]
    assert told == [way] * bool(way)

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

"""A container that loses its process has its components again, each time."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
import sys
from typing import Any

import pytest
from quality.waiting import wait_for
from robot import Robot

pytest.importorskip('composition_interfaces')

# What component_container of rclcpp serves, in Python: a component is a name that is listed.
CONTAINER = f"""#!{sys.executable}
import json, os, time
from composition_interfaces.srv import ListNodes, LoadNode
import rclpy
from rclpy.parameter import Parameter

loaded = []


def load(request, response):
    with open('loads', 'a') as file:
        file.write(json.dumps([
            os.getpid(), request.package_name, request.plugin_name, request.node_name,
            request.node_namespace, list(request.remap_rules),
            {{one.name: Parameter.from_parameter_msg(one).value for one in request.parameters}},
            {{one.name: Parameter.from_parameter_msg(one).value
             for one in request.extra_arguments}}]) + '\\n')
    if request.plugin_name == 'Slow':
        time.sleep(4)
    if request.plugin_name == 'Refused':
        response.error_message = 'no such plugin'
        return response
    loaded.append(f'{{request.node_namespace}}/{{request.node_name}}')
    response.success, response.full_node_name = True, loaded[-1]
    response.unique_id = len(loaded)
    return response


def list_nodes(request, response):
    response.unique_ids, response.full_node_names = list(range(1, len(loaded) + 1)), loaded
    return response


rclpy.init()
node = rclpy.create_node('container')
node.create_service(LoadNode, '~/_container/load_node', load)
node.create_service(ListNodes, '~/_container/list_nodes', list_nodes)
try:
    rclpy.spin(node)
except BaseException:
    os._exit(0)
"""
NODES = """creation: {package: containers, executable: container}
runtime: {restart_delay: 0.1, max_restarts: 100}
components:
"""


def container(robot: Robot, components: str) -> None:
    """Add a container with components to a robot."""
    prefix = robot.project.parent / 'prefix'
    program = prefix / 'lib' / 'containers' / 'container'
    program.parent.mkdir(parents=True)
    program.write_text(CONTAINER)
    program.chmod(0o755)
    robot.environ['AMENT_PREFIX_PATH'] = f'{prefix}:{os.environ["AMENT_PREFIX_PATH"]}'
    folder = robot.project / 'nodes' / 'box'
    folder.mkdir(parents=True)
    (folder / '.nodes').write_text(NODES + components)


def loads(robot: Robot) -> list[list[Any]]:
    """Return what containers were asked to load, each with the pid of who was asked."""
    file = Path(robot.project / 'loads')
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_components_come_back_in_order_after_each_end(robot: Robot) -> None:
    """Also a slow one, with parameters and remappings; the container is ready when all are in."""
    container(robot, """
  - {package: a, plugin: First, name: one, namespace: left, parameters: {deep: {rate: 5}},
     remappings: {in: out}, extra_arguments: {use_intra_process_comms: true}}
  - {package: a, plugin: Slow, name: two}
  - {package: b, plugin: Third, name: three}
""")
    robot.start()
    expected = [
        ['a', 'First', 'one', '/left', ['in:=out'], {'deep.rate': 5},
         {'use_intra_process_comms': True}],
        ['a', 'Slow', 'two', '', [], {}, {}], ['b', 'Third', 'three', '', [], {}, {}]]
    for generation in (1, 2, 3):
        node = wait_for(lambda: (one := robot.of('box'))['state'] == 'ready'
                        and one['generation'] == generation and one)
        assert [one[1:] for one in loads(robot) if one[0] == node['pid']] == expected
        os.kill(node['pid'], signal.SIGKILL)


def test_one_that_cannot_be_loaded_keeps_no_other_from_it(robot: Robot) -> None:
    """The container is not ready without it, and says why."""
    container(robot, """
  - {package: a, plugin: Refused, name: one}
  - {package: a, plugin: Second, name: two}
""")
    assert robot.nevil('start', '--no-wait').returncode == 0
    wait_for(lambda: 'one is not loaded: no such plugin' in robot.all_logs())
    assert [one[2] for one in loads(robot)] == ['Refused', 'Second']
    assert robot.of('box')['state'] == 'starting'

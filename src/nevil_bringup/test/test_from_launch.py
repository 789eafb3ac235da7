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

"""From what a launch file would execute to `.nodes` files."""

from __future__ import annotations

from typing import Any

from nevil_bringup.from_launch import translate
import yaml


def process(*cmd: str, **more: Any) -> dict[str, Any]:
    """Return a process as it is recorded."""
    return {'name': 'x-1', 'cmd': list(cmd), 'shell': False, 'cwd': None, 'respawn': False,
            'respawn_delay': 0.0, 'on_exit': False, 'environment': {}, 'files': {}, **more}


def nodes(*processes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the `.nodes` of each node, read again."""
    found = translate({'processes': list(processes), 'components': [], **more})
    return {name: yaml.safe_load(files['.nodes']) for name, files in found.files.items()}


def test_a_command_line_of_launch_is_taken_apart() -> None:
    """Every key that an executable has, each from its place."""
    found = translate({'components': [], 'processes': [process(
        'gdb', '--args', '/opt/ros/jazzy/lib/lidar/scan', '--dev', '3', '--ros-args',
        '-r', '__node:=front', '-r', '__ns:=/left', '--params-file', '/tmp/launch_params_x',
        '-p', 'rate:=3', '-r', 'a:=b', '-r', 'a:=c', '--log-level', 'debug',
        environment={'FOO': 'a${b}'}, files={'/tmp/launch_params_x': '/**: {}\n'})]})
    assert found.notes == []
    assert set(found.files['front']) == {'.nodes', 'parameters_1.yaml'}
    assert yaml.safe_load(found.files['front']['.nodes']) == {
        'node_name': 'front',
        'creation': {
            'package': 'lidar', 'executable': 'scan', 'namespace': 'left',
            'prefix': ['gdb', '--args'],
            'arguments': ['--dev', '3', '--ros-args', '--log-level', 'debug', '--'],
            'parameter_files': ['parameters_1.yaml'], 'parameters': {'rate': 3},
            'remappings': {'a': 'b'}},
        'environment': {'FOO': 'a$${b}'}}


def test_what_an_end_means_is_kept() -> None:
    """Respawn, and an on_exit that says something else than a restart."""
    found = nodes(process('/x/lib/a/b', '--ros-args', '-r', '__node:=one', respawn=True,
                          respawn_delay=2.5),
                  process('/x/lib/a/b', '--ros-args', '-r', '__node:=two', on_exit=True))
    assert found['one']['runtime'] == {'restart_policy': 'always', 'restart_delay': 2.5}
    assert found['two']['runtime'] == {'restart_policy': 'never'}


def test_what_cannot_be_kept_is_said() -> None:
    """A command that is no executable of a package, a second node of one name, none at all."""
    found = translate({'components': [], 'processes': [
        process('echo', 'hi'), process('/x/lib/a/b', '--ros-args', '-r', '__node:=one'),
        process('/x/lib/a/b', '--ros-args', '-r', '__node:=one', '-r', '__ns:=/other'),
        process('/x/lib/a/b-c')]})
    assert list(found.files) == ['one', 'one_2', 'b_c']
    assert found.notes == [
        'left out, since it is not an executable of a package: echo hi',
        "one_2: its ROS node was named 'one'; it is named after its folder now",
        'b_c: its ROS node was named as the program calls it; it is named after its folder now']


def test_components_go_to_their_container() -> None:
    """In the order in which they were loaded."""
    component = {
        'container': '/left/box', 'package': 'a', 'plugin': 'a::B', 'name': 'c',
        'namespace': '/left', 'remappings': ['x:=y'], 'parameters': {'rate': 5},
        'extra_arguments': {}}
    found = translate({'components': [component, {**component, 'container': '/none'}],
                       'processes': [process(
                           '/x/lib/rclcpp_components/component_container', '--ros-args', '-r',
                           '__node:=box', '-r', '__ns:=/left')]})
    assert yaml.safe_load(found.files['box']['.nodes'])['components'] == [{
        'package': 'a', 'plugin': 'a::B', 'name': 'c', 'namespace': 'left',
        'remappings': {'x': 'y'}, 'parameters': {'rate': 5}}]
    assert found.notes == [
        'a::B is not loaded: there is no container /none in the project']

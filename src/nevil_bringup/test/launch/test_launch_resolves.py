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

"""What launch resolves takes effect, and without it the processes are those of ``nevil start``."""

from __future__ import annotations

from pathlib import Path
import sys

from launched import LAUNCH_FILE
from launched import Launched
from launched import PLAIN
import pytest

pytestmark = [pytest.mark.needs_launch, pytest.mark.needs_ros2cli]

AROUND = """
from launch import LaunchDescription
from launch.actions import GroupAction, IncludeLaunchDescription, SetEnvironmentVariable
from launch_ros.actions import PushRosNamespace, SetParameter, SetParametersFromFile, SetRemap
def generate_launch_description():
    return LaunchDescription([GroupAction([
        {around},
        IncludeLaunchDescription({file!r}, launch_arguments=[
            ('project', {project!r}){arguments}])])])
"""


def around(launched: Launched, actions: str, **arguments: str) -> None:
    """Launch the project within a group with these actions before it."""
    given = ''.join(f', ({name!r}, {value!r})' for name, value in arguments.items())
    launched.start_file(launched.script('around.launch.py', AROUND.format(
        around=actions, file=str(LAUNCH_FILE), project=str(launched.robot.project),
        arguments=given)))
    launched.wait_ready()


def two_nodes(launched: Launched) -> None:
    """Make a project with a node of Nevil's and a plain executable with parameters."""
    launched.robot.node('base')
    launched.robot.node('plain', 'creation:\n  package: demo\n  executable: plain\n'
                        '  init_params: {rate: 5}\n')
    prefix = launched.folder / 'prefix'
    (prefix / 'lib' / 'demo').mkdir(parents=True)
    program = prefix / 'lib' / 'demo' / 'plain'
    program.write_text(f'#!{sys.executable}\n{PLAIN}')
    program.chmod(0o755)
    index = prefix / 'share' / 'ament_index' / 'resource_index' / 'packages'
    index.mkdir(parents=True)
    (index / 'demo').touch()
    for environ in (launched.environ, launched.robot.environ):
        environ['AMENT_PREFIX_PATH'] = f'{prefix}:{environ["AMENT_PREFIX_PATH"]}'


def test_command_lines_are_those_of_nevil_start(launched: Launched) -> None:
    """Two ways in, one robot: what launch is not asked for, it does not add."""
    two_nodes(launched)
    launched.robot.start()
    started = {name: launched.command_line(name) for name in ('base', 'plain')}
    launched.robot.nevil('stop')
    launched.start()
    launched.wait_ready()
    assert {name: launched.command_line(name) for name in ('base', 'plain')} == started
    assert '--node' in started['base'] and '__node:=plain' in started['plain']
    launched.end()


def test_namespace_takes_effect(launched: Launched) -> None:
    """By the argument, below one that is pushed around the include; readiness is still heard."""
    two_nodes(launched)
    around(launched, "PushRosNamespace('fleet')", namespace='r1')
    for name in ('base', 'plain'):
        assert launched.command_line(name).endswith(' --ros-args -r __ns:=/fleet/r1')
    nodes = launched.graph('node', 'list')
    assert '/fleet/r1/base' in nodes and '/fleet/r1/plain' in nodes
    muted = launched.robot.nevil('node', 'mute', 'base')
    assert muted.returncode == 0, muted.stdout
    state = launched.graph('lifecycle', 'get', '/fleet/r1/base')
    assert 'inactive' in state
    launched.end()


def test_remappings_and_parameters_take_effect(launched: Launched) -> None:
    """Around an include, as for any other node."""
    two_nodes(launched)
    file = launched.script('more.yaml', '/**:\n  ros__parameters: {gain: 0.5}\n')
    around(launched, "SetRemap('chatter', 'talk'), SetParameter('speed', 3), "
                     f'SetParametersFromFile({str(file)!r})')
    for name in ('base', 'plain'):
        for pair in ('-r chatter:=talk', '-p speed:=3', f'--params-file {file}'):
            assert f' {pair}' in launched.command_line(name)
    assert ' -p rate:=5 ' in launched.command_line('plain')
    topics = launched.graph('topic', 'list').split()
    assert '/talk' in topics and '/chatter' not in topics
    launched.end()


def test_arguments_of_nevil_take_effect(launched: Launched) -> None:
    """use_sim_time for every node, and a level for its log."""
    two_nodes(launched)
    launched.start('use_sim_time:=true', 'log_level:=debug')
    launched.wait_ready()
    for name in ('base', 'plain'):
        assert 'use_sim_time:=true' in launched.command_line(name)
    assert launched.command_line('plain').endswith(' --log-level DEBUG')
    value = launched.graph('param', 'get', '/base', 'use_sim_time')
    assert 'True' in value
    launched.end()


def test_environment_around_an_include_takes_effect(launched: Launched) -> None:
    """A variable that launch sets reaches the node, which is then executed, not forked."""
    two_nodes(launched)
    around(launched, "SetEnvironmentVariable('ARM', 'left')")
    for name, pid in launched.nodes_pids().items():
        assert b'\0ARM=left\0' in Path(f'/proc/{pid}/environ').read_bytes(), name
    launched.end()


def test_selected_nodes_start_with_what_they_require(launched: Launched) -> None:
    """The rest is known, and starts when the operator asks."""
    launched.robot.node('base')
    launched.robot.node('arm', 'dependencies: {requires: [base]}\n')
    launched.robot.node('camera')
    launched.start('nodes:=arm')
    launched.wait_ready()
    states = {node['name']: node['state'] for node in launched.robot.status()['nodes']}
    assert states == {'base': 'ready', 'arm': 'ready', 'camera': 'stopped'}
    assert launched.robot.nevil('node', 'start', 'camera').returncode == 0
    launched.wait(lambda: launched.robot.of('camera')['state'] == 'ready')
    launched.end()


def test_unknown_selection_names_what_is_known(launched: Launched) -> None:
    """A misspelt node must not look like a robot that starts."""
    launched.robot.node('camera')
    launched.start('nodes:=camara')
    assert launched.process is not None and launched.process.wait(20) == 1
    assert "nodes:=camara: 'camara', which is not a node" in launched.text()
    assert "did you mean 'camera'" in launched.text()

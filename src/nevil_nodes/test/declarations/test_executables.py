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

"""Executables in full: namespace, parameters, files, remappings, arguments, prefix, components."""

from __future__ import annotations

from pathlib import Path

from nevil_nodes.declarations import from_json
from nevil_nodes.declarations import to_json
from nevil_nodes.declarations.plan import ComponentPlan
from nevil_nodes.declarations.plan import Plan
import pytest
from written_project import Project

AT = 'nodes/camera/.nodes'
CREATION = """
creation:
  package: lidar
  executable: scan
"""


def plan(project: Project, own: str) -> Plan:
    """Return the plan of a project with the node camera."""
    project.node('camera', CREATION + own)
    result = project.load()
    assert result.plan is not None and not result.problems, result.problems
    assert from_json(to_json(result.plan)) == result.plan
    return result.plan


def problems(project: Project, own: str, creation: str = CREATION) -> list[str]:
    """Return what is wrong with the node camera, without where."""
    project.node('camera', creation + own)
    return project.problems()


def test_the_command_line_has_everything_in_the_order_of_launch(lidar: Project) -> None:
    """What stands later wins in ROS: files, then parameters, then remappings."""
    lidar.write('nodes/camera/own.yaml', '')
    lidar.write('all.yaml', '')
    process = plan(lidar, """
  namespace: left/arm
  prefix: [env, A=1]
  arguments: [--device, 3]
  parameter_files: [all.yaml, own.yaml]
  init_params: {rate: 1}
  parameters: {rate: 2, deep: {on: true}}
  remappings: {scan: /scan, ~/x: y}
""").processes[0]
    program = f'{lidar.environ["AMENT_PREFIX_PATH"]}/lib/lidar/scan'
    assert process.argv == (
        'env', 'A=1', program, '--device', '3', '--ros-args', '-r', '__node:=camera',
        '-r', '__ns:=/left/arm', '--params-file', str(lidar.folder / 'all.yaml'),
        '--params-file', str(lidar.folder / 'nodes/camera/own.yaml'), '-p', 'rate:=1',
        '-p', 'rate:=2', '-p', 'deep.on:=true', '-r', 'scan:=/scan', '-r', '~/x:=y')


def test_output_may_be_for_the_log_alone(lidar: Project) -> None:
    """Else it is printed where the robot's logs are."""
    assert not plan(lidar, '').node('camera').quiet
    assert plan(lidar, '  output: log\n').node('camera').quiet


def test_components_are_loaded_in_the_order_of_the_file(lidar: Project) -> None:
    """With flat parameters and rules of remapping, as the container takes them."""
    components = plan(lidar, """
components:
  - {package: image_proc, plugin: "image_proc::RectifyNode", name: rectify, namespace: left,
     parameters: {queue: {size: 5}}, remappings: {image: raw},
     extra_arguments: {use_intra_process_comms: true}}
  - {package: image_proc, plugin: "image_proc::CropNode"}
""").node('camera').components
    assert components == (
        ComponentPlan(package='image_proc', plugin='image_proc::RectifyNode', name='rectify',
                      namespace='/left', parameters={'queue.size': 5}, remappings=('image:=raw',),
                      extra_arguments={'use_intra_process_comms': True}),
        ComponentPlan(package='image_proc', plugin='image_proc::CropNode'))


@pytest.mark.parametrize(('own', 'problem'), [
    ('  parameter_files: [no.yaml]\n',
     f"error: {AT}:4: creation.parameter_files: there is no file 'no.yaml' in the node's folder or"
     ' the project; correct the path, or create the file'),
    ('  prefix: [no_such_program]\n',
     f"error: {AT}:4: creation.prefix: there is no program 'no_such_program' in PATH; install it,"
     ' or correct its name'),
    ('  prefix: gdb --args\n',
     f"error: {AT}:4: creation.prefix: 'gdb --args' is not a list; write its words as a list, no"
     ' shell reads them: ["gdb", "--args"]'),
    ('  namespace: "a b"\n',
     f"error: {AT}:4: creation.namespace: 'a b' is not a ROS namespace, such as /left/camera"),
    ('  parameters: {list: []}\n',
     f'error: {AT}:4: creation.parameters.list: an empty list has no type, so ROS does not'
     ' accept it as a parameter; add a value, or remove the key: the node then uses its default'),
    ('components:\n  - {plugin: a}\n',
     f'error: {AT}:5: components: needs package; add package: it is found by that'),
    ('components:\n  - {package: a, plugin: b, name: c}\n  - {package: a, plugin: d, name: c}\n',
     f"error: {AT}:6: components.name: 'c' is the name of another component ({AT}:5); give each"
     ' its own name or namespace'),
    ('components:\n  - {package: a, plugin: b, parameters: {x: [1, a]}}\n',
     f'error: {AT}:5: components.parameters.x: holds values of several types, but a list of ROS'
     ' has one; write the same type everywhere, texts in quotes'),
    ('components:\n  - {package: a, plugin: b, nam: c}\n',
     f'warning: {AT}:5: components.0.nam: is not a known key and has no effect; did you mean'
     " 'name'?"),
])
def test_what_is_wrong_is_told_with_its_line(lidar: Project, own: str, problem: str) -> None:
    """An executable that ends at once says less."""
    assert problem in problems(lidar, own)


def test_containers_need_their_services(lidar: Project) -> None:
    """Some installations of ROS lack them; better told now than by a node that is not ready."""
    (Path(lidar.environ['AMENT_PREFIX_PATH']) / 'share' / 'composition_interfaces').rmdir()
    found = problems(lidar, 'components:\n  - {package: a, plugin: b}\n')
    assert len(found) == 1 and 'composition_interfaces, which containers are asked by' in found[0]


def test_a_class_has_no_use_for_them(project: Project) -> None:
    """It would look as if they were followed."""
    assert problems(project, 'creation: {namespace: left, arguments: [a]}\n', '') == [
        f'warning: {AT}:1: creation.{key}: has no effect: it is for executables, and the node is a'
        ' class; add creation.package and creation.executable, or remove it'
        for key in ('arguments', 'namespace')]


def test_a_plain_script_is_a_node(lidar: Project) -> None:
    """It gets no arguments of ROS, and nobody asks it for parameters."""
    script = lidar.folder / 'nodes' / 'horn' / 'horn.sh'
    lidar.node('horn', 'creation: {command: [./horn.sh, --loud], prefix: [nice]}\n')
    script.write_text('#!/bin/sh\n')
    script.chmod(0o755)
    result = lidar.load()
    assert result.plan is not None and not result.problems, result.problems
    process = next(one for one in result.plan.processes if one.name == 'horn')
    assert process.argv == ('nice', str(script), '--loud') and not process.fork
    assert result.plan.node('horn').kind == 'executable'
    assert result.plan.node('horn').probes == {}


@pytest.mark.parametrize(('own', 'wrong'), [
    ('command: [./horn.sh]', "there is no file './horn.sh' in the node's folder or the project"),
    ('command: [./.nodes]', "'./.nodes' may not be executed; chmod +x "),
    ('command: [horn.sh]', "no program 'horn.sh' in PATH; install it, or write ./horn.sh"),
    ('{command: [sh], package: lidar, executable: scan}',
     'is not used together with creation.command'),
    ('{command: [sh], class_name: Horn}', 'is not used together with creation.command'),
    ('{command: [sh], parameters: {a: 1}}', 'has no effect: a command is not a ROS node'),
    ('command: []', 'creation.command: is empty'), ('command: sh', 'creation.command: ')])
def test_a_command_that_cannot_be_is_refused(lidar: Project, own: str, wrong: str) -> None:
    """Before anything starts, with the way out."""
    own = own if own.startswith('{') else f'{{{own}}}'
    lidar.node('horn', f'creation: {own}\n')
    assert any(wrong in one for one in lidar.problems()), lidar.problems()


def test_isolated_component_has_a_container_of_its_own_kind(lidar: Project) -> None:
    """Of the same command line; who requires the container requires all its components."""
    lidar.node('viewer', CREATION + 'dependencies: {requires: [camera]}\n')
    found = plan(lidar, """
  arguments: [--isolated]
  parameters: {rate: 2}
components:
  - {package: p, plugin: First, name: one}
  - {package: p, plugin: Second, name: two, isolate: true}
""")
    assert [one.name for one in found.node('camera').components] == ['one']
    assert [one.name for one in found.node('camera_two').components] == ['two']
    argv = {process.name: process.argv for process in found.processes}
    assert argv['camera_two'] == tuple(
        word.replace('__node:=camera', '__node:=camera_two') for word in argv['camera'])
    assert set(found.node('viewer').requires) == {'camera', 'camera_two'}


def test_isolated_component_takes_no_name_of_another_node(lidar: Project) -> None:
    """Two nodes of one name would be one for everybody who asks."""
    lidar.node('camera_two', CREATION)
    found, = problems(lidar, 'components: [{package: p, plugin: P, name: two, isolate: true}]\n')
    assert "its container would be named 'camera_two', as another node is" in found

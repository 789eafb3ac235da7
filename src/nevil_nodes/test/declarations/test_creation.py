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

"""Classes and executables that nodes are made of."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from nevil_nodes.declarations.executable import command_line
from nevil_nodes.declarations.python_class import read_classes
import pytest
from written_project import Project

AT = 'error: nodes/camera/.nodes'


@pytest.mark.parametrize('module', [
    'nodes.camera.eyes', 'nodes/camera/eyes.py', 'eyes.py', 'eyes', './eyes.py'])
def test_a_module_may_be_a_file_or_dotted(project: Project, module: str) -> None:
    """Relative to the node or to the project; both are in use."""
    folder = project.node('camera', f'creation: {{class_name: Eye, module_path: {module}}}\n')
    (folder / 'eyes.py').write_text('class Eye:\n    pass\n')
    result = project.load()
    assert result.problems == ()
    assert result.plan is not None
    assert result.plan.node('camera').module == str(folder.resolve() / 'eyes.py')


def test_an_installed_module_stays_dotted(project: Project) -> None:
    """It is imported by its name, so that it finds its own package."""
    project.node('camera', 'creation: {class_name: JSONDecoder, module_path: json.decoder}\n')
    plan = project.load().plan
    assert plan is not None
    assert plan.node('camera').module == 'json.decoder'


def test_a_module_is_found_through_pythonpath(project: Project) -> None:
    """The node's own search path counts, relative to the project."""
    project.node('camera', """
        creation: {class_name: Eye, module_path: eyes}
        environment: {PYTHONPATH: "${PYTHONPATH}:./lib"}
        """)
    project.write('lib/eyes.py', 'class Eye:\n    pass\n')
    assert project.problems() == []


def test_nothing_is_imported(project: Project) -> None:
    """Validating a project must not run its code."""
    ran = project.folder / 'ran'
    project.node('camera', source=f'open({str(ran)!r}, "w")\nclass CameraNode:\n    pass\n')
    assert project.problems() == []
    assert not ran.exists()


@pytest.mark.parametrize(('text', 'problem'), [
    ('creation: {class_name: CameraNod}\n',
     f"{AT}:1: creation.class_name: there is no class 'CameraNod' in nodes/camera/camera_node.py;"
     " it has CameraNode; did you mean 'CameraNode'?"),
    ('creation: {module_path: eyes.py}\n',
     f"{AT}:1: creation.module_path: there is no file 'eyes.py' in the node's folder or the"
     ' project; correct the path, or create the file'),
    ('creation: {module_path: robot.eyes}\n',
     f"{AT}:1: creation.module_path: there is no module 'robot.eyes' in the project, the node's"
     " folder or Python's path; correct the path, or create the file"),
    ('creation: {package: demo_nodes_cpp}\n',
     f'{AT}:1: creation.package: needs creation.executable too; add creation.executable, or remove'
     ' creation.package'),
])
def test_what_is_missing_is_named(project: Project, text: str, problem: str) -> None:
    """Before anything starts."""
    project.node('camera', text)
    assert project.problems() == [problem]


def test_a_node_without_code_is_an_error(project: Project) -> None:
    """Both ways out are named."""
    project.write('nodes/camera/.nodes', 'version: "1"\n')
    assert project.problems() == [
        f"{AT}: creation: there is no camera_node.py beside it; write the class 'CameraNode'"
        ' there, or name creation.module_path (or creation.package and creation.executable)']


def test_code_of_a_node_whose_file_cannot_be_read_is_not_looked_for(project: Project) -> None:
    """The file may name it anywhere, and one mistake is one problem."""
    project.write('nodes/camera/.nodes', 'creation: [\n')
    problems = project.problems()
    assert len(problems) == 1 and 'is not YAML' in problems[0], problems


def test_code_of_a_disabled_node_may_be_missing(project: Project) -> None:
    """It is how a node that is not ready yet is kept out."""
    project.write('nodes/camera/.nodes', 'runtime: {status: disabled}\n')
    assert project.problems() == []


def test_a_file_that_is_no_python_is_reported_with_its_line(project: Project) -> None:
    """It would fail in every restart."""
    project.node('camera', source='import os\nclass CameraNode\n    pass\n')
    assert project.problems() == [
        "error: nodes/camera/camera_node.py:2: is not Python: expected ':'; make it a Python file"
        " with the class 'CameraNode'"]


@pytest.mark.parametrize('source', [
    'from types import CameraNode\n', 'from types import Eye as CameraNode\n',
    'from types import *\n', 'CameraNode = type("CameraNode", (), {})\n',
    'try:\n    from a import CameraNode\nexcept ImportError:\n    pass\n',
    'if True:\n    class CameraNode:\n        pass\n'])
def test_a_class_may_come_from_anywhere(project: Project, source: str) -> None:
    """No false alarm where the file only binds the name."""
    project.node('camera', source=source)
    assert project.problems() == []


@pytest.mark.parametrize(('module', 'class_name', 'found'), [
    ('calendar', 'Calendar', True), ('json', 'JSONDecoder', True), ('sys', 'X', False),
    ('json.nothing', 'X', False), ('no_such_module.x', 'X', False), ('.x', 'X', False)])
def test_installed_modules_are_found_where_python_finds_them(
        project: Project, module: str, class_name: str, found: bool) -> None:
    """Single files and packages; what has no Python file cannot hold a node's class."""
    project.node('camera', f'creation: {{class_name: {class_name}, module_path: {module}}}\n')
    problems = project.problems()
    assert (problems == []) == found
    assert found or f"there is no module '{module}'" in problems[0]


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """It may have gone since it was found."""
    assert read_classes(tmp_path / 'gone.py').error == 'cannot be read: No such file or directory'


@given(st.binary() | st.text().map(lambda text: text.encode('utf-8', 'surrogatepass')))
def test_any_python_file_is_read(
        tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Garbage gives an error text, never an exception."""
    file = tmp_path_factory.getbasetemp() / 'garbage.py'
    file.write_bytes(content)
    read_classes(file)


def test_modules_outside_must_be_allowed(project: Project, tmp_path: Path) -> None:
    """`allowed_paths` fences where code comes from; the project itself is always inside."""
    other = tmp_path / 'other' / 'eyes.py'
    other.parent.mkdir()
    other.write_text('class CameraNode:\n    pass\n')
    project.node('camera', f'creation: {{module_path: {other}}}\n')
    assert project.problems() == []
    project.root('security: {allowed_paths: [./nodes]}\n')
    assert project.problems() == [
        f'{AT}:1: creation.module_path: {other} is outside of the project and of'
        f" security.allowed_paths; add '{other.parent}' to security.allowed_paths, or move the"
        ' file']
    project.root(f'security: {{allowed_paths: [{other.parent}]}}\n')
    assert project.problems() == []


@pytest.fixture
def prefix(project: Project, tmp_path: Path) -> Path:
    """Return a ROS installation with one package of two executables; the project sees it."""
    prefix = tmp_path / 'ros'
    for program in ('talker', 'listener'):
        file = prefix / 'lib' / 'demo_nodes' / program
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('#!/bin/sh\n')
        file.chmod(0o755)
    (prefix / 'lib' / 'demo_nodes' / 'data.txt').write_text('')
    (prefix / 'share' / 'demo_nodes').mkdir(parents=True)
    (prefix / 'share' / 'only_messages').mkdir(parents=True)
    project.environ['AMENT_PREFIX_PATH'] = f'/nowhere:{prefix}'
    return prefix


def executable(project: Project, package: str, name: str, more: str = '') -> None:
    """Make the node camera an executable, in line 2 of its file."""
    project.write('nodes/camera/.nodes',
                  f'version: "1"\ncreation: {{package: {package}, executable: {name}}}\n{more}')


def test_executables_are_found_through_the_prefix_path(project: Project, prefix: Path) -> None:
    """And run by their path, under the node's name, never forked."""
    executable(project, 'demo_nodes', 'talker')
    result = project.load()
    assert result.problems == ()
    assert result.plan is not None
    process = result.plan.processes[0]
    assert process.argv == (
        str(prefix / 'lib/demo_nodes/talker'), '--ros-args', '-r', '__node:=camera')
    assert process.fork is False
    assert result.plan.node('camera').kind == 'executable'


@pytest.mark.parametrize(('package', 'name', 'problem'), [
    ('demo_nodes', 'taker',
     "package 'demo_nodes' has no executable 'taker'; it has listener, talker;"
     " did you mean 'talker'?"),
    ('demo_nodes', 'data.txt',
     "package 'demo_nodes' has no executable 'data.txt'; it has listener, talker;"
     ' name one of them'),
    ('demo_node', 'talker',
     "there is no package 'demo_node' in this ROS 2 environment; did you mean 'demo_nodes'?"),
    ('only_messages', 'talker',
     "package 'only_messages' has no executable at all; name another package, or install its"
     ' executables to lib/<package>'),
])
@pytest.mark.usefixtures('prefix')
def test_a_missing_executable_says_what_is_there_instead(
        project: Project, package: str, name: str, problem: str) -> None:
    """So that the user need not look."""
    executable(project, package, name)
    assert project.problems() == [f'{AT}:2: creation.executable: {problem}']


def test_without_ros_an_executable_is_a_warning(project: Project) -> None:
    """Files can be validated where there is no ROS."""
    executable(project, 'demo_nodes', 'talker')
    assert project.problems() == [
        "warning: nodes/camera/.nodes:2: creation.executable: 'demo_nodes' cannot be looked up: no"
        ' ROS 2 environment is set; source ROS 2 (AMENT_PREFIX_PATH) before']


@pytest.mark.usefixtures('prefix')
def test_an_executable_is_not_composed(project: Project) -> None:
    """It cannot share a Python process."""
    executable(project, 'demo_nodes', 'talker', 'runtime: {isolated_process: false}\n')
    assert project.problems() == [
        'warning: nodes/camera/.nodes:3: runtime.isolated_process: an executable always has its'
        ' own process; write isolated_process: true']
    plan = project.load().plan
    assert plan is not None
    assert plan.node('camera').process == 'camera'


def test_init_params_become_ros_parameters() -> None:
    """Nested ones dotted, values as YAML, empty ones left to the executable."""
    params = {'rate': 10, 'name': 'a b', 'on': True, 'deep': {'list': [1, 2]}, 'none': None}
    creation = {'prefix': [], 'arguments': [], 'init_params': params, 'parameters': {},
                'remappings': {}}
    assert command_line(('talker',), 'n', creation, (), 'WARNING') == (
        'talker', '--ros-args', '-r', '__node:=n', '-p', 'rate:=10', '-p', 'name:="a b"',
        '-p', 'on:=true', '-p', 'deep.list:=[1, 2]', '--log-level', 'warn')


SUBSCRIBES = """
    subscribes:
      - {topic: image, message_type: std_msgs/msg/String, callback: on_image}
    """


def test_a_callback_that_the_class_does_not_have_is_found(project: Project) -> None:
    """As the method of a health check is: else the node fails at every start."""
    project.node('camera', messages=SUBSCRIBES, source='class CameraNode:\n'
                 '    def on_imag(self, message):\n        pass\n')
    assert project.problems() == [
        "error: nodes/camera/.messages:2: image: class 'CameraNode' has no method 'on_image',"
        " which its callback names; did you mean 'on_imag'?"]


@pytest.mark.parametrize('source', [
    'class CameraNode:\n    def on_image(self, message):\n        pass\n',
    'class CameraNode:\n    def __init__(self):\n        self.on_image = print\n',
    'from eyes import Base\nclass CameraNode(Base):\n    pass\n'])
def test_a_callback_that_may_be_there_is_right(project: Project, source: str) -> None:
    """Inherited, or set by a method: what cannot be seen is not refused."""
    project.node('camera', messages=SUBSCRIBES, source=source)
    project.write('nodes/camera/eyes.py', 'class Base:\n    pass\n')
    assert project.problems() == []


FOUND = """
import os, json.decoder
import beside
from package.part import something
import numpy as np
import robot_msgs.msg
try:
    import not_here_perhaps
except ImportError:
    pass
if os.name == 'nt':
    import not_here_either
class CameraNode:
    import not_here_third
"""


@pytest.mark.parametrize(('source', 'wrong'), [
    (FOUND, []),
    ('import RPi_GPIO\nfrom no_such.part import x\nclass CameraNode: pass\n',
     [(1, 'RPi_GPIO'), (2, 'no_such')]),
    ('import sys\nsys.path.append("/x")\nimport nowhere\nclass CameraNode: pass\n', []),
    ('from . import sister\nclass CameraNode: pass\n', [])])
def test_a_module_that_is_not_here_is_a_warning(
        project: Project, source: str, wrong: list[tuple[int, str]]) -> None:
    """The node cannot start; the others can. What is tried or comes with a build is not told."""
    project.node('camera', source=source)
    project.write('nodes/camera/beside.py', '')
    project.write('package/part.py', '')
    assert project.problems() == [
        f"warning: nodes/camera/camera_node.py:{line}: imports '{name}', which is not found here:"
        ' the node will not start; install it, or name its folder in PYTHONPATH under environment'
        for line, name in wrong]

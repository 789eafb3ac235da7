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

"""Which folders are nodes."""

from __future__ import annotations

import os

import pytest
from written_project import Project


def names(project: Project) -> list[str]:
    """Return the nodes of a project without problems, in start order."""
    result = project.load()
    assert result.problems == ()
    assert result.plan is not None
    return [node.name for node in result.plan.nodes]


def test_any_of_three_files_makes_a_node(project: Project) -> None:
    """`.nodes` is optional, and so is `.messages`."""
    project.node('plain')
    project.node('described', 'version: "1"\n')
    project.write('nodes/not_a_node/readme.txt', '')
    project.write('nodes/__pycache__/.nodes', '')
    project.write('nodes/.hidden/.nodes', '')
    assert names(project) == ['described', 'plain']


@pytest.mark.parametrize(('recursive', 'found'), [('true', ['deep', 'top']), ('false', ['top'])])
def test_scanning_goes_as_deep_as_the_file_says(
        project: Project, recursive: str, found: list[str]) -> None:
    """Large robots group their nodes in folders."""
    project.root(f'nodes: {{discovery: {{scan_recursive: {recursive}}}}}\n')
    project.node('top')
    project.node('deep', folder='nodes/vision/front')
    assert names(project) == found


def test_the_folder_of_the_nodes_can_be_another(project: Project) -> None:
    """`nodes_directory` names it."""
    project.root('nodes: {discovery: {nodes_directory: robot/parts}}\n')
    project.node('camera', folder='robot/parts')
    assert names(project) == ['camera']


def test_a_missing_folder_is_an_error(project: Project) -> None:
    """A robot without nodes is a mistake in the path."""
    project.root('nodes:\n  discovery:\n    nodes_directory: parts\n')
    assert project.problems() == [
        "error: .nodes:4: nodes.discovery.nodes_directory: folder 'parts' cannot be read: No such"
        ' file or directory; create it, or name the folder that holds the nodes']


def test_links_to_folders_are_followed_and_circles_end(project: Project) -> None:
    """A node shared by two robots is a link."""
    project.node('camera', folder='shared')
    (project.folder / 'nodes').mkdir()
    os.symlink('../shared/camera', project.folder / 'nodes' / 'camera')
    os.symlink('..', project.folder / 'nodes' / 'back')
    project.root('nodes: {discovery: {scan_recursive: true}}\n')
    assert names(project) == ['camera']


def test_two_folders_of_one_name_are_an_error(project: Project) -> None:
    """A node's name is that of its folder, and there is one of each."""
    project.node('camera', folder='nodes/back')
    project.node('camera', folder='nodes/front')
    assert project.problems() == [
        "error: nodes/front/camera: is a second node 'camera', the first is in"
        " 'nodes/back/camera'; rename one of the folders"]


def test_names_that_ros_refuses_are_errors(project: Project) -> None:
    """With a name that would do."""
    project.node('2nd')
    project.node('front-camera')
    project.node('system')
    assert project.problems() == [
        "error: nodes/2nd: '2nd' is not a ROS node name (letters, digits and _, not starting with"
        " a digit); rename the folder, for example 'node_2nd'",
        "error: nodes/front-camera: 'front-camera' is not a ROS node name (letters, digits and _,"
        " not starting with a digit); rename the folder, for example 'front_camera'",
        "error: nodes/system: 'system' is a name that Nevil uses itself; rename the folder, for"
        " example 'system_node'"]


def test_without_discovery_the_startup_order_is_the_set_of_nodes(project: Project) -> None:
    """Other folders are left alone."""
    project.root("""
        nodes: {discovery: {auto_discover: false}}
        launch: {startup_order: [lidar, camera]}
        """)
    for name in ('camera', 'lidar', 'unused'):
        project.node(name)
    assert names(project) == ['lidar', 'camera']


def test_without_discovery_and_order_there_is_no_node(project: Project) -> None:
    """That is not what anybody wants."""
    project.root('nodes: {discovery: {auto_discover: false}}\n')
    project.node('camera')
    assert project.problems() == [
        'error: .nodes:2: nodes.discovery.auto_discover: discovery is off and'
        ' launch.startup_order is empty: there is no node; list the nodes in'
        ' launch.startup_order, or write auto_discover: true']


def test_unknown_names_are_reported_with_the_nearest_known(project: Project) -> None:
    """An order that names no node is an error; an override of none cannot do harm."""
    project.root("""
        nodes:
          global_overrides: {camra: {runtime: {priority: low}}}
          status_overrides:
            disabled_nodes: [camerb, ghost]
        launch:
          startup_order:
            - camera
            - camerra
        """)
    project.node('camera')
    assert project.problems() == [
        "warning: .nodes:4: nodes.global_overrides.camra: there is no node 'camra';"
        " did you mean 'camera'?",
        "warning: .nodes:6: nodes.status_overrides.disabled_nodes: there is no node 'camerb';"
        " did you mean 'camera'?",
        "warning: .nodes:6: nodes.status_overrides.disabled_nodes: there is no node 'ghost';"
        ' remove the name',
        "error: .nodes:10: launch.startup_order: there is no node 'camerra';"
        " did you mean 'camera'?"]


@pytest.mark.parametrize(('folder', 'name'), [
    ('My Robot-2', 'my_robot_2'), ('7up', 'robot_7up'), ('___', 'robot'), ('a__b', 'a_b')])
def test_a_project_is_called_after_its_folder(
        tmp_path_factory: pytest.TempPathFactory, folder: str, name: str) -> None:
    """Made a name that a ROS package may have."""
    path = tmp_path_factory.mktemp('x') / folder
    path.mkdir()
    project = Project(path)
    project.node('camera')
    plan = project.load().plan
    assert plan is not None
    assert plan.project == name


@pytest.mark.parametrize(('root', 'problem'), [
    ('name: nevil\n',
     "error: .nodes:2: name: 'nevil' is taken: 'nevil_msgs' is the name of another package; give"
     ' the project another name in the root .nodes, for example `name: nevil_robot`'),
    ('name: My-Robot\n',
     "error: .nodes:2: name: 'My-Robot' is not a ROS package name: lower case letters, digits and"
     ' single _, starting with a letter'),
])
def test_names_of_projects_are_checked(project: Project, root: str, problem: str) -> None:
    """Their message package must not be that of somebody else."""
    project.root(root)
    project.node('camera')
    assert project.problems() == [problem]


def test_a_folder_without_root_file_is_no_project(project: Project) -> None:
    """The way out is named."""
    (project.folder / '.nodes').unlink()
    assert project.problems() == [
        f'error: {project.folder}: there is no .nodes file here, so this is not a project; '
        'go to the folder of a'
        ' project, or make one with `nevil init NAME`']

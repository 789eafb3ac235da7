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

"""Which project a command is meant for."""

from __future__ import annotations

from pathlib import Path

from nevil_bringup.errors import UserError
from nevil_bringup.project import find_project
from nevil_bringup.project import reference_robot
import pytest

ROOT = 'version: "3.0"\nlaunch:\n  parallel_launch: true\n'
NODE = 'node_name: camera\nruntime:\n  status: live\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a node; the working directory is that of the node."""
    project = tmp_path / 'robbie'
    node = project / 'nodes' / 'camera'
    node.mkdir(parents=True)
    (project / '.nodes').write_text(ROOT)
    (node / '.nodes').write_text(NODE)
    monkeypatch.delenv('NEVIL_PROJECT', raising=False)
    monkeypatch.chdir(node)
    return project


def test_the_nearest_folder_upwards_with_a_root_file(project: Path) -> None:
    """A node's folder has a .nodes too, and is not the project."""
    assert find_project(None) == project


def test_a_node_file_of_any_form_is_no_root(project: Path) -> None:
    """Comments, quotes and a start with a document marker do not mislead."""
    Path('.nodes').write_text('---\n# system: no\n"creation":\n  class_name: X\n')
    assert find_project(None) == project


def test_a_root_file_may_be_minimal(project: Path) -> None:
    """Only the version is required."""
    (project / '.nodes').write_text('version: "3.0"\n')
    assert find_project(None) == project


def test_option_before_variable_before_folder(
        project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearer to the command, the stronger."""
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
        (tmp_path / name / '.nodes').write_text(ROOT)
    monkeypatch.setenv('NEVIL_PROJECT', str(tmp_path / 'one'))
    assert find_project(None) == tmp_path / 'one'
    assert find_project(str(tmp_path / 'two')) == tmp_path / 'two'


def test_elsewhere_it_is_the_reference_robot(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first minute needs no project."""
    monkeypatch.delenv('NEVIL_PROJECT', raising=False)
    monkeypatch.chdir(tmp_path)
    robot = find_project(None)
    assert robot == reference_robot() and robot.parts[-2:] == ('robots', 'nevil')
    share = tmp_path / 'prefix' / 'share' / 'nevil_bringup' / 'robots' / 'nevil'
    share.mkdir(parents=True)
    (share / '.nodes').write_text(ROOT)
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'/nowhere:{tmp_path / "prefix"}')
    assert find_project(None) == share


@pytest.mark.parametrize(('folder', 'error'), [
    ('empty', '--project: empty has no .nodes file; nevil init NAME creates a project'),
    ('none', '--project: none is not a folder; nevil init NAME creates a project'),
])
def test_a_folder_that_is_no_project_is_refused(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, error: str) -> None:
    """A slip in the name must not start another robot."""
    (tmp_path / 'empty').mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        find_project(folder)
    assert str(caught.value) == error

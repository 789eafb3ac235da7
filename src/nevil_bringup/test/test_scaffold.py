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

"""A new project: complete, valid, and all or nothing."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess

from nevil_bringup import scaffold
from nevil_bringup.scaffold import create
from nevil_bringup.scaffold import ScaffoldError
from nevil_nodes.declarations import load_project
import pytest

LAUNCHER = """#!/bin/sh
echo "$NEVIL_PROJECT" "$@"
"""


@pytest.fixture
def launcher(tmp_path: Path) -> Path:
    """Return a program that says how it was called."""
    path = tmp_path / "nevil's launcher"
    path.write_text(LAUNCHER)
    path.chmod(0o755)
    return path


def test_the_scaffold_is_that_of_the_format(tmp_path: Path, launcher: Path) -> None:
    """Every file is there and is told to the caller."""
    files = create('my_robot', tmp_path, launcher=launcher)
    project = tmp_path / 'my_robot'
    nodes = [f'nodes/{node}/{file}' for node in scaffold.NODES
             for file in ('.messages', '.nodes', f'{node}_node.py')]
    assert [str(file.relative_to(project)) for file in files] == sorted([
        '.env.example', '.gitignore', '.nodes', 'README.md', 'nevil', 'tests/test_project.py',
        *nodes])
    assert (project / 'logs').is_dir()
    assert os.access(project / 'nevil', os.X_OK)
    assert not any(file.is_symlink() for file in files), 'the files belong to the user'
    mask = os.umask(0)
    os.umask(mask)
    assert project.stat().st_mode & 0o777 == 0o777 & ~mask


def test_a_new_project_has_no_problem(tmp_path: Path, launcher: Path) -> None:
    """Not even a warning, and its classes are its own files."""
    create('my_robot', tmp_path, launcher=launcher)
    result = load_project(tmp_path / 'my_robot', environ={})
    assert result.problems == ()
    assert result.plan is not None
    assert result.plan.project == 'my_robot'
    assert [node.name for node in result.plan.nodes] == [
        'speech_synthesis', 'ai_cognition', 'speech_recognition']
    for node in result.plan.nodes:
        assert node.module == str(
            (tmp_path / 'my_robot' / 'nodes' / node.name / f'{node.name}_node.py').resolve())


def test_its_example_of_an_env_file_has_an_effect(tmp_path: Path, launcher: Path) -> None:
    """The README tells to copy it; the log level in it is then the system's."""
    create('my_robot', tmp_path, launcher=launcher)
    project = tmp_path / 'my_robot'
    text = (project / '.env.example').read_text()
    (project / '.env').write_text(text.replace('LOG_LEVEL=INFO', 'LOG_LEVEL=DEBUG'))
    plan = load_project(project, environ={}).plan
    assert plan is not None
    assert plan.logs.level == 'DEBUG'


def test_its_script_runs_nevil_with_this_project(tmp_path: Path, launcher: Path) -> None:
    """From any folder, through a link too, with the arguments as they are."""
    create('my_robot', tmp_path, launcher=launcher)
    link = tmp_path / 'link'
    link.symlink_to('my_robot/nevil')
    for script in (tmp_path / 'my_robot' / 'nevil', link):
        done = subprocess.run([script, 'say', 'two words'], cwd='/', capture_output=True,
                              text=True, timeout=30)
        assert done.stdout == f'{(tmp_path / "my_robot").resolve()} say two words\n', done.stderr


def test_its_script_says_when_nevil_is_gone(tmp_path: Path, launcher: Path) -> None:
    """And does not call itself for ever when it is the only `nevil` on the path."""
    create('my_robot', tmp_path, launcher=launcher)
    launcher.unlink()
    project = tmp_path / 'my_robot'
    done = subprocess.run(
        [project / 'nevil', 'start'], capture_output=True, text=True, timeout=30,
        env={'PATH': f'{project}:/usr/bin:/bin'})
    assert done.returncode == 127
    assert done.stderr == (f"nevil: {launcher} is not there any more; write Nevil's path into"
                           f' launcher= of {project.resolve()}/nevil\n')


@pytest.mark.parametrize(('name', 'reason'), [
    ('', 'the project needs a name: nevil init NAME'),
    ('a/b', "'a/b' is a path or an option, not a name; go to the folder that is to hold the"
            ' project and give its name only'),
    ('..', "'..' is a path or an option, not a name; go to the folder that is to hold the project"
           ' and give its name only'),
    ('--help', "'--help' is a path or an option, not a name; go to the folder that is to hold the"
               ' project and give its name only'),
    ('My-Robot', "'My-Robot' is not a ROS package name: lower case letters, digits and single _,"
                 " starting with a letter; choose another, for example 'my_robot'"),
    ('sensor', "'sensor' is taken: 'sensor_msgs' is the name of another package; choose another,"
               " for example 'sensor_robot'"),
    ('nevil', "'nevil' is taken: 'nevil_msgs' is the name of another package; choose another,"
              " for example 'nevil_robot'"),
    ('a\nb', "'a\nb' is not a ROS package name: lower case letters, digits and single _, starting"
             " with a letter; choose another, for example 'a_b'"),
    ('x' * 300, f'/{"x" * 300} cannot be created: File name too long'),
])
def test_bad_names_are_refused_with_the_reason(
        tmp_path: Path, launcher: Path, name: str, reason: str) -> None:
    """Before anything is written."""
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ScaffoldError) as caught:
        create(name, tmp_path, launcher=launcher)
    assert str(caught.value).replace(str(tmp_path), '') == reason
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize('kind', ['folder', 'file', 'broken link'])
def test_what_exists_is_left_alone(tmp_path: Path, launcher: Path, kind: str) -> None:
    """Even an empty folder may be somebody's."""
    target = tmp_path / 'my_robot'
    if kind == 'folder':
        target.mkdir()
    elif kind == 'file':
        target.write_text('mine')
    else:
        target.symlink_to('nowhere')
    with pytest.raises(ScaffoldError, match='already exists; choose another name, or remove it'):
        create('my_robot', tmp_path, launcher=launcher)
    assert sorted(tmp_path.iterdir()) == sorted([launcher, target])


def test_a_parent_that_is_missing_is_refused(tmp_path: Path, launcher: Path) -> None:
    """It is more likely a typing error than intended."""
    with pytest.raises(ScaffoldError, match='is not a folder; create it first'):
        create('my_robot', tmp_path / 'nowhere', launcher=launcher)


def test_a_failure_leaves_nothing_behind(
        tmp_path: Path, launcher: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a project would be in the way of the next attempt."""
    monkeypatch.setattr(scaffold, 'NODES', (*scaffold.NODES, 'not_installed'))
    with pytest.raises(ScaffoldError, match='the source of not_installed is not installed'):
        create('my_robot', tmp_path, launcher=launcher)
    assert list(tmp_path.iterdir()) == [launcher]

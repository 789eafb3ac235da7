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

"""The supervisor's process trusts no folder that another user could have prepared."""

from __future__ import annotations

import os
from pathlib import Path

from nevil_bringup.paths import project_paths
from nevil_bringup.supervisor.main import main
import pytest


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of all runtime folders, not made yet; there is an empty project."""
    (tmp_path / 'robot').mkdir()
    monkeypatch.setenv('NEVIL_STATE_DIR', str(tmp_path / 's'))
    monkeypatch.setenv('NEVIL_RUNTIME_DIR', str(tmp_path / 'r'))
    return tmp_path / 'r'


def _start(root: Path) -> int:
    """Start a supervisor for a project that cannot be loaded."""
    return main(['--project', str(root.parent / 'robot')])


def test_folders_are_made_for_us_alone(root: Path) -> None:
    """The root in /tmp as well: who may change it may exchange what is below."""
    assert _start(root) == 2
    runtime = project_paths(root.parent / 'robot').runtime
    assert [path.stat().st_mode & 0o777 for path in (root, runtime)] == [0o700, 0o700]


@pytest.mark.parametrize('mode', [0o770, 0o707])
def test_a_root_that_others_may_change_is_refused(
        root: Path, mode: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan exchanged between writing and reading would be code of theirs."""
    root.mkdir()
    root.chmod(mode)
    assert _start(root) == 2
    assert 'can be changed by others' in capsys.readouterr().err
    assert not list(root.iterdir())


@pytest.mark.skipif(os.getuid() != 0, reason='only root can make a folder for somebody else')
def test_a_root_of_somebody_else_is_refused(
        root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, and a link into one of ours."""
    root.mkdir()
    os.chown(root, 1234, 1234)
    assert _start(root) == 2
    assert 'belongs to another user' in capsys.readouterr().err
    root.rmdir()
    (root.parent / 'ours').mkdir()
    root.symlink_to(root.parent / 'ours')
    os.chown(root, 1234, 1234, follow_symlinks=False)
    assert _start(root) == 2
    assert 'belongs to another user' in capsys.readouterr().err


def test_a_sticky_root_will_do(root: Path) -> None:
    """In /tmp itself nobody can rename what is not his."""
    root.mkdir()
    root.chmod(0o1777)
    assert _start(root) == 2
    assert project_paths(root.parent / 'robot').lock.exists()

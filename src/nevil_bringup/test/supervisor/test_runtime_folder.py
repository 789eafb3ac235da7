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

"""The folder in which a running supervisor is found, and made again where somebody removes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
import json
import logging
import os
from pathlib import Path
import shutil
from typing import cast

from nevil_bringup.control.server import ControlServer
from nevil_bringup.paths import project_paths
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.lock import ProjectLock
from nevil_bringup.supervisor.runtime_folder import make_kept
from nevil_bringup.supervisor.runtime_folder import make_runtime
from nevil_bringup.supervisor.runtime_folder import RuntimeFolder
import pytest
from virtual_time import run


class _Surroundings:
    """Lock, server and supervisor of a run; ``told`` is what they were told, in order."""

    def __init__(self, paths: ProjectPaths) -> None:
        self.told: list[tuple[str, Path]] = []
        self._socket = paths.socket
        self.folder = RuntimeFolder(paths, cast(ProjectLock, self), 'r1')

    # -- the control server --

    def is_found(self) -> bool:
        return self._socket.exists()

    async def move_server(self, path: Path) -> None:
        path.touch()
        self._socket = path
        self.told.append(('server', path))

    # -- the lock --

    def move(self, path: Path) -> None:
        self.told.append(('lock', path))

    # -- the supervisor --

    def moved(self, paths: ProjectPaths) -> None:
        self.told.append(('supervisor', paths.runtime))

    def begin(self) -> None:
        self._socket.touch()
        self.folder.begin(cast(ControlServer, _Server(self)), self.moved)


class _Server:

    def __init__(self, surroundings: _Surroundings) -> None:
        self.is_found, self.move = surroundings.is_found, surroundings.move_server


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectPaths:
    """Return the places of a project, which are there."""
    monkeypatch.setenv('NEVIL_RUNTIME_DIR', str(tmp_path / 'r'))
    monkeypatch.setenv('NEVIL_STATE_DIR', str(tmp_path / 's'))
    (tmp_path / 'robot').mkdir()
    found = project_paths(tmp_path / 'robot')
    make_runtime(found)
    return found


def _watched(paths: ProjectPaths, body: Callable[[_Surroundings], Awaitable[None]]) -> None:
    """Run a test beside a folder that is watched, in virtual time."""
    async def main() -> None:
        surroundings = _Surroundings(paths)
        surroundings.begin()
        await body(surroundings)
        await surroundings.folder.end()
    run(main())


def _note(paths: ProjectPaths) -> object:
    return json.loads((paths.runtime / 'run.json').read_text())


def test_the_run_is_noted_until_it_is_forgotten(paths: ProjectPaths) -> None:
    """By the note a command knows whether it runs within a node, and ends with it."""
    folder = RuntimeFolder(paths, ProjectLock(paths), 'r1')
    assert _note(paths) == {'run_id': 'r1', 'pid': os.getpid()}
    folder.forget()
    folder.forget()
    assert not (paths.runtime / 'run.json').exists()


def test_a_folder_that_is_there_is_left_alone(paths: ProjectPaths) -> None:
    """Every second for months, this is the rule."""
    async def body(surroundings: _Surroundings) -> None:
        await asyncio.sleep(60.0)
        assert surroundings.told == []
    _watched(paths, body)


def test_a_removed_folder_is_made_again_and_who_writes_there_is_told_first(
        paths: ProjectPaths, caplog: pytest.LogCaptureFixture) -> None:
    """The socket comes last: who finds it may ask for a start, which writes a plan."""
    async def body(surroundings: _Surroundings) -> None:
        shutil.rmtree(paths.runtime)
        await asyncio.sleep(1.5)
        assert surroundings.told == [
            ('lock', paths.lock), ('supervisor', paths.runtime), ('server', paths.socket)]
        assert paths.plans.is_dir() and paths.stacks.is_dir()
        assert _note(paths) == {'run_id': 'r1', 'pid': os.getpid()}
        await asyncio.sleep(60.0)
        assert len(surroundings.told) == 3, 'once'
    _watched(paths, body)
    assert caplog.messages == [
        f'the runtime folder was removed, made again: {paths.runtime}']


def test_where_the_same_place_cannot_be_made_it_goes_where_commands_look(
        paths: ProjectPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last logout only root can make /run/user/UID; the next command looks in /tmp."""
    async def body(surroundings: _Surroundings) -> None:
        shutil.rmtree(tmp_path / 'r')
        (tmp_path / 'r').touch()
        monkeypatch.setenv('NEVIL_RUNTIME_DIR', str(tmp_path / 'other'))
        await asyncio.sleep(1.5)
        moved = surroundings.folder.paths
        assert moved.runtime.parent == tmp_path / 'other'
        assert moved == project_paths(paths.project)
        assert surroundings.told[-1] == ('server', moved.socket)
    _watched(paths, body)


def test_one_that_cannot_be_made_is_reported_once_and_tried_again(
        paths: ProjectPaths, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The robot goes on; somebody may free the place."""
    async def body(surroundings: _Surroundings) -> None:
        shutil.rmtree(tmp_path / 'r')
        (tmp_path / 'r').touch()
        await asyncio.sleep(30.0)
        assert surroundings.told == []
        (tmp_path / 'r').unlink()
        await asyncio.sleep(1.5)
        assert paths.socket.exists()
    _watched(paths, body)
    errors = [record.levelno for record in caplog.records]
    assert errors == [logging.ERROR, logging.WARNING]
    assert f"only 'kill {os.getpid()}' stops the robot" in caplog.messages[0]


def test_nothing_is_made_after_the_end(paths: ProjectPaths) -> None:
    """What is removed then was removed on purpose."""
    async def main() -> None:
        surroundings = _Surroundings(paths)
        surroundings.begin()
        await surroundings.folder.end()
        shutil.rmtree(paths.runtime)
        await asyncio.sleep(5.0)
        assert surroundings.told == [] and not paths.runtime.exists()
    run(main())


def test_what_outlives_a_run_may_be_shared(paths: ProjectPaths) -> None:
    """A group may read and tidy the logs of its robot; nothing is executed from there."""
    paths.logs.mkdir(parents=True)
    paths.logs.chmod(0o770)
    make_kept(paths)
    paths.plans.chmod(0o770)
    with pytest.raises(PermissionError, match='chmod go-w'):
        make_runtime(paths)

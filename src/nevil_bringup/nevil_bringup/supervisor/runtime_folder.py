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

"""The folder in which a running supervisor is found; made again when somebody removes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import json
import logging
import os
from pathlib import Path
import stat

from nevil_bringup.control.holder import user_name
from nevil_bringup.control.server import ControlServer
from nevil_bringup.paths import project_paths
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.lock import ProjectLock

__all__ = ['make_kept', 'make_runtime', 'RuntimeFolder']

_log = logging.getLogger('supervisor')
# One look is one system call.
_LOOK_S = 1.0
_RUN_NOTE = 'run.json'


class RuntimeFolder:
    """
    Looks after socket, lock and plans as long as the supervisor runs.

    systemd removes ``/run/user/UID`` with the last login of the user, others what is old in /tmp:
    the robot runs on, and must still be found.
    """

    def __init__(self, paths: ProjectPaths, lock: ProjectLock, run_id: str) -> None:
        """Note the run; the folder is there."""
        self.paths = paths
        self._lock, self._run_id = lock, run_id
        self._task: asyncio.Task[None] | None = None
        self._failed = False
        self._note()

    def begin(self, server: ControlServer, moved: Callable[[ProjectPaths], None]) -> None:
        """
        Look from now on.

        :param server: listens in the folder
        :param moved: called before anything is made again, perhaps elsewhere
        """
        self._task = asyncio.get_running_loop().create_task(self._keep(server, moved))

    async def end(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def forget(self) -> None:
        """Remove the note of this run."""
        (self.paths.runtime / _RUN_NOTE).unlink(missing_ok=True)

    async def _keep(self, server: ControlServer, moved: Callable[[ProjectPaths], None]) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            if server.is_found():
                continue
            # The same place, or where the next command of this user looks.
            for paths in dict.fromkeys((self.paths, project_paths(self.paths.project))):
                try:
                    await self._make_again(paths, server, moved)
                    _log.warning('the runtime folder was removed, made again: %s', paths.runtime)
                    self._failed = False
                    break
                except OSError as error:
                    problem = error
            else:
                if not self._failed:
                    _log.error('the runtime folder was removed and cannot be made again (%s): only'
                               " 'kill %d' stops the robot", problem, os.getpid())
                self._failed = True

    async def _make_again(self, paths: ProjectPaths, server: ControlServer,
                          moved: Callable[[ProjectPaths], None]) -> None:
        make_runtime(paths)
        self._lock.move(paths.lock)
        self.paths = paths
        moved(paths)
        await server.move(paths.socket)
        self._note()

    def _note(self) -> None:
        (self.paths.runtime / _RUN_NOTE).write_text(
            json.dumps({'run_id': self._run_id, 'pid': os.getpid()}), encoding='utf-8')


def make_runtime(paths: ProjectPaths) -> None:
    """
    Make the folders of a running system.

    :raises OSError: one cannot be made, or is not ours alone
    """
    for folder in (paths.runtime.parent, paths.runtime, paths.plans, paths.stacks):
        _make(folder, shared=False)


def make_kept(paths: ProjectPaths) -> None:
    """Make the folders of what outlives it, as ``make_runtime`` does."""
    for folder in (paths.state, paths.logs):
        _make(folder, shared=True)


def _make(folder: Path, *, shared: bool) -> None:
    """
    Make a folder; refuse one that somebody else could have put there, or could change.

    :param shared: the user may let others write to it
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if foreign := {folder.lstat().st_uid, folder.stat().st_uid} - {os.getuid(), 0}:
        raise PermissionError(f'{folder} belongs to another user ({user_name(foreign.pop())}): '
                              'remove it, or start the robot as that user')
    mode = folder.stat().st_mode
    if not shared and mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        raise PermissionError(
            f"{folder} can be changed by others; remove that permission: 'chmod go-w {folder}'")

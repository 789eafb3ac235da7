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


"""
The colcon workspace of one project: its folders, what was built last, and how to use that.

Every build installs into a folder of its own, named by what it holds, and becomes the current one
by one rename at its end. So a build that was interrupted counts for nothing, and a robot that runs
keeps its files.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import asdict
import json
import os
from pathlib import Path
import shutil

from nevil_bringup.paths import project_paths
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Current', 'Workspace', 'overlay_env', 'prefixes', 'workspace_of']


@dataclass(frozen=True)
class Current:
    """
    The build in use.

    :param digest: of the messages, as in their table
    :param environment: fingerprint of the ROS 2 it was built with
    :param install: its prefix
    :param python: folder of its Python package
    :param cpp: it can be used from C++
    """

    digest: str
    environment: str
    install: str
    python: str
    cpp: bool = False


@dataclass(frozen=True)
class Workspace:
    """Folders of one project's builds, all below ``root``."""

    root: Path

    @property
    def log(self) -> Path:
        """Return the file with the whole output of the last build."""
        return self.root / 'build.log'

    @property
    def _note(self) -> Path:
        return self.root / 'current.json'

    def install(self, digest: str) -> Path:
        """Return a new prefix for a build with these messages; a robot may run with any other."""
        path = first = self.root / f'install-{digest[:12]}'
        number = 1
        while path.exists():
            number += 1
            path = first.with_name(f'{first.name}-{number}')
        return path

    def current(self) -> Current | None:
        """Return the build in use, None where there is none or it was deleted."""
        try:
            current = Current(**json.loads(self._note.read_text(encoding='utf-8')))
            return current if os.path.isdir(current.python) else None
        except (OSError, ValueError, TypeError):
            return None

    def use(self, current: Current) -> None:
        """Make a build the one in use, and drop all but it and the one before."""
        before = self.current()
        temporary = self._note.with_suffix('.new')
        temporary.write_text(json.dumps(asdict(current)), encoding='utf-8')
        temporary.replace(self._note)
        kept = {current.install, before.install if before else ''}
        for folder in self.root.glob('install-*'):
            if str(folder) not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def drop(self) -> None:
        """Use no build of this workspace; what runs keeps its files until the next build."""
        self._note.unlink(missing_ok=True)


def workspace_of(project: Path) -> Workspace:
    """Return the workspace of a project, which need not exist."""
    return Workspace(project_paths(project).state / 'ws')


def prefixes(environ: Mapping[str, str], workspace: Workspace) -> list[str]:
    """Return ``AMENT_PREFIX_PATH`` without what this workspace added to it."""
    own = str(workspace.root) + os.sep
    return [prefix for prefix in environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
            if prefix and not prefix.startswith(own)]


def overlay_env(project: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """
    Return the variables that a run needs for the project's own messages.

    Reads one small file and starts nothing.

    :param project: the project's folder
    :param environ: the environment with ROS 2 in it
    :returns: AMENT_PREFIX_PATH, PYTHONPATH and LD_LIBRARY_PATH, or nothing where nothing was built
    """
    workspace = workspace_of(project)
    current = workspace.current()
    if current is None:
        return {}
    own = str(workspace.root) + os.sep  # of a build before
    return {
        name: _prepend(folder, (one for one in environ.get(name, '').split(os.pathsep)
                                if not one.startswith(own)))
        for name, folder in (('AMENT_PREFIX_PATH', current.install),
                             ('LD_LIBRARY_PATH', os.path.join(current.install, 'lib')),
                             ('PYTHONPATH', current.python))}


def _prepend(folder: str, folders: Iterable[str]) -> str:
    return os.pathsep.join([folder, *(each for each in folders if each and each != folder)])

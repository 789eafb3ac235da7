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

"""Find the project that a command is meant for."""

from __future__ import annotations

import os
from pathlib import Path

from nevil_bringup.errors import UserError
from nevil_bringup.launched import named
from nevil_bringup.launched import running
from nevil_bringup.paths import project_paths
from nevil_bringup.paths import ProjectPaths

__all__ = ['find_paths', 'find_project', 'meant_by_default', 'reference_robot', 'shares']

_ROOT_KEYS = frozenset({'system', 'nodes', 'launch'})
_NODE_KEYS = frozenset({
    'node_name', 'creation', 'runtime', 'resources', 'dependencies', 'health_check'})


def find_project(option: str | None, *, launched: bool = False) -> Path:
    """
    Return the project's folder.

    :param option: of the command line, ``--project``
    :param launched: the robot of a launch file will do, by its name or because it runs
    :raises UserError: the folder named is no project, or there is none at all
    """
    for name, value in (('--project', option), ('NEVIL_PROJECT', os.environ.get('NEVIL_PROJECT'))):
        if value:
            folder = Path(value).expanduser()
            robot = named(value) if launched and not folder.is_dir() else None
            if robot is not None:
                return robot
            if not (folder / '.nodes').is_file() and not project_paths(folder).socket.exists():
                what = 'has no .nodes file' if folder.is_dir() else 'is not a folder'
                raise UserError(f'{name}: {value} {what}; nevil init NAME creates a project')
            return folder.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if _is_root(folder / '.nodes'):
            return folder
    robot = (running() if launched else None) or reference_robot()
    if robot is None:
        raise UserError('no project here, and no reference robot is installed; '
                        'name one with --project DIR')
    return robot


def meant_by_default(option: str | None, project: Path) -> bool:
    """Return whether a project is the reference robot, because nothing else was found."""
    if option or os.environ.get('NEVIL_PROJECT') or project != reference_robot():
        return False
    here = Path.cwd()
    return not any(_is_root(folder / '.nodes') for folder in (here, *here.parents))


def find_paths(option: str | None, *, launched: bool = True) -> ProjectPaths:
    """
    Return where everything of the project lives.

    :param launched: the robot of a launch file will do; False: files of a project are needed
    """
    return project_paths(find_project(option, launched=launched))


def shares() -> list[Path]:
    """Return where the files of nevil_bringup may be: installed, or beside the sources."""
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
    return [*(Path(prefix, 'share', 'nevil_bringup') for prefix in prefixes if prefix),
            Path(__file__).resolve().parents[1]]


def reference_robot() -> Path | None:
    """Return the folder of the robot that ships with nevil_bringup."""
    for share in shares():
        robot = share / 'robots' / 'nevil'
        if (robot / '.nodes').is_file():
            return robot
    return None


def _is_root(file: Path) -> bool:
    """
    Distinguish a project's ``.nodes`` from that of a node, which has the same name.

    By its top-level keys, without a YAML parser: it is not loaded by verbs that must be fast.
    """
    try:
        text = file.read_text(encoding='utf-8', errors='replace')
    except OSError:
        return False
    keys = {line.partition(':')[0].strip('\'" ') for line in text.splitlines()
            if line[:1] not in (' ', '#', '\t', '-', '')}
    return bool(keys & _ROOT_KEYS) or not keys & _NODE_KEYS

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

"""The robots that launch files are: found by name, or because one runs."""

from __future__ import annotations

from pathlib import Path

from nevil_bringup.control.client import ControlError
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import UserError
from nevil_bringup.paths import project_paths
from nevil_bringup.paths import state_root

__all__ = ['named', 'running']


def named(name: str) -> Path | None:
    """
    Return the folder of the robot of a launch file.

    :param name: as ``nevil launch`` printed it, or the beginning of it that only one has
    :raises UserError: several begin so, and not exactly one of them runs
    """
    if not name or '/' in name:
        return None
    root = state_root() / 'launch'
    if (root / name).is_dir():
        return root / name
    found = [folder for folder in _folders() if folder.name.startswith(name)]
    chosen = found if len(found) == 1 else [folder for folder in found if _runs(folder)]
    if len(chosen) > 1 or (found and not chosen):
        raise UserError(f'--project: {name} may be {_list(chosen or found)}')
    return chosen[0] if chosen else None


def running() -> Path | None:
    """
    Return the folder of the one that runs.

    :raises UserError: several do
    """
    found = [folder for folder in _folders() if _runs(folder)]
    if len(found) > 1:
        raise UserError(f'several launch files run; name one with --project: {_list(found)}')
    return found[0] if found else None


def _folders() -> list[Path]:
    root = state_root() / 'launch'
    return sorted(folder for folder in root.iterdir() if folder.is_dir()) if root.is_dir() else []


def _runs(folder: Path) -> bool:
    try:
        client = connect(project_paths(folder))
    except ControlError:
        return False
    if client is not None:
        client.close()
    return client is not None


def _list(folders: list[Path]) -> str:
    return ', '.join(folder.name for folder in folders)

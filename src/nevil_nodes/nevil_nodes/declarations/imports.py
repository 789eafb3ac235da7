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

"""Find modules that a node's file imports and that are not there, without importing anything."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
import glob
import importlib.util
from pathlib import Path

from nevil_msggen.problem import Problem

__all__ = ['missing_imports']

# Interface packages come with a build, or with the shell that starts the robot.
_INTERFACES = ('_msgs', '_interfaces')


def missing_imports(
        imports: Mapping[str, int], shown: str, folders: Sequence[Path]) -> list[Problem]:
    """
    Warn of modules that are not on this machine: the robot starts, without the node.

    :param imports: top-level modules, each with its line
    :param shown: the file as shown to the user
    :param folders: where modules are looked for before ``sys.path``
    """
    return [Problem(
        file=shown, line=line, key='',
        text=f"imports '{name}', which is not found here: the node will not start",
        fix='install it, or name its folder in PYTHONPATH under environment', severity='warning')
        for name, line in imports.items()
        if not name.endswith(_INTERFACES) and not _is_found(name, folders)]


def _is_found(module: str, folders: Sequence[Path]) -> bool:
    for folder in folders:
        if (folder / module).is_dir() or any(folder.glob(f'{glob.escape(module)}.*')):
            return True
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return True  # it is loaded, and something is odd about it

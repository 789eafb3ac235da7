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

"""Find a ROS 2 executable through ``AMENT_PREFIX_PATH`` and write its command line."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
import os
from pathlib import Path
from typing import Any

from nevil_msggen.problem import did_you_mean
from nevil_nodes.declarations.parameters import parameter_arguments
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['command_line', 'find_executable', 'find_file']

_ROS_LEVELS = {'WARNING': 'warn', 'CRITICAL': 'fatal'}


@dataclass(frozen=True, slots=True)
class Lookup:
    """
    The result of a search.

    :param path: the executable, None when it was not found
    :param text: what is wrong when it was not found, and what is there instead
    :param unsure: there is no ROS environment to search in
    """

    path: str | None
    text: str = ''
    fix: str = ''
    unsure: bool = False


def find_executable(package: str, executable: str, environ: Mapping[str, str]) -> Lookup:
    """Return the executable ``lib/<package>/<executable>`` of the first prefix that has it."""
    prefixes = [Path(part) for part in environ.get('AMENT_PREFIX_PATH', '').split(':') if part]
    if not prefixes:
        return Lookup(None, f"'{package}' cannot be looked up: no ROS 2 environment is set",
                      'source ROS 2 (AMENT_PREFIX_PATH) before', unsure=True)
    there: set[str] = set()
    known = False
    for prefix in prefixes:
        folder = prefix / 'lib' / package
        path = folder / executable
        if path.is_file() and os.access(path, os.X_OK):
            return Lookup(str(path))
        there.update(_programs(folder))
        known = known or folder.is_dir() or (prefix / 'share' / package).is_dir()
    if there:
        text = f"package '{package}' has no executable '{executable}'; it has {_some(there)}"
        return Lookup(None, text, did_you_mean(executable, sorted(there)) or 'name one of them')
    if known:
        return Lookup(None, f"package '{package}' has no executable at all",
                      'name another package, or install its executables to lib/<package>')
    packages = sorted({name for prefix in prefixes for name in _folders(prefix / 'share')})
    return Lookup(None, f"there is no package '{package}' in this ROS 2 environment",
                  did_you_mean(package, packages) or 'install or build it, then source its setup')


def find_file(given: str, *folders: Path) -> Path | None:
    """Return the file of that name in the first of the folders that has it."""
    for folder in folders:
        file = Path(os.path.normpath(folder / Path(given).expanduser()))
        if file.is_file():
            return file
    return None


def command_line(
        program: tuple[str, ...], name: str, creation: Mapping[str, Any], files: Sequence[str],
        log_level: str) -> tuple[str, ...]:
    """
    Return the command line of an executable as the node ``name``.

    The order is that of launch_ros: what stands later wins over what stands before it.

    :param creation: its ``creation``
    :param files: its parameter files, found
    """
    argv = [*creation['prefix'], *program, *map(str, creation['arguments']),
            '--ros-args', '-r', f'__node:={name}']
    namespace = creation.get('namespace')
    if namespace:
        argv += ['-r', f'__ns:=/{namespace.lstrip("/")}']
    argv += [part for file in files for part in ('--params-file', file)]
    argv += parameter_arguments(creation['init_params'])
    argv += parameter_arguments(creation['parameters'])
    for old, new in creation['remappings'].items():
        argv += ['-r', f'{old}:={new}']
    if log_level != 'INFO':
        argv += ['--log-level', _ROS_LEVELS.get(log_level, log_level.lower())]
    return tuple(argv)


def _programs(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()
                if entry.is_file() and os.access(entry, os.X_OK)]
    except OSError:
        return []


def _folders(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir() if entry.is_dir()]
    except OSError:
        return []


def _some(names: set[str]) -> str:
    shown = sorted(names)
    return ', '.join(shown[:10]) + (f' and {len(shown) - 10} more' if len(shown) > 10 else '')

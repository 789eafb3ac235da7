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

"""Find the folders of a project's nodes."""

from __future__ import annotations

from collections.abc import Sequence
import os
from pathlib import Path
import re

from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem
from nevil_nodes.declarations.layers import Settings

__all__ = ['find_nodes', 'RESERVED']

RESERVED = frozenset({'all', 'composed', 'nevil', 'nevil_health', 'system'})
_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]*')
_SKIPPED = frozenset({'__pycache__', 'build', 'install', 'log', 'logs'})


def find_nodes(project: Path, root: Settings) -> tuple[dict[str, Path], list[Problem]]:
    """
    Return the folder of each node by its name, sorted by name, and what is wrong.

    A folder is a node's when it holds ``.nodes``, ``.messages`` or ``<folder>_node.py``. Without
    discovery the nodes are those of ``launch.startup_order``.
    """
    finder = _Finder(project, root)
    finder.scan()
    if root.get('nodes', 'discovery', 'auto_discover'):
        finder.check_order()
        return dict(sorted(finder.found.items())), finder.problems
    return finder.listed(), finder.problems


class _Finder:
    """One search for node folders."""

    def __init__(self, project: Path, root: Settings) -> None:
        self.found: dict[str, Path] = {}
        self.problems: list[Problem] = []
        self._project = project
        self._root = root
        self._directory = project / str(root.get('nodes', 'discovery', 'nodes_directory'))
        # A link that leads back to the project is no node.
        self._seen = {_identity(project)}

    def scan(self) -> None:
        """Fill in what there is below the nodes directory."""
        try:
            self._scan(self._directory)
        except OSError as error:
            origin = self._root.origin('nodes', 'discovery', 'nodes_directory')
            shown = os.path.relpath(self._directory, self._project)
            self.problems.append(Problem(
                file=origin.file or '.nodes', line=origin.line,
                key='nodes.discovery.nodes_directory',
                text=f"folder '{shown}' cannot be read: {error.strerror}",
                fix='create it, or name the folder that holds the nodes'))

    def listed(self) -> dict[str, Path]:
        """Return the nodes of the startup order."""
        nodes: dict[str, Path] = {}
        order = self._order()
        if not order:
            origin = self._root.origin('nodes', 'discovery', 'auto_discover')
            self._add(origin.line, 'nodes.discovery.auto_discover',
                      'discovery is off and launch.startup_order is empty: there is no node',
                      'list the nodes in launch.startup_order, or write auto_discover: true')
        for index, name in enumerate(order):
            if name in self.found:
                nodes[name] = self.found[name]
            else:
                self._unknown(index, name)
        return nodes

    def check_order(self) -> None:
        """Report names in the startup order that are no node's."""
        for index, name in enumerate(self._order()):
            if name not in self.found:
                self._unknown(index, name)

    def _order(self) -> Sequence[str]:
        order: Sequence[str] = self._root.get('launch', 'startup_order')
        return order

    def _unknown(self, index: int, name: str) -> None:
        origin = self._root.origin('launch', 'startup_order', index)
        shown = os.path.relpath(self._directory, self._project)
        self._add(origin.line, 'launch.startup_order', f"there is no node '{name}'",
                  did_you_mean(name, sorted(self.found))
                  or f"create the folder '{shown}/{name}' with its .nodes, or remove the name")

    def _scan(self, directory: Path) -> None:
        self._seen.add(_identity(directory))
        with os.scandir(directory) as entries:
            folders = sorted(entry.name for entry in entries
                             if entry.name[0] != '.' and entry.name not in _SKIPPED
                             and entry.is_dir())
        for name in folders:
            folder = directory / name
            if _identity(folder) in self._seen:
                continue
            if _is_node(folder):
                self._take(name, folder)
            if self._root.get('nodes', 'discovery', 'scan_recursive'):
                try:
                    self._scan(folder)
                except OSError as error:
                    self._add(0, '', f'cannot be read: {error.strerror}', 'make it readable',
                              file=os.path.relpath(folder, self._project))

    def _take(self, name: str, folder: Path) -> None:
        shown = os.path.relpath(folder, self._project)
        if not _NAME.fullmatch(name):
            better = re.sub(r'\W', '_', name, flags=re.ASCII)
            if not _NAME.fullmatch(better):
                better = f'node_{better}'
            self._add(0, '', f"'{name}' is not a ROS node name (letters, digits and _, not"
                      ' starting with a digit)', f"rename the folder, for example '{better}'",
                      file=shown)
        elif name in RESERVED:
            self._add(0, '', f"'{name}' is a name that Nevil uses itself",
                      f"rename the folder, for example '{name}_node'", file=shown)
        elif name in self.found:
            other = os.path.relpath(self.found[name], self._project)
            self._add(0, '', f"is a second node '{name}', the first is in '{other}'",
                      'rename one of the folders', file=shown)
        else:
            self.found[name] = folder

    def _add(self, line: int, key: str, text: str, fix: str, file: str = '.nodes') -> None:
        self.problems.append(Problem(file=file, line=line, key=key, text=text, fix=fix))


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _is_node(folder: Path) -> bool:
    return any((folder / name).is_file()
               for name in ('.nodes', '.messages', f'{folder.name}_node.py'))

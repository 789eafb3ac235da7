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

"""Modules of one name in the folders of composed nodes: Python knows one of each name."""

from __future__ import annotations

import ast
from collections.abc import Sequence
import os
from pathlib import Path

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.node_draft import Node

__all__ = ['shared_modules']


def shared_modules(project: Path, nodes: Sequence[Node]) -> list[Problem]:
    """
    Return an error for each module that two nodes of one process have and both import.

    :param nodes: those of the process; the first to be imported would give its own to all
    """
    folders = {node.name: (project / node.module).parent for node in nodes
               if node.module.endswith('.py')}
    wanted = {name: _modules(folder) & _imported(folder) for name, folder in folders.items()}
    problems = []
    for position, node in enumerate(nodes):
        for other in nodes[:position]:
            if folders.get(node.name) == folders.get(other.name):
                continue
            for module in sorted(wanted.get(node.name, set()) & wanted.get(other.name, set())):
                problems.append(node.problem(
                    ('runtime', 'isolated_process'),
                    f"'{other.name}' in the same process has a module '{module}' of its own, "
                    f"and '{node.name}' would get that one",
                    f"give one of them another name, or '{node.name}' isolated_process: true"))
    return problems


def _modules(folder: Path) -> set[str]:
    """Return the names under which a folder can be imported from."""
    try:
        entries = list(folder.iterdir())
    except OSError:
        return set()
    return {entry.stem for entry in entries
            if entry.suffix == '.py' or os.path.isfile(entry / '__init__.py')}


def _imported(folder: Path) -> set[str]:
    """Return what the files of a folder import."""
    found: set[str] = set()
    for path in folder.glob('*.py'):
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue  # reported where it is a node's own file, and not imported otherwise
        for part in ast.walk(tree):
            if isinstance(part, ast.Import):
                found.update(name.name.partition('.')[0] for name in part.names)
            elif isinstance(part, ast.ImportFrom) and not part.level and part.module:
                found.add(part.module.partition('.')[0])
    return found

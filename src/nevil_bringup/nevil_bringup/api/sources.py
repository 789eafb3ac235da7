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

"""Which files of a project are the code of which node."""

from __future__ import annotations

import ast
from collections.abc import Iterator
import os
from pathlib import Path

from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan

__all__ = ['edits', 'sources']


def edits(plan: Plan) -> dict[str, float]:
    """
    Return when the code of each node was last changed, in s since 1970.

    A file counts from when it was written here, whatever time it was given.
    """
    known: dict[Path, set[Path]] = {}
    found = {}
    for node in plan.nodes:
        times = [_written(path) for path in sources(plan, node, known)]
        if times:
            found[node.name] = max(times)
    return found


def sources(plan: Plan, node: NodePlan, known: dict[Path, set[Path]] | None = None) -> set[Path]:
    """
    Return the files of the project that are a node's code.

    Of a Python node the modules beside its own, and what they import from the project; of any
    node the files that its command line names. What a node reads besides is data.

    :param known: what each file imports, as far as it was looked up before
    """
    project = Path(plan.directory)
    found: set[Path] = set()
    for process in plan.processes:
        if process.name == node.process and node.kind != 'python':
            found |= {path for word in process.argv if (path := _file_in(project, word))}
    if node.module:
        module = (project / node.module if node.module.endswith('.py')
                  else project.joinpath(*node.module.split('.')).with_suffix('.py'))
        if module.is_file():
            found |= _with_imports(project, {module, *module.parent.glob('*.py')},
                                   {} if known is None else known)
    return found


def _with_imports(project: Path, files: set[Path], known: dict[Path, set[Path]]) -> set[Path]:
    found: set[Path] = set()
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path not in known:
            known[path] = set(_imported(project, path))
        waiting += known[path]
    return found


def _imported(project: Path, path: Path) -> Iterator[Path]:
    """Yield the modules of the project that a file imports, by the ways in which nodes do."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for part in ast.walk(tree):
        if isinstance(part, ast.Import):
            for name in part.names:
                yield from _modules((path.parent, project), name.name)
        elif isinstance(part, ast.ImportFrom):
            folder = path.parent
            for _ in range(part.level - 1):
                folder = folder.parent
            folders = (folder,) if part.level else (path.parent, project)
            yield from _modules(folders, part.module or '')
            for name in part.names:
                yield from _modules(folders, '.'.join(filter(None, (part.module, name.name))))


def _modules(folders: tuple[Path, ...], dotted: str) -> Iterator[Path]:
    """Yield the file of a module, and those of the packages that it is in."""
    parts = [part for part in dotted.split('.') if part]
    for folder in folders:
        for count in range(1, len(parts) + 1):
            place = folder.joinpath(*parts[:count])
            for path in (place.with_name(f'{place.name}.py'), place / '__init__.py'):
                if path.is_file():
                    yield path


def _file_in(project: Path, word: str) -> Path | None:
    path = Path(os.path.abspath(project / word))
    return path if path.is_relative_to(project) and path.is_file() else None


def _written(path: Path) -> float:
    try:
        return path.stat().st_ctime
    except OSError:
        return 0.0

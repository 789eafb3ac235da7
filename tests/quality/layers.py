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

"""The order of parts inside a package, as docs/architecture.md shows it, and import circles."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
import re

from quality.imports import imports_below
from quality.sources import python_files
from quality.sources import ROOT

__all__ = ['circles', 'import_graph', 'order_of', 'parts_of', 'upward']

_ROW = re.compile(r'^\| `(nevil_\w+)` \|(.*)\|$')


def order_of(package: str) -> dict[str, int]:
    """Return for each part of a package how far up it stands."""
    text = (ROOT / 'docs' / 'architecture.md').read_text(encoding='utf-8')
    rows = [match[2] for line in text.splitlines()
            if (match := _ROW.match(line)) and match[1] == package]
    assert len(rows) == 1, f'docs/architecture.md has {len(rows)} rows for {package}'
    return {part: level for level, parts in enumerate(rows[0].replace('\\', '').split('←'))
            for part in parts.split()}


def parts_of(folder: Path) -> set[str]:
    """Return the folders and modules at the top of a package."""
    return {_part(folder, file) for file in python_files(folder)
            if file != folder / '__init__.py' and 'templates' not in file.parts}


def upward(folder: Path, order: Mapping[str, int]) -> list[str]:
    """Return the imports in a package that do not point down."""
    return [
        f'{file.relative_to(ROOT)}:{line}: {module}'
        for file, line, module in imports_below(folder)
        for part, other in [(_part(folder, file), module.split('.')[1:2])]
        if module.startswith(f'{folder.name}.') and other != [part]
        and order[other[0]] >= order[part]]


def import_graph(folder: Path) -> dict[str, set[str]]:
    """Return for each module of a package which others of it are imported there."""
    names = {file: '.'.join((folder.name, *file.relative_to(folder).with_suffix('').parts))
             for file in python_files(folder)}
    graph: dict[str, set[str]] = {name: set() for name in names.values()}
    for file, _, module in imports_below(folder):
        candidates = (module, f'{module}.__init__', module.rpartition('.')[0],
                      f'{module.rpartition(".")[0]}.__init__')
        found = next((name for name in candidates if name in graph), names[file])
        graph[names[file]] |= {found} - {names[file]}
    return graph


def circles(graph: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Yield the modules that import each other, each circle once, in the order of their names."""
    reached = {name: _reached(graph, name) for name in graph}
    shown: set[str] = set()
    for name in sorted(graph):
        circle = [other for other in sorted(reached[name]) if name in reached[other]]
        if circle and name not in shown:
            shown.update(circle)
            yield circle


def _reached(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(graph[name])
    return found


def _part(folder: Path, file: Path) -> str:
    return file.relative_to(folder).parts[0].removesuffix('.py')

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

"""What the modules of a folder import, read from their source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from quality.sources import python_files

__all__ = ['imports_below', 'public_names']


@cache
def modules_imported(file: Path) -> list[tuple[int, str]]:
    """
    Return line and absolute name of all that a file imports, wherever it is in it.

    A name from a module is ``module.name``: that may be a module itself.
    """
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'), str(file))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f'{file}:{node.lineno}: relative import'
            found += [(node.lineno, f'{node.module}.{alias.name}') for alias in node.names]
    return found


def imports_below(folder: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield file, line and module of every import in the modules of a folder (or of one file)."""
    for file in [folder] if folder.is_file() else python_files(folder):
        if 'templates' not in file.parts:
            yield from ((file, line, module) for line, module in modules_imported(file))


def public_names(file: Path) -> list[str]:
    """Return what a module lists in ``__all__``."""
    for node in ast.parse(file.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List):
            if [getattr(target, 'id', '') for target in node.targets] == ['__all__']:
                return [str(ast.literal_eval(name)) for name in node.value.elts]
    return []

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

"""Find a node's class without importing anything: its file is only parsed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
import importlib.util
import os
from pathlib import Path

__all__ = ['ClassFile', 'find_module', 'read_classes']


@dataclass(frozen=True, slots=True)
class ClassFile:
    """
    What a Python file defines at its top.

    :param names: everything that is bound there, imports included
    :param classes: the classes among them
    :param star: something is imported with ``*``, so there may be more
    :param error: why it is not Python, empty when it is
    :param line: line of the error
    """

    names: frozenset[str] = frozenset()
    classes: tuple[str, ...] = ()
    star: bool = False
    error: str = ''
    line: int = 0


def find_module(module: str, folders: list[Path]) -> Path | None:
    """
    Return the file of a dotted module.

    :param folders: searched in this order, then ``sys.path``
    """
    parts = module.split('.')
    for folder in folders:
        found = _module_file(folder.joinpath(*parts))
        if found is not None:
            return found
    try:
        spec = importlib.util.find_spec(parts[0])  # a top-level name: imports nothing
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if len(parts) == 1:
        return Path(spec.origin) if spec.origin and spec.origin.endswith('.py') else None
    for location in spec.submodule_search_locations or ():
        found = _module_file(Path(location).joinpath(*parts[1:]))
        if found is not None:
            return found
    return None


def _module_file(path: Path) -> Path | None:
    file = path.with_name(f'{path.name}.py')
    if file.is_file():
        return file
    package = path / '__init__.py'
    return package if package.is_file() else None


def read_classes(path: Path) -> ClassFile:
    """Return what a Python file defines; never raise for its content."""
    try:
        text = path.read_bytes()
        tree = ast.parse(text, os.fspath(path))
    except SyntaxError as error:
        return ClassFile(error=f'is not Python: {error.msg}', line=error.lineno or 0)
    except OSError as error:
        return ClassFile(error=f'cannot be read: {error.strerror}')
    except (ValueError, RecursionError, MemoryError) as error:
        return ClassFile(error=f'is not Python: {error}')
    names: set[str] = set()
    classes: list[str] = []
    statements: list[ast.stmt] = list(tree.body)
    while statements:
        statement = statements.pop(0)
        if isinstance(statement, ast.ClassDef):
            classes.append(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).split('.')[0] for alias in statement.names)
        elif isinstance(statement, ast.Assign):
            names.update(name.id for name in statement.targets if isinstance(name, ast.Name))
        elif isinstance(statement, (ast.If, ast.Try, ast.With)):
            statements.extend(part for part in ast.walk(statement)
                              if isinstance(part, ast.stmt) and part is not statement
                              and not isinstance(part, (ast.If, ast.Try, ast.With)))
    return ClassFile(frozenset(names) | set(classes), tuple(classes), '*' in names)

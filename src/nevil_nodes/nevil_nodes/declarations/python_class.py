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
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import field
import importlib.util
import os
from pathlib import Path

from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['ClassFile', 'find_module', 'members', 'read_classes']

_WITHOUT_CHECKS = ('NevilNode', 'object')  # bases that bring no method of the user's


@dataclass(frozen=True, slots=True)
class Parameters:
    """
    What a method may be called with by keyword.

    :param needed: those of them without a default
    :param any: it takes others too
    """

    names: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    any: bool = False  # noqa: A003


@dataclass(frozen=True, slots=True)
class ClassBody:
    """
    What a class defines itself.

    :param members: its methods with what they take (None: not known), and its attributes, those
        that methods set on ``self`` included
    :param bases: their dotted names as written, '' for anything else
    :param open: it may have more than can be seen: decorated, with a metaclass or ``__getattr__``
    """

    members: Mapping[str, Parameters | None] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    open: bool = False  # noqa: A003


@dataclass(frozen=True, slots=True)
class ClassFile:
    """
    What a Python file defines at its top.

    :param names: everything that is bound there, imports included
    :param classes: the classes among them, by name
    :param star: something is imported with ``*``, so there may be more
    :param imports: top-level modules that it always imports, each with its line
    :param error: why it is not Python, empty when it is
    :param line: line of the error
    """

    names: frozenset[str] = frozenset()
    classes: Mapping[str, ClassBody] = field(default_factory=dict)
    star: bool = False
    imports: Mapping[str, int] = field(default_factory=dict)
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
    classes: dict[str, ClassBody] = {}
    for statement in _statements(tree.body):
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names |= _bound(statement)
        if isinstance(statement, ast.ClassDef):  # one that is written twice can be either
            classes[statement.name] = (
                ClassBody(open=True) if statement.name in classes else _class_body(statement))
    # Where the file changes the path itself, nobody knows what is found.
    imports = {} if b'sys.path' in text or b'addsitedir' in text else _imports(tree)
    return ClassFile(frozenset(names), classes, '*' in names, imports)


def members(file: ClassFile, class_name: str) -> Mapping[str, Parameters | None] | None:
    """
    Return what a class of a file and its bases have.

    :returns: None when something of it stands where it cannot be seen
    """
    found: dict[str, Parameters | None] = {}
    waiting = [class_name]
    for name in waiting:
        body = file.classes.get(name)
        if body is None and name.rpartition('.')[2] in _WITHOUT_CHECKS:
            continue
        if body is None or body.open:
            return None
        found = {**body.members, **found}
        waiting += [base for base in body.bases if base not in waiting]
    return found


def _class_body(definition: ast.ClassDef) -> ClassBody:
    found: dict[str, Parameters | None] = {}
    for statement in _statements(definition.body):
        found.update(dict.fromkeys(_bound(statement)))
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[statement.name] = _parameters(statement)
            for part in ast.walk(statement):
                if (isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
                        and isinstance(part.value, ast.Name)):
                    found[part.attr] = None
    bases = tuple(ast.unparse(base) if isinstance(base, (ast.Name, ast.Attribute)) else ''
                  for base in definition.bases)
    return ClassBody(found, bases, bool(
        definition.decorator_list or definition.keywords or '__getattr__' in found))


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Parameters | None:
    given = function.args
    if function.decorator_list or given.vararg or len(given.posonlyargs) > 1:
        return None
    names = [argument.arg for argument in (*given.posonlyargs, *given.args)]
    needed = names[1:len(names) - len(given.defaults)]
    needed += [argument.arg for argument, default in zip(given.kwonlyargs, given.kw_defaults)
               if default is None]
    names += [argument.arg for argument in given.kwonlyargs]
    return Parameters(tuple(names[1:]), tuple(needed), given.kwarg is not None)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a module or class, those under a condition too."""
    waiting = list(body)
    for statement in waiting:
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            for part in ast.iter_child_nodes(statement):
                if isinstance(part, ast.ExceptHandler):
                    waiting += part.body
                elif isinstance(part, ast.stmt):
                    waiting.append(part)


def _imports(tree: ast.Module) -> dict[str, int]:
    """Return what is imported outside of any condition."""
    found: dict[str, int] = {}
    for statement in tree.body:
        names: list[str] = []
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.level == 0:
            names = [statement.module or '']
        for name in names:
            found.setdefault(name.partition('.')[0], statement.lineno)
    return found


def _bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement itself binds; ``*`` where it imports them all."""
    if isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split('.')[0] for alias in statement.names}
    if isinstance(statement, ast.Assign):
        return {name.id for name in statement.targets if isinstance(name, ast.Name)}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id}
    return set()

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

"""docs/environment.md has every environment variable of the sources, and no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
import re

from nevil_nodes.declarations.dotenv import OWN_VARIABLES
import pytest
from quality.sources import ROOT

PAGE = ROOT / 'docs' / 'environment.md'
FOLDERS = ('scripts', 'src', 'docker', 'wheel')
# Tests set what they need; robots are projects, whose variables are their own.
NOT_OURS = {'test', 'robots', '__pycache__'}

WORD = re.compile('_?[A-Z][A-Z0-9]*(_[A-Z0-9]*)*')
# An environment, by the names that the sources give it.
ENVIRONMENT = re.compile('_?(environ|environment|env|getenv|putenv)')
# Bash makes these itself.
OF_BASH = {'BASH_SOURCE', 'EUID', 'IFS', 'PWD', 'UID'}
# Read with $NAME and ${NAME}, set with NAME=; one word alone may be text for people.
SHELL_USE = re.compile(r'\$\{?!?(_?[A-Z][A-Z0-9_]*)|(?<![\w-])(_?[A-Z][A-Z0-9_]*)\+?=(?!=)')
SHELL_NAME = re.compile(r'(?<![\w}$-])_?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?!\w)')
SHELL_FAMILY = re.compile(r'\$\{!([A-Z]+_)@\}')
SHELL_UNSET = re.compile(r'\bunset ([A-Z_ ]+)')
CMAKE_USE = re.compile(r'\$ENV\{(\w+)\}|-E env "?(\w+)=')


def sources() -> Iterator[Path]:
    """Yield the files in which a variable may be read or set."""
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob('*')):
        if path.is_file() and not NOT_OURS.intersection(path.relative_to(ROOT).parts):
            yield path


@cache
def variables() -> dict[str, set[str]]:
    """Return every variable of the sources, a family as ``PREFIX_*``, with where it is."""
    found: dict[str, set[str]] = {}
    for path in sources():
        for name in _variables_of(path):
            found.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    return found


def _variables_of(path: Path) -> set[str]:
    if path.suffix == '.py':
        return python_variables(path.read_text(encoding='utf-8'))
    if path.suffix in ('.cmake', '.in') or path.name == 'CMakeLists.txt':
        return {name for use in CMAKE_USE.findall(path.read_text(encoding='utf-8'))
                for name in use if name}
    first = path.read_bytes()[:20]
    if path.suffix == '.sh' or first.startswith((b'#!/bin/sh', b'#!/usr/bin/env bash')) or (
            path.parent.name == 'docker' and path.suffix != '.md'):
        return shell_variables(path.read_text(encoding='utf-8'))
    return set()


def shell_variables(text: str) -> set[str]:
    """Return the variables of a shell script, a Dockerfile or a compose file."""
    code = re.sub(r'(?m)(^|\s)#.*$', '', text)
    families = {f'{name}*' for name in SHELL_FAMILY.findall(code)}
    code = SHELL_FAMILY.sub('', code)
    names = {name for use in SHELL_USE.findall(code) for name in use}
    names |= {name for line in SHELL_UNSET.findall(code) for name in line.split()}
    names |= set(SHELL_NAME.findall(code))
    return (names | families) - OF_BASH - {''}


def python_variables(text: str) -> set[str]:
    """
    Return the variables of a module, if it has an environment at all.

    They are the keys: of lookups and dictionaries, and what a constant of the module lists.
    """
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    named = {getattr(node, key, None) for node in nodes for key in ('id', 'attr', 'arg')}
    if not any(ENVIRONMENT.fullmatch(name) for name in named if isinstance(name, str)):
        return set()
    prefixes = {node.args[0].id for node in nodes if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute) and node.func.attr == 'startswith'
                and node.args and isinstance(node.args[0], ast.Name)}
    found = {name for node in nodes for name in _keys(node)}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, 'target', None)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Name):
            if target.id != '__all__' and node.value is not None:
                listed = set(_listed(node.value))
                found |= {f'{name}*' for name in listed} if target.id in prefixes else listed
    return {f'{name}*' if name.endswith('_') else name for name in found}


def _keys(node: ast.AST) -> Iterator[str]:
    """Yield the names by which an expression looks something up or puts it in."""
    if isinstance(node, ast.Subscript):
        yield from _words(node.slice)
    elif isinstance(node, ast.Dict):
        yield from (name for key in node.keys for name in _words(key) if '_' in name)
    elif isinstance(node, ast.Compare):
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            yield from (name for name in _words(node.left) if '_' in name)
    elif isinstance(node, (ast.comprehension, ast.For)):
        yield from (name for name in _listed(node.iter) if '_' in name)
    elif isinstance(node, ast.JoinedStr):
        yield from (name for name in _words(node.values[0]) if name.endswith('_'))
    elif isinstance(node, ast.Call):
        called = getattr(node.func, 'attr', getattr(node.func, 'id', ''))
        if called in ('get', 'getenv', 'pop', 'putenv', 'setdefault') and node.args:
            yield from _words(node.args[0])
        elif called in ('dict', 'update'):
            yield from (key.arg for key in node.keywords if key.arg and key.arg.isupper())


def _listed(value: ast.expr) -> Iterator[str]:
    """Yield the names that a constant holds, also as a set or as a regular expression."""
    if isinstance(value, (ast.Tuple, ast.List, ast.Set)):
        for element in value.elts:
            yield from _words(element)
    elif isinstance(value, ast.Call) and value.args:
        if getattr(value.func, 'attr', '') == 'sysconf':
            return  # limits of the system have names alike
        if isinstance(value.func, ast.Attribute) and value.func.attr == 'compile':
            pattern = value.args[0]
            if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str):
                # Of groups only the whole is a name, so their parts are left out.
                whole = re.sub(r'\w*\([^)]*\)', '', pattern.value)
                yield from (part.removesuffix('.*') for part in whole.split('|')
                            if '_' in part and WORD.fullmatch(part.removesuffix('.*')))
        else:
            yield from _listed(value.args[0])
    else:
        yield from (name for name in _words(value) if '_' in name)


def _words(value: ast.expr | None) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        if WORD.fullmatch(value.value) and len(value.value) > 2:
            yield value.value


def documented() -> set[str]:
    """Return the variables of the page's tables: all names in the first column."""
    rows = re.findall(r'(?m)^\| (`[^|]+) \|', PAGE.read_text(encoding='utf-8'))
    return {name for row in rows for name in re.findall('`([^`]+)`', row)}


def test_every_variable_is_documented() -> None:
    """Who meets one in a unit file, in /proc or in the sources can look it up."""
    found = variables()
    missing = {name: sorted(found[name]) for name in sorted(found.keys() - documented())}
    assert len(found) > 50, 'the scan finds next to nothing'
    assert not missing


def test_no_variable_is_documented_that_is_gone() -> None:
    """A variable that nothing reads any more does nothing, so the page does not offer it."""
    gone = documented() - variables().keys()
    assert not gone


def test_the_page_says_which_variables_a_project_may_not_set() -> None:
    """The sentence is what a user compares with, whose `.env` was refused."""
    text = PAGE.read_text(encoding='utf-8')
    sentence = re.search(r'(?s)Nevil refuses .*?: (`.*?`)\.', text)
    assert sentence, 'the sentence is gone'
    assert set(re.findall('`(NEVIL_[A-Z_]+)`', sentence[1])) == OWN_VARIABLES


@pytest.mark.parametrize('text', [
    "os.environ['NEVIL_X']", "os.getenv('NEVIL_X')", "env.pop('NEVIL_X', '')",
    "'NEVIL_X' in os.environ", "env = {**os.environ, 'NEVIL_X': '1'}",
    "os.environ.update(NEVIL_X='1')", "env = dict(os.environ, NEVIL_X='1')",
    "_X = 'NEVIL_X'\nenv[_X] = '1'", "X: str = 'NEVIL_X'\nenv[X] = '1'",
    "for name in ('NEVIL_X',):\n    del os.environ[name]",
    "[os.environ.get(name) for name in ('NEVIL_X',)]"])
def test_the_scan_sees_a_variable_however_it_is_read(text: str) -> None:
    """What the scan does not see may be missing on the page unnoticed."""
    assert python_variables(text) == {'NEVIL_X'}


@pytest.mark.parametrize('text', [
    'echo "${NEVIL_X-}"', '[[ $NEVIL_X ]]', 'NEVIL_X=1 command', 'export NEVIL_X', 'unset NEVIL_X',
    'for name in NEVIL_X; do :; done', 'ENV NEVIL_X=/run', '      NEVIL_X: "1"  # NEVIL_Y'])
def test_the_scan_sees_a_variable_of_a_script(text: str) -> None:
    """Scripts, the Dockerfile and the compose files have variables of their own."""
    assert shell_variables(text) == {'NEVIL_X'}

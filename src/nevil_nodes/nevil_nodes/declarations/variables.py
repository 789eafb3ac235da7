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

"""Check required variables and the versions a project was written for."""

from __future__ import annotations

from collections.abc import Mapping
import re
import sys

from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_nodes.declarations.dotenv import own_variable
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.root import Root

__all__ = ['check_versions', 'missing_variables', 'own_variables']

FRAMEWORK = 3
_OPERATORS = {
    '>=': lambda own, wanted: own >= wanted,
    '>': lambda own, wanted: own[:len(wanted)] > wanted,
    '<=': lambda own, wanted: own[:len(wanted)] <= wanted,
    '<': lambda own, wanted: own < wanted,
    '==': lambda own, wanted: own[:len(wanted)] == wanted,
    '!=': lambda own, wanted: own[:len(wanted)] != wanted,
    '~=': lambda own, wanted: own >= wanted and own[:len(wanted) - 1] == wanted[:-1],
}
_CLAUSE = re.compile(r'(>=|<=|==|!=|~=|>|<)?\s*(\d+(?:\.\d+)*)(?:\.\*)?\s*(\+)?')


def missing_variables(root: Root, nodes: Mapping[str, Node]) -> list[Problem]:
    """Report each required variable that is not set, or empty, for those who require it."""
    severity: Severity = 'error' if root.strict_variables else 'warning'
    problems = []
    path = ('security', 'required_env_vars')
    for index, name in enumerate(root.settings.get(*path)):
        if not root.scope.get(name):
            origin = root.settings.origin(*path, index)
            problems.append(Problem(
                file='.nodes', line=origin.line, key='.'.join(path), severity=severity,
                text=f"variable '{name}' is required and not set", fix=_fix(name)))
    for node in nodes.values():
        severity = 'error' if node.settings.get('security', 'validate_env_vars') else 'warning'
        for index, name in enumerate(node.settings.get(*path) if node.enabled else ()):
            if not node.environment.get(name, root.scope.get(name)):
                problems.append(node.problem(
                    (*path, index), f"variable '{name}' is required and not set", _fix(name),
                    severity))
    return problems


def own_variables(root: Root, nodes: Mapping[str, Node]) -> list[Problem]:
    """Refuse the variables that Nevil itself sets, wherever a file gives them."""
    problems = []
    environment = root.layer.data.get('environment')
    for name in environment if isinstance(environment, dict) else ():  # else the schema reports it
        wrong = own_variable(str(name))
        if wrong:
            problems.append(root.layer.problem(('environment', name), *wrong))
    for node in nodes.values():
        for name in node.environment:
            wrong = own_variable(name)
            if wrong:
                problems.append(node.problem(('environment', name), *wrong))
    return problems


def check_versions(root: Root) -> list[Problem]:
    """Warn when the project was written for another Nevil or another Python."""
    problems = []
    framework = str(root.settings.get('system', 'framework_version') or FRAMEWORK)
    if framework.split('.')[0] != str(FRAMEWORK):
        problems.append(_version(
            root, 'framework_version', f"'{framework}' is not a version {FRAMEWORK}.x",
            'check what changed, then write the version it runs with'))
    python = str(root.settings.get('system', 'python_version') or '')
    own = '.'.join(map(str, sys.version_info[:3]))
    fits = not python or _fits(python, sys.version_info[:3])
    if fits is None:
        problems.append(_version(root, 'python_version', f"'{python}' is not a version",
                                 'write 3.10, 3.10+ or >=3.10,<3.14'))
    elif not fits:
        problems.append(_version(root, 'python_version', f"this is Python {own}, not '{python}'",
                                 'run it with that Python, or correct the version'))
    return problems


def _fits(wanted: str, own: tuple[int, ...]) -> bool | None:
    """Return whether a Python is one of those wanted; a plain ``3.10`` means 3.10 or later."""
    for clause in wanted.split(','):
        match = _CLAUSE.fullmatch(clause.strip())
        if match is None:
            return None
        operator, version, _ = match.groups()
        numbers = tuple(int(part) for part in version.split('.'))
        if not _OPERATORS[operator or '>='](own, numbers):
            return False
    return True


def _version(root: Root, key: str, text: str, fix: str) -> Problem:
    return Problem(
        file='.nodes', line=root.settings.origin('system', key).line, key=f'system.{key}',
        text=text, fix=fix, severity='warning')


def _fix(name: str) -> str:
    return f'write {name}=... into .env, or export it before the start'

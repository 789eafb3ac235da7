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

"""Expand ``${VAR}`` and ``${VAR:-default}`` in the values of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
import re
from typing import Any

from nevil_msggen.source import KeyPath

__all__ = ['Expansion', 'as_text', 'expand']

_VARIABLE = re.compile(r'\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(:-([^{}]*))?\})?')


@dataclass
class Expansion:
    """
    What expanding has found.

    :param changed: paths of the values that held a variable
    :param undefined: path and name of each variable that is not set and has no default
    :param malformed: paths of values with a ``${`` that is not a variable
    :param firm: variables that the file's own ``environment`` does not change
    """

    changed: set[KeyPath] = field(default_factory=set)
    undefined: list[tuple[KeyPath, str]] = field(default_factory=list)
    malformed: list[KeyPath] = field(default_factory=list)
    firm: frozenset[str] = frozenset()


def expand(data: Any, scope: Mapping[str, str], found: Expansion, path: KeyPath = ()) -> Any:
    """
    Return a copy of the data with all variables replaced.

    An ``environment`` mapping is read from top to bottom, like a shell script: a variable may
    use those above it. An unset variable expands to nothing; where it is in a search path
    (``PYTHONPATH: "${PYTHONPATH}:./lib"``) that is right, elsewhere it is reported.

    :param scope: the variables that are set
    :param found: is filled
    """
    if isinstance(data, str):
        return _text(data, scope, found, path) if '${' in data else data
    if isinstance(data, list):
        return [expand(item, scope, found, (*path, i)) for i, item in enumerate(data)]
    if not isinstance(data, dict):
        return data
    if path and path[-1] == 'environment':
        return _environment(data, scope, found, path)
    return {key: expand(value, scope, found, (*path, key)) for key, value in data.items()}


def as_text(value: Any) -> str:
    """Return an environment variable's value as text; YAML's booleans as they are written."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return '' if value is None else str(value)


def _environment(
        data: dict[str, Any], scope: Mapping[str, str], found: Expansion,
        path: KeyPath) -> dict[str, Any]:
    inner = dict(scope)
    result: dict[str, Any] = {}
    for key, value in data.items():
        result[key] = expand(value, inner, found, (*path, key))
        if len(path) == 1 and key in found.firm:
            continue
        if not isinstance(result[key], (dict, list)):
            inner[key] = as_text(result[key])
    return result


def _text(text: str, scope: Mapping[str, str], found: Expansion, path: KeyPath) -> str:
    search_path = bool(path) and str(path[-1]).endswith('PATH')
    missing: list[str] = []

    def replace(match: re.Match[str]) -> str:
        name, _, default = match.groups()
        if name is None:
            if match.group() == '${':
                found.malformed.append(path)
                return match.group()
            return '${'
        value = scope.get(name, '')
        if default is not None:
            return value or default
        if name not in scope:
            missing.append(name)
        return value

    expanded = _VARIABLE.sub(replace, text)
    found.changed.add(path)
    if missing and search_path:
        return ':'.join(part for part in expanded.split(':') if part)
    found.undefined.extend((path, name) for name in missing)
    return expanded

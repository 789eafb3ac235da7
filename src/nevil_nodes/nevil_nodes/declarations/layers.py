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

"""Values and where they come from: files laid over each other, later ones win."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_msggen.source import Document
from nevil_msggen.source import KeyPath
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Layer', 'Origin', 'Settings']


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a value was given.

    :param file: empty for a default
    :param expanded: the value at that place holds a variable of the environment
    """

    file: str = ''
    line: int = 0
    expanded: bool = False

    def __str__(self) -> str:
        """Return ``file:line``, ``file:line (environment)`` or ``default``."""
        if not self.file:
            return 'environment' if self.expanded else 'default'
        place = f'{self.file}:{self.line}' if self.line else self.file
        return f'{place} (environment)' if self.expanded else place


@dataclass(frozen=True)
class Layer:
    """
    Data of a part of a file.

    :param document: the file
    :param prefix: the part's key path in it
    :param data: its data, expanded
    :param expanded: key paths (in the part) whose value held a variable
    """

    document: Document
    prefix: KeyPath = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    expanded: frozenset[KeyPath] = frozenset()

    def origin(self, path: KeyPath) -> Origin:
        """Return where the value at a path of this part is."""
        return Origin(self.document.file, self.document.line(*self.prefix, *path),
                      path in self.expanded)

    def problem(
            self, path: KeyPath, text: str, fix: str = '',
            severity: Severity = 'error') -> Problem:
        """Return a problem at the place of the value at a path of this part."""
        return self.document.problem((*self.prefix, *path), text, fix, severity)


class Settings:
    """A tree of values that remembers the origin of each."""

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        """Begin with the defaults."""
        self.data: dict[str, Any] = _copy(defaults)
        self._origins: dict[KeyPath, Origin] = {}

    def merge(self, layer: Layer) -> None:
        """Lay a part of a file over the values: mappings are merged, lists replaced."""
        self._merge(self.data, layer.data, layer, ())

    def put(self, path: KeyPath, value: Any, origin: Origin) -> None:
        """Set one value."""
        target = self.data
        for key in path[:-1]:
            target = target.setdefault(str(key), {})
        target[str(path[-1])] = value
        self._origins[path] = origin

    def put_origin(self, path: KeyPath, origin: Origin) -> None:
        """Say where a value, or an item of a list, was given."""
        self._origins[path] = origin

    def get(self, *path: str) -> Any:
        """Return the value at a path, None when there is none."""
        value: Any = self.data
        for key in path:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return value

    def origin(self, *path: str | int) -> Origin:
        """
        Return where the value at a path, or the nearest one above it, was given.

        A mapping was given where the first of what is in it was.
        """
        if path and path not in self._origins:
            inner = (known for known in self._origins if known[:len(path)] == path)
            path = next(inner, path)
        while path and path not in self._origins:
            path = path[:-1]
        return self._origins.get(path, Origin())

    def leaves(self) -> Iterator[tuple[str, Any, Origin]]:
        """Yield the dotted key, value and origin of every value."""
        stack: list[tuple[KeyPath, Any]] = [((), self.data)]
        while stack:
            path, value = stack.pop()
            if isinstance(value, dict) and (value or not path):
                stack.extend(((*path, key), value[key]) for key in reversed(value))
            else:
                yield '.'.join(map(str, path)), value, self._origins.get(path, Origin())

    def _merge(
            self, base: dict[str, Any], data: Mapping[str, Any], layer: Layer,
            path: KeyPath) -> None:
        for key, value in data.items():
            here = (*path, key)
            if isinstance(value, dict) and value:
                inner = base.get(key)
                if not isinstance(inner, dict):
                    inner = base[key] = {}
                self._merge(inner, value, layer, here)
            elif not isinstance(value, dict) or key not in base:
                base[key] = _copy(value)
                self._origins[here] = layer.origin(here)
                if isinstance(value, list):
                    items: list[KeyPath] = [(*here, index) for index in range(len(value))]
                    self._origins.update((item, layer.origin(item)) for item in items)


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value

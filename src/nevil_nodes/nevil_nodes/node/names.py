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

"""
Names that rclpy and the author of a node both use.

A v3 node may keep ``self.executor`` or ``self.timers`` of its own; in rclpy these are something
else, and replacing them breaks the node far away from the cause. So both keep theirs: code in
rclpy and in this package sees rclpy's value, everything else the author's.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ['called_from_rclpy', 'shadow_attribute', 'shadow_methods']

_AUTHOR = '_nevil_author_attributes'
_NOTHING = object()


def called_from_rclpy(depth: int = 2) -> bool:
    """Return whether the code ``depth`` frames up belongs to rclpy or to this package."""
    module = sys._getframe(depth).f_globals.get('__name__') or ''
    return module.split('.', 1)[0] == 'rclpy' or module.startswith('nevil_nodes.node.')


class _Shadow:
    """One name with two values: rclpy's, and that of the node's author."""

    def __init__(self, name: str, owner: type, author_value: Any = _NOTHING) -> None:
        self._name = name
        self._inherited = _inherited(owner, name)
        self._author_value = author_value

    def __get__(self, node: Any, owner: type | None = None) -> Any:
        if node is None:
            return self._inherited if self._author_value is _NOTHING else self._author_value
        author = node.__dict__.get(_AUTHOR, {})
        if not called_from_rclpy():
            if self._name in author:
                return author[self._name]
            if self._author_value is not _NOTHING:
                return _bind(self._author_value, node)
        if self._name in node.__dict__:
            return node.__dict__[self._name]
        if self._inherited is _NOTHING:
            raise AttributeError(f'{type(node).__name__!r} object has no attribute {self._name!r}')
        return _bind(self._inherited, node)

    def __set__(self, node: Any, value: Any) -> None:
        # Reached only from NevilNode.__setattr__ (depth 3 is the code that assigns).
        if not called_from_rclpy(3):
            node.__dict__.setdefault(_AUTHOR, {})[self._name] = value
        elif hasattr(type(self._inherited), '__set__'):
            self._inherited.__set__(node, value)
        else:
            node.__dict__[self._name] = value

    def __delete__(self, node: Any) -> None:
        node.__dict__.get(_AUTHOR, {}).pop(self._name, None)


def _inherited(owner: type, name: str) -> Any:
    """Return what the classes above ``owner`` have under this name, unbound."""
    return next((vars(cls)[name] for cls in owner.__mro__[1:] if name in vars(cls)),
                _NOTHING)


def _bind(value: Any, node: Any) -> Any:
    return value.__get__(node, type(node)) if hasattr(value, '__get__') else value


def shadow_attribute(owner: type, name: str) -> None:
    """Give a class two values under a name that one of its objects is about to assign."""
    if not isinstance(vars(owner).get(name), _Shadow):
        setattr(owner, name, _Shadow(name, owner, vars(owner).get(name, _NOTHING)))


def shadow_methods(owner: type, reserved: frozenset[str]) -> list[str]:
    """Let a class define methods under rclpy's names without rclpy calling them."""
    names = [name for name in vars(owner) if name in reserved]
    for name in names:
        setattr(owner, name, _Shadow(name, owner, vars(owner)[name]))
    return names

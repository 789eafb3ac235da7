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
Between the dicts of a node and the ROS messages on the wire.

One converter per type, made once: for types from ``.messages`` with their rules, for existing ROS
types from the fields that ROS knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
import importlib
import json
from typing import Any
from typing import Protocol

from nevil_nodes.node.errors import NodeError
from nevil_nodes.node.errors import Refused
from nevil_nodes.node.generic import GenericConverter
from nevil_nodes.node.rules import checker
from nevil_nodes.node.rules import shown
from nevil_nodes.node.tables import fields_of

__all__ = ['Converter', 'DeclaredConverter', 'converter_for', 'message_class']


class Converter(Protocol):
    """Turns a dict into a message of one type and back."""

    ros_class: Any

    def to_ros(self, data: Any) -> tuple[Any, list[str]]:
        """
        Return the message and the names of fields that the type does not have.

        :raises Refused: a value breaks a rule
        """

    def to_dict(self, message: Any) -> dict[str, Any]:
        """Return all fields of a message."""


def message_class(ros_type: str) -> Any:
    """
    Import the class of an interface.

    :param ros_type: ``my_robot_msgs/msg/VoiceCommand``
    :raises NodeError: there is no such package or type in this environment
    """
    try:
        package, kind, name = ros_type.split('/')
        return getattr(importlib.import_module(f'{package}.{kind}'), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise NodeError(
            f'message type {ros_type} cannot be loaded ({error}); '
            'build the interface package with `nevil build`') from error


@lru_cache(maxsize=None)
def converter_for(ros_type: str) -> Converter:
    """Return the converter of a type, made at the first call."""
    ros_class = message_class(ros_type)
    fields = fields_of(ros_type)
    if fields is None:
        return GenericConverter(ros_class)
    return DeclaredConverter(ros_class, fields, ros_type.split('/')[0])


class _Field:
    """One declared field: how its value is checked and converted."""

    def __init__(self, field: Mapping[str, Any], package: str) -> None:
        self.name: str = field['name']
        self.required = bool(field.get('required'))
        self._kind = field['type']
        self._json = field.get('encoding') == 'json'
        self._limit = field.get('max_length')
        self._nested: DeclaredConverter | None = None
        self._items: _Field | None = None
        if field.get('message'):
            name = field['message']
            ros_class = message_class(name if '/' in name else f'{package}/msg/{name}')
            self._nested = DeclaredConverter(ros_class, field.get('fields') or (), package)
        elif self._kind == 'array' and not self._json:
            items = field.get('items')
            items = {'type': items} if isinstance(items, str) else dict(items or {})
            self._items = _Field({'name': '', **items}, package)
        elif not self._json:
            self._check = checker(field)

    def to_ros(self, value: Any, unknown: list[str], path: str) -> Any:
        """Check a value and return it as ROS wants it."""
        if self._kind == 'array':
            return self._array_to_ros(value, unknown, path)
        if self._nested is not None:
            return self._nested.build(value, unknown, path + '.')
        if self._json:
            return _encode(value, Mapping, 'an object')
        return self._check(value)

    def _array_to_ros(self, value: Any, unknown: list[str], path: str) -> Any:
        if isinstance(value, (str, bytes, Mapping)) or not hasattr(value, '__len__'):
            raise Refused(f'{shown(value)} is not an array')
        values = list(value)
        if self._limit is not None and len(values) > self._limit:
            raise Refused(f'{len(values)} items, max_length is {self._limit}')
        if self._json:
            return _encode(values, list, 'an array')
        item = self._items
        if item is None:
            assert self._nested is not None
            return [self._nested.build(entry, unknown, path + '.') for entry in values]
        result = []
        for index, entry in enumerate(values):
            try:
                result.append(item.to_ros(entry, unknown, path))
            except Refused as error:
                raise Refused(f'item {index}: {error}') from None
        return result

    def to_value(self, value: Any) -> Any:
        """Return a received value as plain data."""
        if self._json:
            return _decode(value, [] if self._kind == 'array' else {})
        if self._kind == 'array':
            if self._items is not None:
                return [self._items.to_value(entry) for entry in value]
            assert self._nested is not None
            return [self._nested.to_dict(entry) for entry in value]
        if self._nested is not None:
            return self._nested.to_dict(value)
        return value


def _encode(value: Any, kind: Any, name: str) -> str:
    if not isinstance(value, kind):
        raise Refused(f'{shown(value)} is not {name}')
    try:
        return json.dumps(value, ensure_ascii=False, separators=(',', ':'))
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused(f'{shown(value)} cannot be written as JSON: {error}') from None


def _decode(text: str, empty: Any) -> Any:
    """Return what the sender encoded; a text that is no JSON (from a foreign tool) as it is."""
    if not text:
        return empty
    try:
        return json.loads(text)
    except ValueError:
        return text


class DeclaredConverter:
    """
    Converts a type that was declared in ``.messages``.

    :param ros_class: its generated class
    :param fields: its fields, from the table
    :param package: the interface package, where nested types are
    """

    def __init__(self, ros_class: Any, fields: Any, package: str) -> None:
        """Prepare the checks of all fields."""
        self.ros_class = ros_class
        self._fields = {field['name']: _Field(field, package) for field in fields}
        self._required = frozenset(
            name for name, field in self._fields.items() if field.required)

    def to_ros(self, data: Any) -> tuple[Any, list[str]]:
        """Check a dict against all rules and return the message."""
        if isinstance(data, self.ros_class):
            data = self.to_dict(data)
        unknown: list[str] = []
        return self.build(data, unknown, ''), unknown

    def build(self, data: Any, unknown: list[str], path: str) -> Any:
        """Return the message, adding the names of unknown fields to ``unknown``."""
        if not isinstance(data, Mapping):
            raise Refused(f'{shown(data)} is not a dict of fields')
        missing = [name for name in self._required if data.get(name) is None]
        if missing:
            raise Refused(f'{path}{min(missing)}: required, but missing')
        message = self.ros_class()
        for name, value in data.items():
            field = self._fields.get(name)
            if field is None:
                unknown.append(f'{path}{name}')
            elif value is not None:
                try:
                    setattr(message, name, field.to_ros(value, unknown, path + name))
                except Refused as error:
                    text = str(error)
                    raise Refused(text if text.startswith(f'{path}{name}.')
                                  else f'{path}{name}: {text}') from None
        return message

    def to_dict(self, message: Any) -> dict[str, Any]:
        """Return all fields of a message as plain data."""
        return {name: field.to_value(getattr(message, name))
                for name, field in self._fields.items()}

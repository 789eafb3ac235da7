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
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
import json
from typing import Any
from typing import Protocol

from nevil_msggen.shown import short_repr
from nevil_nodes.node.arrays import jsonable
from nevil_nodes.node.arrays import listed
from nevil_nodes.node.errors import Refused
from nevil_nodes.node.generic import GenericConverter
from nevil_nodes.node.generic import message_class
from nevil_nodes.node.rules import checker
from nevil_nodes.node.tables import declared

__all__ = ['Converter', 'DeclaredConverter', 'JsonConverter', 'OwnDefaults', 'converter_for']

_MOST_NAMED = 3


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


@lru_cache(maxsize=None)
def converter_for(ros_type: str) -> Converter:
    """Return the converter of a type, made at the first call."""
    ros_class = message_class(ros_type)
    row = declared(ros_type)
    if row is None:
        return GenericConverter(ros_class)
    if row.get('any_json'):
        return JsonConverter(ros_class, row['fields'][0]['name'])
    return DeclaredConverter(ros_class, row['fields'], ros_type.split('/')[0])


class _Field:
    """One declared field: how its value is checked and converted."""

    def __init__(self, field: Mapping[str, Any], package: str) -> None:
        self.required = bool(field.get('required'))
        self.default = field.get('default')
        self._json: tuple[Any, str] | None = None
        self._limit = field.get('max_length')
        self._nested: DeclaredConverter | None = None
        self._items: _Field | None = None
        if field.get('encoding') == 'json':
            self._json = (list, 'an array') if field['type'] == 'array' else (Mapping, 'an object')
        elif field['type'] == 'array':
            self._items = _Field(field['items'], package)
        elif field['type'] == 'object':
            ros_class = message_class(f'{package}/msg/{field["message"]}')
            self._nested = DeclaredConverter(ros_class, field['fields'], package)
        else:
            self._check = checker(field)

    def to_ros(self, value: Any, unknown: list[str], path: str) -> Any:
        """
        Check a value and return it as ROS wants it.

        :raises Refused: with the path of the field and the rule
        """
        if self._items is not None:
            return self._array_to_ros(self._items, value, unknown, path)
        if self._nested is not None:
            return self._nested.build(value, unknown, path)
        try:
            return _encode(value, *self._json) if self._json else self._check(value)
        except Refused as error:
            raise Refused(f'{path}: {error}') from None

    def _array_to_ros(self, items: _Field, value: Any, unknown: list[str], path: str) -> Any:
        try:
            value = listed(value)
        except Refused as error:
            raise Refused(f'{path}: {error}') from None
        if self._limit is not None and len(value) > self._limit:
            raise Refused(f'{path}: has {len(value)} items, max_length is {self._limit}')
        return [items.to_ros(entry, unknown, f'{path}[{index}]')
                for index, entry in enumerate(value)]

    def to_value(self, value: Any) -> Any:
        """Return a received value as plain data."""
        if self._items is not None:
            return [self._items.to_value(entry) for entry in value]
        if self._nested is not None:
            return self._nested.to_dict(value)
        return _decode(value) if self._json else value


def _encode(value: Any, kind: Any, name: str) -> str:
    if kind is list:
        value = listed(value)
    if not isinstance(value, kind):
        raise Refused(f'{short_repr(value)} is not {name}')
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=(',', ':'), default=jsonable)
    except (TypeError, ValueError, RecursionError) as error:
        raise Refused(f'{short_repr(value)} cannot be written as JSON: {error}') from None


def _decode(text: str) -> Any:
    """Return what the sender encoded: None for nothing, a text that is no JSON as it is."""
    try:
        return json.loads(text) if text else None
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
        self._required = tuple(
            name for name, field in self._fields.items() if field.required)
        self._defaults = self._missing_defaults()

    def _missing_defaults(self) -> dict[str, Any]:
        """Return the defaults that the ``.msg`` cannot hold: they are set here."""
        message = self.ros_class()
        return {name: field.default for name, field in self._fields.items()
                if field.default is not None and not field.required
                and field.to_value(getattr(message, name)) != field.default}

    def to_ros(self, data: Any) -> tuple[Any, list[str]]:
        """Check a dict against all rules and return the message."""
        if isinstance(data, self.ros_class):
            data = self.to_dict(data)
        unknown: list[str] = []
        return self.build(data, unknown, ''), unknown

    def build(self, data: Any, unknown: list[str], path: str) -> Any:
        """Return the message, adding the paths of unknown fields to ``unknown``."""
        prefix = f'{path}.' if path else ''
        if not isinstance(data, Mapping):
            raise Refused(f'{path or "data"}: {short_repr(data)} is not a dict of fields')
        for name in self._required:
            if data.get(name) is None:
                raise Refused(f'{prefix}{name}: required, but {self._given_instead(name, data)}')
        message = self.ros_class()
        for name, value in data.items():
            field = self._fields.get(name)
            if field is None:
                unknown.append(f'{prefix}{name}')
            elif value is not None:
                setattr(message, name, field.to_ros(value, unknown, f'{prefix}{name}'))
        for name, value in self._defaults.items():
            if data.get(name) is None:
                setattr(message, name, self._fields[name].to_ros(value, unknown, name))
        return message

    def _given_instead(self, name: str, data: Mapping[Any, Any]) -> str:
        """Return what stands where a required field should: None, or names it does not have."""
        if name in data:
            return 'you gave None'
        others = [str(key) for key in data if key not in self._fields]
        near = get_close_matches(name, others, n=1) or others[:_MOST_NAMED]
        if not near:
            return 'missing'
        return f'you gave {", ".join(map(repr, near))}, which {self.ros_class.__name__} has not'

    def to_dict(self, message: Any) -> dict[str, Any]:
        """Return all fields of a message as plain data."""
        return {name: field.to_value(getattr(message, name))
                for name, field in self._fields.items()}


class JsonConverter:
    """
    Carries any JSON object: of a type that no file describes.

    :param ros_class: its generated class
    :param field: its one field, a string
    """

    def __init__(self, ros_class: Any, field: str) -> None:
        """Keep the class."""
        self.ros_class = ros_class
        self._field = field

    def to_ros(self, data: Any) -> tuple[Any, list[str]]:
        """Return the message that carries a dict."""
        if isinstance(data, self.ros_class):
            return data, []
        try:
            return self.ros_class(**{self._field: _encode(data, Mapping, 'a dict')}), []
        except Refused as error:
            raise Refused(f'data: {error}') from None

    def to_dict(self, message: Any) -> dict[str, Any]:
        """Return the dict that a message carries."""
        data = _decode(getattr(message, self._field))
        return data if isinstance(data, dict) else {} if data is None else {self._field: data}


class OwnDefaults:
    """
    Fills in the defaults of one publisher, which those of another do not share.

    :param defaults: values by dotted field
    """

    def __init__(self, converter: Converter, defaults: Mapping[str, Any]) -> None:
        """Keep what converts the rest."""
        self.ros_class = converter.ros_class
        self.to_dict = converter.to_dict
        self._converter = converter
        self._defaults = [(name.split('.'), defaults[name]) for name in sorted(defaults)]

    def to_ros(self, data: Any) -> tuple[Any, list[str]]:
        """Return the message, with a default for each field that was not given."""
        if isinstance(data, Mapping):
            for path, value in self._defaults:
                data = _filled(data, path, value)
        return self._converter.to_ros(data)


def _filled(data: Mapping[str, Any], path: Sequence[str], value: Any) -> Mapping[str, Any]:
    """Return a copy with a value where there is none; the author's own dict stays as it is."""
    name, *rest = path
    present = data.get(name)
    if rest and isinstance(present or {}, Mapping):
        return {**data, name: _filled(present or {}, rest, value)}
    return {**data, name: value} if present is None else data

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


"""From a `schema` in a file to typed fields, whose constraints agree with each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nevil_msggen.model import Field
from nevil_msggen.model import FieldType
from nevil_msggen.model import Place
from nevil_msggen.names import check_field
from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_msggen.scalars import number
from nevil_msggen.shown import shown
from nevil_msggen.source import Document
from nevil_msggen.source import KeyPath

__all__ = ['FieldReader', 'broken_rule']

_TYPES: dict[str, FieldType] = {
    'str': 'string', 'string': 'string', 'float': 'float', 'double': 'float', 'number': 'float',
    'int': 'integer', 'integer': 'integer', 'bool': 'boolean', 'boolean': 'boolean',
    'list': 'array', 'array': 'array', 'dict': 'object', 'object': 'object',
}
_APPLIES: dict[str, tuple[FieldType, ...]] = {
    'min': ('float', 'integer'), 'max': ('float', 'integer'), 'max_length': ('string', 'array'),
    'allowed': ('string', 'float', 'integer', 'boolean'), 'items': ('array',),
    'schema': ('object',),
}
_NOT_A_VALUE = object()


def broken_rule(field: Field, value: Any) -> str:
    """Return the rule that a value of the right type breaks, empty where it breaks none."""
    if field.allowed is not None and value not in field.allowed:
        return f'is not one of {", ".join(map(str, field.allowed))}'
    if field.minimum is not None and not value >= field.minimum:  # .nan is neither
        return f'is less than min {field.minimum}'
    if field.maximum is not None and not value <= field.maximum:
        return f'is more than max {field.maximum}'
    if field.max_length is not None and len(value) > field.max_length:
        return f'is longer than max_length {field.max_length}'
    return ''


class FieldReader:
    """Read the fields of one document, collecting problems."""

    def __init__(self, document: Document) -> None:
        """Begin with a document that is already checked against the schema."""
        self.problems: list[Problem] = []
        self._document = document

    def fields(self, data: Mapping[str, Any], path: KeyPath) -> tuple[Field, ...]:
        """Return the fields of a ``schema``; those whose name is refused are left out."""
        result = []
        for name, entry in data.items():
            here = (*path, name)
            refused = check_field(name)
            if refused is not None:
                self.add(here, *refused)
            else:
                result.append(self._field(name, entry, here))
        return tuple(result)

    def place(self, path: KeyPath) -> Place:
        """Return the file and line of a key path."""
        return Place(self._document.file, self._document.line(*path))

    def add(self, path: KeyPath, text: str, fix: str, severity: Severity = 'error') -> None:
        """Note a problem."""
        self.problems.append(self._document.problem(path, text, fix, severity))

    def _field(self, name: str, entry: Any, path: KeyPath) -> Field:
        if isinstance(entry, str):
            entry = {'type': entry}
        kind = _TYPES[entry['type']]
        given = self._applicable(entry, kind, path)
        items = given.get('items')
        base = Field(
            name=name, type=kind, required=entry.get('required', False),
            description=' '.join(entry.get('description', '').split()),
            max_length=given.get('max_length'), place=self.place(path),
            items=None if items is None else self._field('', items, (*path, 'items')),
            fields=None if 'schema' not in given else self.fields(
                given['schema'], (*path, 'schema')))
        bounds = self._bounds(base, given, path)
        allowed = tuple(
            value for value in (
                self._value(base, value, (*path, 'allowed', index))
                for index, value in enumerate(given.get('allowed', ())))
            if value is not _NOT_A_VALUE)
        limited = _replace(base, minimum=bounds[0], maximum=bounds[1], allowed=allowed or None)
        return _replace(limited, default=self._default(limited, entry, path))

    def _applicable(self, entry: Mapping[str, Any], kind: FieldType,
                    path: KeyPath) -> dict[str, Any]:
        given = {}
        for key, kinds in _APPLIES.items():
            if entry.get(key) is None:
                continue
            if kind in kinds:
                given[key] = entry[key]
            else:
                article = 'an' if kind[0] in 'aio' else 'a'
                self.add((*path, key), f'has no effect on {article} {kind}', 'remove it',
                         'warning')
        return given

    def _bounds(self, field: Field, given: Mapping[str, Any],
                path: KeyPath) -> tuple[Any, Any]:
        low, high = given.get('min'), given.get('max')
        if low is not None and high is not None and low > high:
            self.add((*path, 'min'), f'min {low} is more than max {high}', 'swap them')
            return None, None
        if field.type == 'float':
            return (None if low is None else float(low)), (None if high is None else float(high))
        return low, high

    def _default(self, field: Field, entry: Mapping[str, Any], path: KeyPath) -> Any:
        if entry.get('default') is None:
            return None
        here = (*path, 'default')
        value = self._value(field, entry['default'], here)
        if value is _NOT_A_VALUE:
            return None
        rule = broken_rule(field, value)
        if rule:
            self.add(here, f'default {shown(value)} {rule}',
                     'change the default, or the rule that it breaks')
            return None
        return value

    def _value(self, field: Field, value: Any, path: KeyPath) -> Any:
        """Return the value in the field's own type, or ``_NOT_A_VALUE`` after a problem."""
        converted = _converted(field, value)
        if converted is _NOT_A_VALUE:
            self.add(path, f'{shown(value)} is not of the type {field.type}',
                     _type_fix(field, value))
        return converted


def _type_fix(field: Field, value: Any) -> str:
    if field.type == 'string' and isinstance(value, bool):
        return 'put it in quotes: YAML reads on, yes and true as a boolean'
    if field.type == 'string' and not isinstance(value, (list, dict)):
        return 'put it in quotes'
    if field.type in ('integer', 'float') and isinstance(value, str) and number(value) is not None:
        return 'remove the quotes'
    return 'change the value or the type'


def _converted(field: Field, value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if field.type == 'float':
        return float(value) if number else _NOT_A_VALUE
    if field.type == 'integer':
        return int(value) if number and float(value).is_integer() else _NOT_A_VALUE
    if field.type == 'array':
        if not isinstance(value, list):
            return _NOT_A_VALUE
        if field.items is None:
            return value
        items = [_converted(field.items, item) for item in value]
        return _NOT_A_VALUE if any(item is _NOT_A_VALUE for item in items) else items
    kinds = {'string': str, 'boolean': bool, 'object': dict}
    return value if isinstance(value, kinds[field.type]) else _NOT_A_VALUE


def _replace(field: Field, **changes: Any) -> Field:
    """Return a changed copy (``dataclasses.replace`` costs three times as much)."""
    return Field(**{**field.__dict__, **changes})

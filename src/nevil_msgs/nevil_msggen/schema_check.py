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
Check data of a file against a JSON Schema that is shipped for editors, in our own words.

The schemas are the one list of keys, types, defaults and rules. They use a small part of JSON
Schema, and this module knows exactly that part (``docs/adr/0002``). A value that breaks a rule is
reported and left out of what is returned, so that whoever reads on needs no second check.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Container
from collections.abc import Mapping
import functools
import json
import math
from pathlib import Path
import re
from typing import Any
from typing import Protocol

from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_msggen.scalars import number
from nevil_msggen.shown import shown
from nevil_msggen.source import KeyPath

__all__ = ['Places', 'check', 'load_schema', 'messages_schema']

Schema = Mapping[str, Any]

_DROP: Any = object()
_TYPES: dict[str, type] = {
    'string': str, 'boolean': bool, 'object': dict, 'array': list, 'null': type(None),
}
_WORDS = {
    'string': 'text', 'number': 'a number', 'integer': 'a whole number',
    'boolean': 'true or false', 'array': 'a list', 'object': 'a mapping of keys',
}


class Places(Protocol):
    """Data of a file, and where each of its values stands."""

    @property
    def data(self) -> Mapping[str, Any]:
        """Return the data."""

    @property
    def expanded(self) -> Container[KeyPath]:
        """Return the paths of values that held a variable: their text may mean a number."""

    def problem(
            self, path: KeyPath, text: str, fix: str = '',
            severity: Severity = 'error') -> Problem:
        """Return a problem at the place of the value at a path."""


@functools.cache
def load_schema(path: Path) -> Schema:
    """Return a schema that is shipped."""
    schema: Schema = json.loads(path.read_text(encoding='utf-8'))
    return schema


def messages_schema() -> Schema:
    """Return the schema of `.messages`."""
    return load_schema(Path(__file__).with_name('schema') / 'messages.schema.json')


def check(
        places: Places, schema: Schema,
        other: Callable[[str], Schema] | None = None) -> tuple[dict[str, Any], list[Problem]]:
    """
    Check the data of a file, or of a part of it.

    :param other: returns another schema by the name that a ``$ref`` has for it
    :returns: the data without what is wrong or empty, and every problem
    """
    checker = _Checker(places, schema, other)
    data = checker.value(places.data, schema, ())
    return (data if isinstance(data, dict) else {}), checker.problems


class _Checker:
    """One walk through data and a schema."""

    def __init__(
            self, places: Places, schema: Schema,
            other: Callable[[str], Schema] | None) -> None:
        self.problems: list[Problem] = []
        self._places = places
        self._definitions = schema.get('$defs', {})
        self._other = other

    def value(self, value: Any, rule: Schema, path: KeyPath) -> Any:
        """Return the value without what is wrong in it, or ``_DROP``."""
        rule = self._chosen(value, self._resolved(rule))
        types = rule.get('type')
        if types is not None:
            value = self._typed(value, _listed(types), rule, path)
            if value is _DROP:
                return _DROP
        if isinstance(value, dict):
            return self._mapping(value, rule, path)
        if isinstance(value, list):
            return self._list(value, rule, path)
        return self._scalar(value, rule, path)

    def _resolved(self, rule: Schema) -> Schema:
        name = rule.get('$ref')
        if name is None:
            return rule
        if name.startswith('#/$defs/'):
            return self._definitions[name.rpartition('/')[2]]  # type: ignore[no-any-return]
        assert self._other is not None
        return self._other(name)

    def _chosen(self, value: Any, rule: Schema) -> Schema:
        """Return the one of ``anyOf`` that has the value's type."""
        choices = rule.get('anyOf')
        if choices is None:
            return rule
        fitting = (choice for choice in choices if _is(value, choice['type']))
        return next(fitting, {'type': [choice['type'] for choice in choices]})

    def _typed(self, value: Any, types: list[str], rule: Schema, path: KeyPath) -> Any:
        if value is None and ('null' not in types or {'array', 'object'} & {*types}):
            return _DROP  # `requires:` with nothing behind it means the default
        if any(_is(value, kind) for kind in types):
            return value
        if isinstance(value, str) and path in self._places.expanded:
            for kind in types:
                converted = _converted(value, kind)
                if converted is not None:
                    return converted
        fix = _words_fix(value) if rule.get('x-words') else _type_fix(value, types)
        return self._refuse(path, f'{shown(value)} is not {_words(types)}', fix)

    def _mapping(self, data: dict[str, Any], rule: Schema, path: KeyPath) -> Any:
        known = rule.get('properties', {})
        others = rule.get('additionalProperties', True)
        naming = rule.get('propertyNames')
        result: dict[str, Any] = {}
        for key, value in data.items():
            here = (*path, key)
            if naming is not None and not re.fullmatch(naming['pattern'], key):
                self._refuse(here, f"'{key}' is not {naming['x-rule']}", 'rename it')
                continue
            inner = known.get(key, others)
            if inner is False:
                self._unknown(here, key, known)
                continue
            if inner is not True:
                value = self.value(value, inner, here)
                if value is not _DROP and value != inner.get('default'):
                    self._no_effect(here, inner)
            if value is not _DROP:
                result[key] = value
        missing = [key for key in rule.get('required', ()) if data.get(key) is None]
        for key in missing:
            example = json.dumps(known[key]['examples'][0]) if 'examples' in known[key] else '...'
            self._refuse(path, f"'{key}' is missing", f'add `{key}: {example}`')
        refused = path and any(key not in result for key in rule.get('required', ()))
        return _DROP if refused else result

    def _list(self, data: list[Any], rule: Schema, path: KeyPath) -> Any:
        if len(data) < rule.get('minItems', 0):
            return self._refuse(path, 'is an empty list', 'add an entry, or remove the key')
        inner = rule.get('items')
        if inner is None:
            return data
        items = [self.value(item, inner, (*path, index)) for index, item in enumerate(data)]
        if self._resolved(inner).get('type') == 'object':
            # A refused entry keeps its place, so that indices still name the right line.
            return [None if item is _DROP else item for item in items]
        return [item for item in items if item is not _DROP]

    def _scalar(self, value: Any, rule: Schema, path: KeyPath) -> Any:
        words = rule.get('enum')
        if words is not None and value not in words:
            words = [word for word in words if '-' not in word]
            near = next((word for word in words if word.lower() == str(value).lower()), '')
            fix = f"write '{near}'" if near else did_you_mean(str(value).lower(), words)
            return self._refuse(path, f'{shown(value)} is not one of {", ".join(words)}', fix)
        if isinstance(value, str):
            if len(value) < rule.get('minLength', 0):
                return self._refuse(path, 'is empty', 'write a value, or remove the key')
            if 'pattern' in rule and not re.fullmatch(rule['pattern'], value):
                return self._refuse(path, f'{shown(value)} is not {rule["x-rule"]}', '')
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(value, rule, path)
        return value

    def _number(self, value: float, rule: Schema, path: KeyPath) -> Any:
        if 'minimum' in rule and value < rule['minimum']:
            return self._refuse(path, f'{value} is less than {rule["minimum"]}',
                                f'write {rule["minimum"]} or more')
        if 'exclusiveMinimum' in rule and value <= rule['exclusiveMinimum']:
            return self._refuse(path, f'{value} is not more than {rule["exclusiveMinimum"]}',
                                f'write more than {rule["exclusiveMinimum"]}')
        if 'maximum' in rule and value > rule['maximum']:
            return self._refuse(path, f'{value} is more than {rule["maximum"]}',
                                f'write {rule["maximum"]} or less')
        return int(value) if rule.get('type') == 'integer' else value

    def _unknown(self, path: KeyPath, key: str, known: Schema) -> None:
        working = [name for name, rule in known.items() if not rule.get('deprecated')]
        fix = did_you_mean(key, working) or f'known keys: {", ".join(working)}'
        self._add(path, 'is not a known key and has no effect', fix, 'warning')

    def _no_effect(self, path: KeyPath, rule: Schema) -> None:
        """Warn of a value that asks for what Nevil does not do; the default asks for nothing."""
        if rule.get('deprecated'):
            self._add(path, 'is accepted and has no effect',
                      'remove it when no other tool reads it', 'warning')

    def _refuse(self, path: KeyPath, text: str, fix: str) -> Any:
        self._add(path, text, fix, 'error')
        return _DROP

    def _add(self, path: KeyPath, text: str, fix: str, severity: Severity) -> None:
        self.problems.append(self._places.problem(path, text, fix, severity))


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _is(value: Any, kind: str) -> bool:
    python_type = _TYPES.get(kind)
    if python_type is not None:
        return isinstance(value, python_type)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and (kind == 'number' or float(value).is_integer())


def _words(types: list[str]) -> str:
    return ' or '.join(_WORDS[kind] for kind in types if kind != 'null')


def _converted(text: str, kind: str) -> Any:
    """Return the text of an expanded variable as a number or boolean, None when it is none."""
    if kind == 'boolean':
        return {'true': True, 'false': False}.get(text.lower())
    value = number(text) if kind in ('integer', 'number') else None
    return value if value is not None and _is(value, kind) else None


def _words_fix(value: Any) -> str:
    """Return how to write a command line, for which a shell's quoting is of no use."""
    words = value.split() if isinstance(value, str) else ['program', 'argument']
    return f'write its words as a list, no shell reads them: {json.dumps(words)}'


def _type_fix(value: Any, types: list[str]) -> str:
    single = not isinstance(value, (dict, list))
    if 'string' in types:
        return 'put it in quotes' if single else 'write a single value'
    if 'boolean' in types:
        return 'write true or false, without quotes'
    if 'array' in types:
        short = single and len(str(value)) <= 60
        return f'write a list: [{value}]' if short else 'write a list: `- ` before each entry'
    if 'object' in types:
        return 'write `key: value` lines'
    if isinstance(value, str) and any(_converted(value, kind) is not None for kind in types):
        return f'write {value} without quotes'
    return f'write {_words(types)}'

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
Check data against the JSON Schemas that are shipped for editors, in our own words.

The schemas are the one list of keys, types, defaults and rules. They use a small part of JSON
Schema, and this module knows exactly that part (ADR: docs/adr, "Check against our schemas
ourselves"); a test proves that it agrees with the jsonschema library on what is valid.
"""

from __future__ import annotations

from collections.abc import Mapping
import functools
import json
from pathlib import Path
import re
from typing import Any

from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem
from nevil_msggen.source import KeyPath
from nevil_nodes.declarations.layers import Layer

__all__ = ['NODE_SCHEMA', 'ROOT_SCHEMA', 'check', 'defaults', 'load_schema']

ROOT_SCHEMA = 'root.schema.json'
NODE_SCHEMA = 'node.schema.json'

_DROP = object()
_WORDS = {
    'string': 'text', 'number': 'a number', 'integer': 'a whole number',
    'boolean': 'true or false', 'array': 'a list', 'object': 'a mapping of keys',
    'null': 'nothing',
}


@functools.cache
def load_schema(name: str) -> Mapping[str, Any]:
    """Return one of the schemas shipped with this package."""
    path = Path(__file__).with_name('schema') / name
    schema: Mapping[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    return schema


@functools.cache
def defaults(name: str) -> Mapping[str, Any]:
    """Return the tree of default values that a schema states."""
    return _defaults(load_schema(name))


def check(layer: Layer, name: str) -> tuple[dict[str, Any], list[Problem]]:
    """
    Check a part of a file against a schema.

    :returns: its data without what is wrong or empty, and every problem
    """
    checker = _Checker(layer)
    data = checker.value(layer.data, load_schema(name), ())
    return (data if isinstance(data, dict) else {}), checker.problems


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, rule in schema.get('properties', {}).items():
        if 'default' in rule:
            tree[key] = rule['default']
        elif 'properties' in rule:
            inner = _defaults(rule)
            if inner:
                tree[key] = inner
    return tree


class _Checker:
    """One walk through data and schema."""

    def __init__(self, layer: Layer) -> None:
        self.problems: list[Problem] = []
        self._layer = layer

    def value(self, value: Any, rule: Mapping[str, Any], path: KeyPath) -> Any:
        """Return the value, cleaned, or ``_DROP``."""
        if '$ref' in rule:
            rule = load_schema(rule['$ref'])
        types = rule.get('type')
        if types is not None:
            types = (types,) if isinstance(types, str) else types
            value = self._typed(value, types, rule, path)
            if value is _DROP:
                return _DROP
        if isinstance(value, dict):
            return self._mapping(value, rule, path)
        if isinstance(value, list):
            return self._list(value, rule, path)
        return self._scalar(value, rule, path)

    def _typed(
            self, value: Any, types: tuple[str, ...], rule: Mapping[str, Any],
            path: KeyPath) -> Any:
        if any(_is(value, kind) for kind in types):
            return value
        if value is None:
            return _DROP  # `requires:` with nothing behind it means the default
        if isinstance(value, str) and path in self._layer.expanded:
            for kind in types:
                converted = _converted(value, kind)
                if converted is not None:
                    return converted
        words = ' or '.join(_WORDS[kind] for kind in types)
        fix = _words_fix(value) if rule.get('x-words') else _type_fix(value, types)
        return self._refuse(path, f'{_shown(value)} is not {words}', fix)

    def _mapping(self, data: dict[str, Any], rule: Mapping[str, Any], path: KeyPath) -> Any:
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
        for key in rule.get('required', ()):
            if key not in data:
                self._refuse((*path, key), 'is missing', f'add `{key}: "3.0"`')
        return result

    def _list(self, data: list[Any], rule: Mapping[str, Any], path: KeyPath) -> list[Any]:
        inner = rule.get('items')
        if inner is None:
            return data
        items = (self.value(item, inner, (*path, index)) for index, item in enumerate(data))
        return [item for item in items if item is not _DROP]

    def _scalar(self, value: Any, rule: Mapping[str, Any], path: KeyPath) -> Any:
        shown = _shown(value)
        if 'enum' in rule and value not in rule['enum']:
            words = [word for word in rule['enum'] if '-' not in word]
            near = next((word for word in words if word.lower() == str(value).lower()), '')
            fix = f"write '{near}'" if near else did_you_mean(str(value), words)
            return self._refuse(path, f'{shown} is not one of {", ".join(words)}', fix)
        if isinstance(value, str):
            if len(value) < rule.get('minLength', 0):
                return self._refuse(path, 'is empty', 'write a value, or remove the key')
            if 'pattern' in rule and not re.fullmatch(rule['pattern'], value):
                return self._refuse(path, f'{shown} is not {rule["x-rule"]}', '')
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(value, rule, path)
        return value

    def _number(self, value: float, rule: Mapping[str, Any], path: KeyPath) -> Any:
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

    def _unknown(self, path: KeyPath, key: str, known: Mapping[str, Any]) -> None:
        working = [name for name, rule in known.items() if not rule.get('deprecated')]
        fix = did_you_mean(key, working) or f'known here: {", ".join(working)}'
        self._add(path, 'is not a known key and has no effect', fix, 'warning')

    def _no_effect(self, path: KeyPath, rule: Mapping[str, Any]) -> None:
        """Warn of a value that asks for what Nevil does not do; the default asks for nothing."""
        if rule.get('deprecated'):
            self._add(path, 'is accepted and has no effect',
                      'remove it when no other tool reads it', 'warning')

    def _refuse(self, path: KeyPath, text: str, fix: str) -> Any:
        self._add(path, text, fix, 'error')
        return _DROP

    def _add(self, path: KeyPath, text: str, fix: str, severity: Any) -> None:
        origin = self._layer.origin(path)
        self.problems.append(Problem(
            file=origin.file, line=origin.line, key=self._layer.key(path), text=text, fix=fix,
            severity=severity))


def _is(value: Any, kind: str) -> bool:
    if kind == 'string':
        return isinstance(value, str)
    if kind == 'boolean':
        return isinstance(value, bool)
    if kind == 'object':
        return isinstance(value, dict)
    if kind == 'array':
        return isinstance(value, list)
    if kind == 'null':
        return value is None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return kind == 'number' or float(value).is_integer()


def _converted(text: str, kind: str) -> Any:
    """Return the text of an expanded variable as a number or boolean, None when it is none."""
    if kind == 'boolean':
        return {'true': True, 'false': False}.get(text.lower())
    if kind not in ('integer', 'number'):
        return None
    try:
        return int(text) if re.fullmatch(r'[+-]?\d{1,18}', text) else float(text)
    except ValueError:
        return None


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return 'true' if value else 'false'
    text = repr(value)
    return text if len(text) <= 60 else f'{text[:57]}...'


def _words_fix(value: Any) -> str:
    """Return how to write a command line, for which a shell's quoting is of no use."""
    words = value.split() if isinstance(value, str) else ['program', 'argument']
    return f'write its words as a list, no shell reads them: {json.dumps(words)}'


def _type_fix(value: Any, types: tuple[str, ...]) -> str:
    if 'array' in types and isinstance(value, (str, int, float)):
        return f'write a list: [{value}]' if len(str(value)) <= 60 else 'write a list: [...]'
    if isinstance(value, (dict, list)) and 'string' in types:
        return 'write a single value'
    if 'boolean' in types:
        return 'write true or false, without quotes'
    if isinstance(value, str) and any(_converted(value, kind) is not None for kind in types):
        return f'write {value} without quotes'
    if 'string' in types and isinstance(value, (bool, int, float)):
        return 'put it in quotes'
    return f'write {" or ".join(_WORDS[kind] for kind in types)}'

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
Check a document against a JSON Schema that is shipped for editors, in our own words.

It knows the small part of JSON Schema that the schema uses. A value that breaks a rule is reported
and left out of what it returns, so that whoever reads on needs no second check.
"""

from __future__ import annotations

from collections.abc import Mapping
import functools
import json
from pathlib import Path
from typing import Any

from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_msggen.source import Document
from nevil_msggen.source import KeyPath

__all__ = ['check', 'messages_schema', 'shown']

_DROP = object()
_TYPES: dict[str, type] = {
    'string': str, 'boolean': bool, 'object': dict, 'array': list, 'null': type(None),
}
_WORDS = {
    'string': 'text', 'number': 'a number', 'integer': 'a whole number',
    'boolean': 'true or false', 'array': 'a list', 'object': 'a mapping of keys',
}


@functools.cache
def messages_schema() -> Mapping[str, Any]:
    """Return the schema of `.messages`."""
    path = Path(__file__).with_name('schema') / 'messages.schema.json'
    schema: Mapping[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    return schema


def check(document: Document, schema: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """
    Check a document.

    :returns: its data without what is wrong or empty, and every problem
    """
    checker = _Checker(document, schema.get('$defs', {}))
    data = checker.value(document.data, schema, ())
    return (data if isinstance(data, dict) else {}), checker.problems


def shown(value: Any) -> str:
    """Return a value as it looks in the file, shortened."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    text = repr(value)
    return text if len(text) <= 60 else f'{text[:57]}...'


class _Checker:
    """One walk through a document and a schema."""

    def __init__(self, document: Document, definitions: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._definitions = definitions

    def value(self, value: Any, rule: Mapping[str, Any], path: KeyPath) -> Any:
        """Return the value without what is wrong in it, or ``_DROP``."""
        if '$ref' in rule:
            rule = self._definitions[rule['$ref'].rpartition('/')[2]]
        if value is None:
            return _DROP  # `subscribes:` with nothing behind it
        if 'anyOf' in rule:
            rule = next((choice for choice in rule['anyOf'] if _is(value, choice['type'])),
                        {'type': [choice['type'] for choice in rule['anyOf']]})
        types = rule.get('type')
        if types is not None and not _is(value, types):
            words = ' or '.join(_WORDS[kind] for kind in _listed(types) if kind != 'null')
            return self._refuse(path, f'{shown(value)} is not {words}', _type_fix(value, types))
        if isinstance(value, dict):
            return self._mapping(value, rule, path)
        if isinstance(value, list):
            return self._list(value, rule, path)
        return self._scalar(value, rule, path)

    def _mapping(self, data: dict[str, Any], rule: Mapping[str, Any], path: KeyPath) -> Any:
        known = rule.get('properties', {})
        others = rule.get('additionalProperties', True)
        result: dict[str, Any] = {}
        for key, value in data.items():
            inner = known.get(key, others)
            if inner is False:
                fix = did_you_mean(key, list(known)) or f'known here: {", ".join(known)}'
                self._add((*path, key), 'is not a known key and has no effect', fix, 'warning')
                continue
            value = value if inner is True else self.value(value, inner, (*path, key))
            if value is not _DROP:
                result[key] = value
        for key in rule.get('required', ()):
            if data.get(key) is None:
                self._add(path, f"'{key}' is missing", f'add `{key}: ...`')
        return _DROP if any(key not in result for key in rule.get('required', ())) else result

    def _list(self, data: list[Any], rule: Mapping[str, Any], path: KeyPath) -> Any:
        if len(data) < rule.get('minItems', 0):
            return self._refuse(path, 'is an empty list', 'fill it, or remove the key')
        inner = rule.get('items')
        items = data if inner is None else [
            self.value(item, inner, (*path, index)) for index, item in enumerate(data)]
        # An entry that is refused keeps its place, so that indices go on naming the right line.
        return [None if item is _DROP else item for item in items]

    def _scalar(self, value: Any, rule: Mapping[str, Any], path: KeyPath) -> Any:
        words = rule.get('enum')
        if words is not None and value not in words:
            near = did_you_mean(str(value).lower(), words)
            return self._refuse(path, f'{shown(value)} is not one of {", ".join(words)}', near)
        if isinstance(value, str) and len(value) < rule.get('minLength', 0):
            return self._refuse(path, 'is empty', 'write a value')
        if 'minimum' in rule and value < rule['minimum']:
            return self._refuse(path, f'{value} is less than {rule["minimum"]}',
                                f'write {rule["minimum"]} or more')
        if 'maximum' in rule and value > rule['maximum']:
            return self._refuse(path, f'{value} is more than {rule["maximum"]}',
                                f'write {rule["maximum"]} or less')
        return int(value) if rule.get('type') == 'integer' else value

    def _refuse(self, path: KeyPath, text: str, fix: str) -> Any:
        self._add(path, text, fix)
        return _DROP

    def _add(self, path: KeyPath, text: str, fix: str, severity: Severity = 'error') -> None:
        self.problems.append(Problem(
            file=self._document.file, line=self._document.line(*path),
            key='.'.join(map(str, path)), text=text, fix=fix, severity=severity))


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _is(value: Any, types: str | list[str]) -> bool:
    if isinstance(types, str):
        return _is_one(value, types)
    return any(_is_one(value, kind) for kind in types)


def _is_one(value: Any, kind: str) -> bool:
    python_type = _TYPES.get(kind)
    if python_type is not None:
        return isinstance(value, python_type)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return kind == 'number' or float(value).is_integer()


def _type_fix(value: Any, types: str | list[str]) -> str:
    if 'string' in types and not isinstance(value, (dict, list)):
        return 'put it in quotes'
    if 'boolean' in types:
        return 'write true or false, without quotes'
    if 'array' in types:
        return 'write a list: `- ` before each entry'
    if 'object' in types:
        return 'write `key: value` lines'
    return 'remove the quotes' if isinstance(value, str) else 'write a number'

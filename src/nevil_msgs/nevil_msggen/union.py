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


"""One field as the union of its declarations, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from nevil_msggen.fields import broken_rule
from nevil_msggen.model import Field
from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity
from nevil_msggen.shown import shown

__all__ = ['FieldUnion']

# The fields of one declaration, and whether it is a publisher's.
Declaration = tuple[tuple[Field, ...], bool]


class FieldUnion:
    """Merge declarations of the same fields, collecting contradictions."""

    def __init__(self) -> None:
        """Begin without problems."""
        self.problems: list[Problem] = []

    def merge(self, declarations: Sequence[Declaration], prefix: str) -> tuple[Field, ...]:
        """
        Return the union of the fields, in the order in which they are first declared.

        :param prefix: what the fields belong to, for problems (``VoiceCommand``)
        """
        names = dict.fromkeys(field.name for fields, _ in declarations for field in fields)
        publishers = sum(publishes for _, publishes in declarations)
        result = []
        for name in names:
            found = [(field, publishes) for fields, publishes in declarations
                     for field in fields if field.name == name]
            result.append(self._field(found, publishers, f'{prefix}.{name}'))
        return tuple(result)

    def _field(self, found: Sequence[tuple[Field, bool]], publishers: int, key: str) -> Field:
        declared = [field for field, _ in found]
        first = declared[0]
        kinds = _grouped(declared, 'type')
        if len(kinds) > 1:
            self._add(key, first, f'is {_told(kinds)}', 'write the same type everywhere')
            return first
        # A publisher that may leave a field out, or does not know it, decides that it is optional.
        promised = [field.required for field, publishes in found if publishes]
        required = (len(promised) == publishers and all(promised)) if publishers else any(
            field.required for field in declared)
        merged = replace(
            first, required=required, **self._default(found, key),
            minimum=self._wider(declared, 'minimum', min, key),
            maximum=self._wider(declared, 'maximum', max, key),
            max_length=self._wider(declared, 'max_length', max, key),
            allowed=_allowed(declared), items=self._items(found, publishers, key),
            fields=self._nested(found, key),
            description=next((field.description for field in declared if field.description), ''))
        self._check_default(merged, declared, key)
        return merged

    def _default(self, found: Sequence[tuple[Field, bool]], key: str) -> dict[str, Any]:
        """Return the default of all; where publishers differ there is none, but each one's own."""
        given = [field for field, _ in found if field.default is not None]
        defaults = _grouped(given, 'default')
        own = _grouped([field for field, publishes in found
                        if publishes and field.default is not None], 'default')
        if len(defaults) > 1:
            holds = ('each publisher fills in its own' if len(own) != 1
                     else f"the publisher's {shown(own[0][0])} holds")
            self._add(key, given[0], f'has the default {_told(defaults)}; {holds}',
                      'write the same default everywhere', 'warning')
        if len(defaults) > 1 and len(own) != 1:
            return {'default': None, 'own_default': True}
        return {'default': (own or defaults or [(None, [])])[0][0]}

    def _wider(self, declared: Sequence[Field], name: str, widest: Any, key: str) -> Any:
        given = [field for field in declared if getattr(field, name) is not None]
        if not given:
            return None
        bounds = _grouped(given, name)
        result = widest(value for value, _ in bounds)
        if len(bounds) > 1:
            word = {'minimum': 'min', 'maximum': 'max'}.get(name, name)
            self._add(key, given[0], f'has {word} {_told(bounds)}; {result} holds',
                      f'write the same {word} everywhere', 'warning')
        return result

    def _items(self, found: Sequence[tuple[Field, bool]], publishers: int,
               key: str) -> Field | None:
        items = [(field.items, publishes) for field, publishes in found
                 if field.items is not None]
        return self._field(items, publishers, f'{key}.items') if items else None

    def _nested(self, found: Sequence[tuple[Field, bool]], key: str) -> tuple[Field, ...] | None:
        nested = [(field.fields, publishes) for field, publishes in found
                  if field.fields is not None]
        return self.merge(nested, key) if nested else None

    def _check_default(self, merged: Field, declared: Sequence[Field], key: str) -> None:
        given = [field for field in declared if field.default is not None]
        for default, fields in _grouped(given, 'default'):
            rule = broken_rule(merged, default)
            if rule:
                limits = [field for field in declared if field not in given]
                self._add(key, fields[0], f'default {shown(default)} {rule} '
                          f'(rule in {_places(limits)})',
                          'change the default, or the rule that it breaks')

    def _add(self, key: str, field: Field, text: str, fix: str,
             severity: Severity = 'error') -> None:
        place = field.place
        self.problems.append(Problem(
            file=place.file, line=place.line, key=key, text=text, fix=fix, severity=severity))


def _allowed(declared: Sequence[Field]) -> tuple[Any, ...] | None:
    values = dict.fromkeys(
        value for field in declared if field.allowed is not None for value in field.allowed)
    return tuple(values) or None


def _grouped(fields: Sequence[Field], name: str) -> list[tuple[Any, list[Field]]]:
    """Return each value that the fields have, and those that have it, the first one's first."""
    groups: list[tuple[Any, list[Field]]] = []
    for field in fields:
        value = getattr(field, name)
        for known, members in groups:
            if known == value:
                members.append(field)
                break
        else:
            groups.append((value, [field]))
    return groups


def _told(groups: Sequence[tuple[Any, list[Field]]]) -> str:
    """Return every value with its lines, for a text that stands at the first."""
    (first, agreeing), *others = groups
    also = f' and in {_places(agreeing[1:])}' if len(agreeing) > 1 else ''
    return ', and '.join([
        f'{shown(first)} here{also}',
        *(f'{shown(value)} in {_places(fields)}' for value, fields in others)])


def _places(fields: Sequence[Field]) -> str:
    return ' and '.join(sorted({str(field.place) for field in fields}))

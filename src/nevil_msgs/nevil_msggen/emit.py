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
The text of a `.msg` file.

What rosidl makes of it decides what may be in it. In a default, `#` and `=` would end the value
and are escaped; a backslash, a control character and anything but ASCII in a list do not survive
the way through IDL, C and Python, so such a default is left to the table. A comment becomes one
of C, which it must not end.
"""

from __future__ import annotations

from collections.abc import Sequence
import json
import math
import textwrap
from typing import Any

from nevil_msggen.model import Field
from nevil_msggen.model import MessageType
from nevil_msggen.names import constant_names
from nevil_msggen.names import nested_type

__all__ = ['emit_message', 'ros_type']

_SCALARS = {'string': 'string', 'float': 'float64', 'integer': 'int64', 'boolean': 'bool'}
_NOTE = 'Made from the .messages files of the project: change those, not this file.'


def emit_message(message_type: MessageType) -> str:
    """Return the whole text of ``<name>.msg``."""
    lines = [*_comment(message_type.description or message_type.name), '#', *_comment(_NOTE), '']
    taken: set[str] = set()
    for field in message_type.fields:
        lines += _constants(field, taken)
    for field in message_type.fields:
        lines += _field(message_type.name, field)
    return '\n'.join(lines) + '\n'


def ros_type(owner: str, field: Field) -> str:
    """
    Return the ROS type of a field.

    :param owner: name of the message type that holds it
    """
    if field.is_json:
        return 'string'
    if field.type == 'array':
        assert field.items is not None
        bound = '' if field.max_length is None else f'<={field.max_length}'
        return f'{_single(owner, field.name, field.items)}[{bound}]'
    return _single(owner, field.name, field)


def _single(owner: str, name: str, field: Field) -> str:
    if field.type == 'object':
        return nested_type(owner, name)
    if field.type == 'string' and field.max_length is not None:
        return f'string<={field.max_length}'
    return _SCALARS[field.type]


def _field(owner: str, field: Field) -> list[str]:
    literal = '' if field.default is None else _default(field)
    rules = ['Required' if field.required else 'Optional']
    if field.is_json:
        rules.append(f'an {field.type} as JSON')
    if field.minimum is not None:
        rules.append(f'min {field.minimum}')
    if field.maximum is not None:
        rules.append(f'max {field.maximum}')
    if field.default is not None and not literal:
        rules.append('default set by the publisher')
    kind = ros_type(owner, field)
    return [*_comment(field.description), *_comment(', '.join(rules) + '.'),
            f'{kind} {field.name} {literal}'.rstrip(), '']


def _constants(field: Field, taken: set[str]) -> list[str]:
    if field.allowed is None or field.type not in ('string', 'integer', 'float'):
        return []
    names = constant_names(field.name, field.allowed, taken)
    lines = [f'{_SCALARS[field.type]} {name}={literal}'
             for name, literal in zip(names, map(_literal, field.allowed)) if literal]
    return [*_comment(f"Allowed values of '{field.name}'."), *lines, ''] if lines else []


def _default(field: Field) -> str:
    """Return the literal of a default, empty where a .msg cannot hold it or needs none."""
    if field.is_json:
        return _literal(json.dumps(field.default, ensure_ascii=False, sort_keys=True))
    if field.type == 'array':
        return _array(field.default)
    if field.type == 'object' or field.default == '':
        return ''
    literal = _literal(field.default)
    # rosidl counts the escapes as characters when it checks the bound.
    if field.type == 'string' and field.max_length is not None:
        return literal if len(literal) - 2 <= field.max_length else ''
    return literal


def _array(values: Sequence[Any]) -> str:
    if not values or any(isinstance(value, (dict, list)) for value in values):
        return ''
    literals = [_literal(value) for value in values]
    plain = all(
        not isinstance(value, str) or (value.isascii() and not set(value) & set('"#=,\'[]'))
        for value in values)
    return f'[{", ".join(literals)}]' if plain and all(literals) else ''


def _literal(value: Any) -> str:
    """Return a value as rosidl reads it, empty where it cannot."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if not isinstance(value, str):
        return repr(value) if math.isfinite(value) else ''
    if not value.isprintable() or '\\' in value:
        return ''
    escaped = value.replace('"', r'\x22').replace('#', r'\x23').replace('=', r'\x3d')
    return f'"{escaped}"'


def _comment(text: str) -> list[str]:
    safe = text.replace('\\', '/').replace('*/', '* /').replace('/*', '/ *').replace('??', '? ?')
    safe = ' '.join(''.join(char if char.isprintable() else ' ' for char in safe).split())
    return [f'# {line}' for line in textwrap.wrap(safe, 97, break_on_hyphens=False)]

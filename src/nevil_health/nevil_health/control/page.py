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
Write the reference of the control protocol, ``docs/control.md``, from its types.

    scripts/nevil shell python -m nevil_health.control.page > docs/control.md
"""

from __future__ import annotations

from collections.abc import Iterator
import dataclasses
import inspect
import json
import re
import types
from typing import Any
from typing import get_args
from typing import get_origin
from typing import get_type_hints
from typing import Literal

from nevil_health.control.base import reply_type
from nevil_health.control.codec import MAX_LINE_BYTES
from nevil_health.control.codec import VERSION
from nevil_health.control.names import event_type
from nevil_health.control.names import EVENTS
from nevil_health.control.names import request_type
from nevil_health.control.names import VERBS

__all__ = ['page']

_INTRODUCTION = f"""\
# Control protocol

<!-- Written by `python -m nevil_health.control.page` from the types in nevil_health/control. -->

What the command line, launch and the health node say to the supervisor, and what it answers: JSON
lines over the Unix socket `control.sock` in the project's runtime folder, version {VERSION}. The
socket has mode 0600, and the supervisor speaks only with its own user and with root. A line holds
at most {MAX_LINE_BYTES // 2**20} MiB. What is sent grows only: a receiver ignores what it does not
know, and what is missing, or null, has its default.

| line | content |
|---|---|
| request | `{{"version": 1, "id": 7, "verb": "stop_node", "args": {{"name": "camera"}}}}` |
| answer | `{{"id": 7, "ok": true, "result": {{...}}}}` |
| refusal | `{{"id": 7, "ok": false, "error": "..."}}`, with a text for the user |
| event | `{{"event": "settled", "state": "ready"}}`: its fields stand beside its name |
"""
_PARAM = re.compile(r':param (\w+): ((?:.|\n(?!:))*)')


def page() -> str:
    """Return the page."""
    used: dict[str, Any] = {}
    parts = [_INTRODUCTION, '## Requests\n']
    for verb in VERBS:
        kind = request_type(verb)
        reply: Any = reply_type(kind)
        answer = '`{}`' if not dataclasses.fields(reply) else _link(reply, used)
        parts.append('\n'.join(
            [f'### `{verb}`\n', *_described(kind, used), f'Answer: {answer}.\n']))
    parts.append('## Events\n')
    for name in EVENTS:
        parts.append('\n'.join([f'### Event `{name}`\n', *_described(event_type(name), used)]))
    parts.append('## Objects\n')
    done: set[str] = set()
    while rest := sorted(set(used) - done):
        done.add(rest[0])
        parts.append('\n'.join([f'### {rest[0]}\n', *_described(used[rest[0]], used)]))
    return '\n'.join(parts).rstrip('\n') + '\n'


def _described(kind: Any, used: dict[str, Any]) -> Iterator[str]:
    """Yield what a type is for, and its fields."""
    text = inspect.getdoc(kind) or ''
    meaning = {match[1]: ' '.join(match[2].split()) for match in _PARAM.finditer(text)}
    yield ' '.join(text.partition('\n:')[0].split()).replace('``', '`') + '\n'
    fields = dataclasses.fields(kind)
    if fields:
        hints = get_type_hints(kind)
        yield '| field | type | default | meaning |\n|---|---|---|---|'
        for field in fields:
            words = meaning.get(field.name, '').replace('``', '`').replace('|', r'\|')
            yield (f'| `{field.name}` | {_type(hints[field.name], used)} | {_default(field)} '
                   f'| {words} |')
        yield ''


def _type(hint: Any, used: dict[str, Any]) -> str:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is types.UnionType:
        return ' or null'.join(_type(one, used) for one in inner if one is not type(None)) + (
            ' or null')
    if origin is Literal:
        return ', '.join(f'`{one}`' for one in inner)
    if origin is tuple:
        return f'list of {_type(inner[0], used)}'
    if origin is not None:
        return f'object, each value {_type(inner[1], used)}'
    return _link(hint, used) if dataclasses.is_dataclass(hint) else {
        str: 'text', bool: 'true or false', int: 'whole number', float: 'number',
        Any: 'anything'}[hint]


def _link(kind: Any, used: dict[str, Any]) -> str:
    used[kind.__name__] = kind
    return f'[{kind.__name__}](#{kind.__name__.lower()})'


def _default(field: Any) -> str:
    if field.default is dataclasses.MISSING:
        return 'needed'
    if dataclasses.is_dataclass(field.default):
        return ''
    return "''" if field.default == '' else json.dumps(field.default)


if __name__ == '__main__':
    print(page(), end='')

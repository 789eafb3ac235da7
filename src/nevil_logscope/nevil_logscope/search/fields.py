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

"""Fields in a message: ``key=value``, and JSON."""

from __future__ import annotations

from collections.abc import Mapping
import json
import re
from typing import Any

__all__ = ['field_regex', 'fields_of']

_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|[^\s,;)\]}"]+)')
_MOST = 40
_LONGEST = 20_000


def fields_of(message: str) -> dict[str, str]:
    """Return the fields of a message, in order; names of those in inner objects have dots."""
    message = message[:_LONGEST]
    found: dict[str, str] = {}
    start = message.find('{')
    if start >= 0:
        try:
            values, _ = json.JSONDecoder().raw_decode(message, start)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, dict):
            _add(found, '', values)
    for match in _PAIR.finditer(message):
        found.setdefault(match[1], match[2].strip('"'))
    return dict(list(found.items())[:_MOST])


def field_regex(name: str, value: str) -> str:
    """Return the regular expression that finds messages in which a field has that value."""
    last, text = re.escape(name.rpartition('.')[2]), re.escape(value)
    return rf'(?<![\w.-]){re.escape(name)}="?{text}(?![\w.])|"{last}": ?"?{text}(?![\w.])'


def _add(found: dict[str, str], before: str, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, dict):
            _add(found, f'{before}{name}.', value)
        else:
            found[f'{before}{name}'] = value if isinstance(value, str) else json.dumps(value)

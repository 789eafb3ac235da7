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
The schemas of `.nodes` files as editors need them.

An editor sees a file before its variables are expanded, and a key with nothing behind it before
that becomes the default. ``python -m nevil_nodes.declarations.editors`` rewrites them.
"""

from __future__ import annotations

from collections.abc import Mapping
import json
from pathlib import Path
from typing import Any

from nevil_nodes.declarations.schema import load_schema
from nevil_nodes.declarations.schema import NODE_SCHEMA
from nevil_nodes.declarations.schema import PROBE_SCHEMA
from nevil_nodes.declarations.schema import ROOT_SCHEMA

__all__ = ['EDITOR_SCHEMAS', 'editor_schema']

EDITOR_SCHEMAS = Path(__file__).with_name('schema') / 'editor'
_VARIABLE = {'type': 'string', 'pattern': r'\$\{'}
_ABOUT = ('$schema', 'title', 'description', 'default', 'deprecated')
_OURS = ('x-rule', 'x-words')


def editor_schema(name: str) -> dict[str, Any]:
    """Return one of the schemas, with variables and empty values allowed wherever they may be."""
    return _rule(load_schema(name))


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    result = {key: value for key, value in rule.items() if key not in _OURS}
    for key in ('additionalProperties', 'items'):
        if isinstance(rule.get(key), Mapping):
            result[key] = _rule(rule[key])
    if 'properties' in rule:
        result['properties'] = {key: _rule(inner) for key, inner in rule['properties'].items()}
    types = rule.get('type', ())
    types = [types] if isinstance(types, str) else list(types)
    if not types or 'null' in types:
        return result
    free = types[0] == 'string' and not {'enum', 'pattern'} & set(rule)
    if free or types[0] in ('array', 'object'):
        return {**result, 'type': [*types, 'null']}
    about = {key: result.pop(key) for key in _ABOUT if key in result}
    return {**about, 'anyOf': [result, _VARIABLE, {'type': 'null'}]}


def main() -> None:
    """Write the files that are shipped."""
    EDITOR_SCHEMAS.mkdir(exist_ok=True)
    for name in (ROOT_SCHEMA, NODE_SCHEMA, PROBE_SCHEMA):
        text = json.dumps(editor_schema(name), indent=2) + '\n'
        (EDITOR_SCHEMAS / name).write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()

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

"""What a user may write stands in the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
import json
from pathlib import Path
import re
from typing import Any

from nevil_health.signals.views import NODE_SIGNALS
from nevil_health.signals.views import SYSTEM_SIGNALS
from nevil_msggen.source import Document
from nevil_nodes.declarations.expansion import expand
from nevil_nodes.declarations.expansion import Expansion
from nevil_nodes.declarations.layers import Layer
from nevil_nodes.declarations.schema import check
from nevil_nodes.declarations.schema import NODE_SCHEMA
from nevil_nodes.declarations.schema import ROOT_SCHEMA
import pytest
from quality.sources import ROOT
import yaml

NODES = ROOT / 'src' / 'nevil_nodes' / 'nevil_nodes' / 'declarations' / 'schema'
SCHEMAS = [NODES / 'root.schema.json', NODES / 'node.schema.json',
           ROOT / 'src' / 'nevil_msgs' / 'nevil_msggen' / 'schema' / 'messages.schema.json']


def keys(rule: Mapping[str, Any]) -> Iterator[str]:
    """Yield every key that a schema names, at any depth."""
    for key, inner in rule.get('properties', {}).items():
        yield key
        yield from keys(inner)
    for inner in (*rule.get('$defs', {}).values(), *rule.get('anyOf', ())):
        yield from keys(inner)


@pytest.mark.parametrize('schema', SCHEMAS, ids=lambda path: str(path.name))
def test_every_key_is_documented(schema: Path) -> None:
    """docs/formats.md is the page to look a key up."""
    page = (ROOT / 'docs' / 'formats.md').read_text(encoding='utf-8')
    named = set(re.findall(r'\w+', ' '.join(re.findall(r'`[^`\n]+`', page))))
    found = set(keys(json.loads(schema.read_text(encoding='utf-8'))))
    assert found, 'the schema names no key'
    assert not found - named


def yaml_examples() -> Iterator[tuple[str, str]]:
    """Yield every YAML block of the users' pages, with its place."""
    for page in ('formats.md', 'health.md', 'logscope.md'):
        text = (ROOT / 'docs' / page).read_text(encoding='utf-8')
        for block in re.finditer(r'```yaml\n(.*?)```', text, re.DOTALL):
            yield f'{page}:{text[:block.start()].count(chr(10)) + 1}', block[1]


@pytest.mark.parametrize(('place', 'text'), list(yaml_examples()))
def test_every_example_is_right(place: str, text: str) -> None:
    """Whoever copies it is told of no problem: it is a root file, a node's, or a `.messages`."""
    data = expand(yaml.safe_load(text), {}, Expansion())
    if not isinstance(data, dict) or 'publishes' in data:
        return
    layer = Layer(Document(place, data), (), data)
    problems = [check(layer, name)[1] for name in (ROOT_SCHEMA, NODE_SCHEMA)]
    unknown = [[str(problem) for problem in found if not str(problem).endswith('`version: "3.0"`')]
               for found in problems]
    assert [] in unknown, unknown


@pytest.mark.parametrize('signal', sorted({*NODE_SIGNALS, *SYSTEM_SIGNALS}))
def test_every_signal_is_documented(signal: str) -> None:
    """docs/health.md is the page that tells what an alert is about."""
    assert f'`{signal}`' in (ROOT / 'docs' / 'health.md').read_text(encoding='utf-8')

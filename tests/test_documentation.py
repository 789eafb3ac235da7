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

"""What a user may write is in the documentation, and what is referred to is there."""

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
from quality.references import dangling
from quality.references import DECISIONS
from quality.references import files
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


def test_what_is_referred_to_is_there() -> None:
    """Who follows a reference to a decision, a page, a heading or a file must find it."""
    read = [file for file in files() if file != Path(__file__)]  # the examples below
    assert len(read) > 100, 'nothing was looked at'
    assert [one for file in read for one in dangling(file, file.read_text(encoding='utf-8'))] == []


@pytest.mark.parametrize(('name', 'line', 'found'), [
    ('src/nevil_health/x.py', '# see ADR 1, not ADR 4711', ['ADR 4711']),
    ('src/nevil_health/x.py', '"""As ADR-0099 says."""', ['ADR-0099']),
    ('src/nevil_health/x.py', '# docs/health.md, health.md, design.md', ['design.md']),
    ('src/nevil_health/x.py', '# docs/gone.md', ['docs/gone.md']),
    ('src/nevil_health/x.py', '# https://example.org/design.md', []),
    ('docs/x.md', '[a](health.md#tuning) [b](health.md#gone)', ['health.md#gone']),
    ('docs/x.md', '[a](../SECURITY.md) [b](gone.png)', ['gone.png']),
    ('docs/x.md', '`nevil_health/core` `nevil_health/gone.py`', ['nevil_health/gone.py']),
    ('docs/x.md', '`test_core_*.py` `test_gone.py`', ['test_gone.py'])])
def test_a_reference_to_nothing_is_found(name: str, line: str, found: list[str]) -> None:
    """The test above would pass as well if it recognised no reference."""
    assert list(dangling(ROOT / name, line)) == [f'{name}:1: {one}' for one in found]


def test_decisions_have_one_layout() -> None:
    """Who looks for why finds status, date and the parts of a decision at one place in each."""
    pages = sorted(DECISIONS.glob('[0-9]*.md'))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    listed = (DECISIONS / 'README.md').read_text(encoding='utf-8')
    for number, page in enumerate(pages, 1):
        text = page.read_text(encoding='utf-8')
        head = re.match(
            rf'# {number}\. (.+)\n\n- Status: (.+)\n- Date: (\d{{4}}-\d\d-\d\d)\n\n', text)
        assert head, f'{page.name}: title, status, date'
        assert re.fullmatch(r'accepted|superseded by \[\d{4}\]\(.+\)', head[2]), page.name
        assert re.findall(r'^## (.+)$', text, re.MULTILINE) == [
            'Context', 'Decision', 'Consequences'], page.name
        assert f'| [{page.name[:4]}]({page.name}) | {head[1]} | {head[2]} | {head[3]} |' in listed

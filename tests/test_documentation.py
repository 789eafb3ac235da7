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

import pytest
from quality.sources import ROOT

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

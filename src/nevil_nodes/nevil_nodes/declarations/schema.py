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

"""The JSON Schemas of `.nodes` that are shipped for editors, and the check against them."""

from __future__ import annotations

from collections.abc import Mapping
import functools
from pathlib import Path
from typing import Any

from nevil_msggen import schema_check
from nevil_msggen.problem import Problem
from nevil_nodes.declarations.layers import Layer

__all__ = [
    'NODE_SCHEMA', 'PROBE_SCHEMA', 'ROOT_SCHEMA', 'check', 'defaults', 'load_schema',
]

ROOT_SCHEMA = 'root.schema.json'
NODE_SCHEMA = 'node.schema.json'
PROBE_SCHEMA = 'probe.schema.json'  # three times in a node


def load_schema(name: str) -> Mapping[str, Any]:
    """Return one of the schemas shipped with this package."""
    return schema_check.load_schema(Path(__file__).with_name('schema') / name)


@functools.cache
def defaults(name: str) -> Mapping[str, Any]:
    """Return the tree of default values that a schema states."""
    return _defaults(load_schema(name))


def check(layer: Layer, name: str) -> tuple[dict[str, Any], list[Problem]]:
    """
    Check a part of a file against a schema.

    :returns: its data without what is wrong or empty, and every problem
    """
    return schema_check.check(layer, load_schema(name), load_schema)


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

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

"""Read a node's own ``.nodes`` and lay the root's overrides over it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import replace
import os
from pathlib import Path
from typing import Any

from nevil_msggen.problem import has_errors
from nevil_msggen.problem import Problem
from nevil_msggen.shown import shown
from nevil_msggen.source import Document
from nevil_msggen.source import read_document
from nevil_nodes.declarations.expansion import as_text
from nevil_nodes.declarations.expansion import expand
from nevil_nodes.declarations.expansion import Expansion
from nevil_nodes.declarations.layers import Layer
from nevil_nodes.declarations.layers import Settings
from nevil_nodes.declarations.node_draft import Node
from nevil_nodes.declarations.root import expansion_problems
from nevil_nodes.declarations.root import Root
from nevil_nodes.declarations.schema import check
from nevil_nodes.declarations.schema import defaults
from nevil_nodes.declarations.schema import NODE_SCHEMA

__all__ = ['inherited_settings', 'read_node']

# The root's value is the default where a node's key says the same for one node.
_INHERITED: tuple[tuple[tuple[str, ...], tuple[str, ...], int], ...] = (
    (('system', 'shutdown_timeout'), ('runtime', 'shutdown_timeout'), 1),
    (('monitoring', 'heartbeat_timeout'), ('monitoring', 'heartbeat_timeout'), 1),
    (('monitoring', 'alerts', 'high_cpu_percent'), ('resources', 'max_cpu_percent'), 1),
    (('monitoring', 'alerts', 'slow_response_ms'),
     ('monitoring', 'thresholds', 'max_response_time_ms'), 1),
    (('monitoring', 'alerts', 'high_error_rate'),
     ('monitoring', 'thresholds', 'max_error_rate_percent'), 100),
    (('security', 'mask_secrets'), ('security', 'mask_secrets'), 1),
    (('security', 'validate_env_vars'), ('security', 'validate_env_vars'), 1),
)


def read_node(project: Path, name: str, folder: Path, root: Root) -> tuple[Node, list[Problem]]:
    """
    Return a node with its settings resolved, and what is wrong in its file.

    A node without the file has the defaults, and the root's overrides.
    """
    shown = os.path.relpath(folder / '.nodes', project)
    problems: list[Problem] = []
    document = Document(shown, {})
    if (folder / '.nodes').is_file():
        document, problems = read_document(folder / '.nodes', shown)
    readable = not has_errors(problems)
    found = Expansion()
    data = expand(document.data, root.scope, found)
    layer = Layer(document, (), data, frozenset(found.changed))
    clean, wrong = check(layer, NODE_SCHEMA)
    problems += wrong
    node = Node(name=name, folder=folder, file=shown,
                settings=_resolve(name, replace(layer, data=clean), root), readable=readable)
    problems += _lost(name, replace(layer, data=clean), root)
    node.status = node.settings.get('runtime', 'status')
    node.environment = {key: as_text(value)
                        for key, value in (node.settings.get('environment') or {}).items()}
    if node.enabled:
        strict = node.settings.get('security', 'validate_env_vars')
        problems += expansion_problems(layer, found, strict)
    given = node.settings.get('node_name') or name
    if given != name:
        problems.append(node.problem(
            ('node_name',), f"'{given}' is not the name of its folder, '{name}'",
            f'write node_name: {name}, or rename the folder'))
    return node, problems


def _resolve(name: str, own: Layer, root: Root) -> Settings:
    """Apply defaults, the node's file, ``all``, its own overrides and ``status_overrides``."""
    settings = inherited_settings(root)
    settings.merge(own)
    for override in ('all', name):
        over = root.overrides(override)
        if over is not None:
            settings.merge(over)
    runtime: dict[str, Any] = settings.data['runtime']
    runtime['restart_policy'] = runtime['restart_policy'].replace('-', '_')
    _override_status(name, settings, root)
    return settings


def _lost(name: str, own: Layer, root: Root) -> list[Problem]:
    """Warn of a node's own values that lose to those that the root lays over all nodes."""
    over, again = root.overrides('all'), root.overrides(name)
    return [] if over is None else [
        own.problem(path, f'has no effect: nodes.global_overrides.all ({over.origin(path)}) sets'
                    f' {shown(value)} instead',
                    'remove it there, or write yours under nodes.global_overrides of this node',
                    'warning')
        for path, value in _leaves(over.data)
        if _at(own.data, path) not in (None, value) and _at(again and again.data, path) is None]


def _leaves(data: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[
        tuple[tuple[str, ...], Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def inherited_settings(root: Root) -> Settings:
    """Return the defaults of a node, those that the root file gives included."""
    settings = Settings(defaults(NODE_SCHEMA))
    for source, target, factor in _INHERITED:
        value = root.settings.get(*source)
        settings.put(target, value if factor == 1 else round(value * factor, 9),
                     root.settings.origin(*source))
    return settings


def _override_status(name: str, settings: Settings, root: Root) -> None:
    """Disabled wins over everything, dev-only (without development) over muted."""
    rules = [('muted_nodes', 'muted'), ('disabled_nodes', 'disabled')]
    if not root.development:
        rules.insert(1, ('dev_only_nodes', 'disabled'))
    for key, status in rules:
        path = ('nodes', 'status_overrides', key)
        names = root.settings.get(*path)
        before = settings.get('runtime', 'status')
        if name in names and not (before == 'disabled' and status == 'muted'):
            settings.put(('runtime', 'status'), status,
                         root.settings.origin(*path, names.index(name)))

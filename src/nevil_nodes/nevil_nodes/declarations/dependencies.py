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

"""Resolve what nodes require, offer and exclude, and report what cannot be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import Problem
from nevil_nodes.declarations.graph import find_cycles
from nevil_nodes.declarations.node_draft import Node

__all__ = ['resolve_dependencies']

Nodes = Mapping[str, Node]


def resolve_dependencies(nodes: Nodes, *, strict: bool) -> list[Problem]:
    """
    Fill in ``requires``, ``optional`` and ``conflicts`` of every node.

    :param strict: a required node that is disabled is an error, otherwise a warning
    """
    providers: dict[str, list[str]] = defaultdict(list)
    for name in sorted(nodes):
        for offered in nodes[name].settings.get('dependencies', 'provides'):
            if offered not in nodes and name not in providers[offered]:
                providers[offered].append(name)
    problems: list[Problem] = []
    for node in nodes.values():
        _requires(node, nodes, providers, strict, problems)
        node.optional = _known(node, 'optional', nodes, providers)
        node.conflicts = _known(node, 'conflicts', nodes, providers)
        if node.enabled:
            problems.extend(_conflicts(node, nodes))
    problems.extend(_cycles(nodes))
    return problems


def _requires(
        node: Node, nodes: Nodes, providers: Mapping[str, list[str]], strict: bool,
        problems: list[Problem]) -> None:
    result: list[str] = []
    for index, name in enumerate(node.settings.get('dependencies', 'requires')):
        path = ('dependencies', 'requires', index)
        found = _nodes_named(name, nodes, providers)
        if not found:
            fix = did_you_mean(name, sorted([*nodes, *providers]))
            problems.append(node.problem(
                path, f"no node is called or provides '{name}'",
                fix or 'create that node, or remove the name'))
            continue
        running = [other for other in found if nodes[other].enabled]
        if len(running) > 1:
            problems.append(node.problem(
                path, f"'{name}' is provided by {' and '.join(running)}",
                'require one of them by its name, or disable the others'))
        other = (running or found)[0]
        if node.enabled and not running:
            problems.append(node.problem(
                path, f"'{other}' is disabled ({nodes[other].place('runtime', 'status')}), so"
                f" '{node.name}' could never start",
                f"enable '{other}', disable '{node.name}' too, or make it optional",
                'error' if strict else 'warning'))
        elif node.enabled and _starts(node) and not _starts(nodes[other]):
            problems.append(node.problem(
                path, f"'{other}' has auto_start: false, so '{node.name}' waits for"
                f' `nevil node start {other}`', f"let '{other}' start with the system",
                'warning'))
        if other not in result:
            result.append(other)
    node.requires = tuple(result)


def _starts(node: Node) -> bool:
    return bool(node.settings.get('creation', 'auto_start'))


def _nodes_named(name: str, nodes: Nodes, providers: Mapping[str, list[str]]) -> list[str]:
    return [name] if name in nodes else list(providers.get(name, ()))


def _known(
        node: Node, key: str, nodes: Nodes, providers: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Return the existing nodes of a list; one that does not exist is no concern here."""
    found: dict[str, None] = {}
    for name in node.settings.get('dependencies', key):
        found.update(dict.fromkeys(_nodes_named(name, nodes, providers)))
    found.pop(node.name, None)
    return tuple(found)


def _conflicts(node: Node, nodes: Nodes) -> list[Problem]:
    """Report each pair that would both start, once."""
    problems = []
    for name in node.conflicts:
        other = nodes[name]
        mutual = node.name in other.settings.get('dependencies', 'conflicts')
        if mutual and name < node.name or not other.enabled:
            continue
        if name in node.requires or node.name in other.requires:
            text = f"'{node.name}' and '{name}' conflict, but one requires the other"
        elif _starts(node) and _starts(other):
            text = f"'{node.name}' and '{name}' conflict, but both start with the system"
        else:
            continue
        problems.append(node.problem(
            ('dependencies', 'conflicts'), f'{text} ({other.place()})',
            'disable one of them, or give it auto_start: false'))
    return problems


def _cycles(nodes: Nodes) -> list[Problem]:
    graph = {name: node.requires for name, node in nodes.items() if node.enabled}
    problems = []
    for cycle in find_cycles(graph):
        path = ' -> '.join(cycle)
        places = ', '.join(nodes[name].place('dependencies', 'requires') for name in cycle[:-1])
        text = (f"'{cycle[0]}' requires itself" if len(cycle) == 2
                else f'the nodes require each other in a cycle: {path} ({places})')
        problems.append(nodes[cycle[0]].problem(
            ('dependencies', 'requires'), text,
            'remove one of these requires, or make it optional'))
    return problems

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

"""Put nodes into processes: each its own, or one that the composed ones share."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from nevil_msggen.problem import Problem
from nevil_nodes.declarations.graph import add_soft_edges
from nevil_nodes.declarations.graph import find_cycles
from nevil_nodes.declarations.graph import start_order
from nevil_nodes.declarations.node_draft import Node

__all__ = ['COMPOSED', 'arrange', 'unify_composed']

COMPOSED = 'composed'
# From the one that restarts least.
_POLICIES = ('never', 'on_failure', 'unless_stopped', 'always')
_PRIORITIES = ('high', 'medium', 'low')
# What the nodes of one process must agree on, and which value wins when they do not.
_SHARED: Sequence[tuple[tuple[str, str], Callable[[Sequence[Any]], Any]]] = (
    (('runtime', 'restart_policy'), lambda values: min(values, key=_POLICIES.index)),
    (('runtime', 'max_restarts'), min),
    (('runtime', 'restart_delay'), max),
    (('runtime', 'stable_after'), max),
    (('runtime', 'restart_prevent_exit_status'), lambda values: max(values, key=len)),
    (('runtime', 'on_failed'), max),  # shutdown
    (('runtime', 'startup_timeout'), max),
    (('runtime', 'shutdown_timeout'), max),
    (('runtime', 'priority'), lambda values: min(values, key=_PRIORITIES.index)),
    *((('resources', key), lambda values: 0 if 0 in values else max(values)) for key in (
        'max_memory_mb', 'max_cpu_percent', 'max_threads', 'max_file_descriptors')),
)


def arrange(
        nodes: Mapping[str, Node],
        preferred: Sequence[str]) -> tuple[dict[str, list[str]], list[Problem]]:
    """
    Return the nodes of each process, in start order, and what cannot be.

    :param nodes: the enabled nodes
    :param preferred: their names in the order in which to start where ``requires`` allows
    """
    unit = {name: COMPOSED if node.composed else name for name, node in nodes.items()}
    problems = _cycles(nodes, unit)
    hard = {name: [other for other in node.requires if other in nodes]
            for name, node in nodes.items()}
    soft = {name: node.optional for name, node in nodes.items()}
    inner = start_order(add_soft_edges(hard, soft), preferred)
    units = _units(hard, unit, inner)
    soft_units = _units(soft, unit, inner)
    ranked = list(dict.fromkeys(unit[name] for name in preferred))
    members: dict[str, list[str]] = {
        name: [] for name in start_order(add_soft_edges(units, soft_units), ranked)}
    for name in inner:
        members[unit[name]].append(name)
    return members, problems


def unify_composed(nodes: Sequence[Node]) -> list[Problem]:
    """
    Give the nodes of one process the same restart settings and limits, with a warning.

    The strictest settings hold; of the limits, which are the process's, the largest.
    """
    problems = _waiting(nodes)
    for path, choose in _SHARED:
        values = [node.settings.get(*path) for node in nodes]
        chosen = choose(values)
        for node, value in zip(nodes, values):
            if value != chosen:
                problems.append(node.problem(
                    path,
                    f'{value} differs within the composed process; {chosen} applies to all of it',
                    f'write {chosen}, or isolated_process: true', 'warning'))
                node.settings.put(
                    path, chosen, nodes[values.index(chosen)].settings.origin(*path))
    return problems


def _waiting(nodes: Sequence[Node]) -> list[Problem]:
    """Warn of nodes that cannot wait for the operator: others start their process."""
    starting = next((node for node in nodes if node.settings.get('creation', 'auto_start')), None)
    if starting is None:
        return []
    return [node.problem(
        ('creation', 'auto_start'),
        f"false has no effect: '{starting.name}' in the same process starts with the system",
        'give it isolated_process: true, or all of them auto_start: false', 'warning')
        for node in nodes if not node.settings.get('creation', 'auto_start')]


def _units(
        graph: Mapping[str, Sequence[str]], unit: Mapping[str, str],
        order: Sequence[str]) -> dict[str, list[str]]:
    """Return the graph between processes that a graph between nodes makes."""
    units: dict[str, dict[str, None]] = {}
    for name in order:
        edges = units.setdefault(unit[name], {})
        edges.update((unit[other], None) for other in graph[name]
                     if other in unit and unit[other] != unit[name])
    return {name: list(edges) for name, edges in units.items()}


def _cycles(nodes: Mapping[str, Node], unit: Mapping[str, str]) -> list[Problem]:
    """Report cycles that exist only because nodes share a process."""
    hard = {name: node.requires for name, node in nodes.items()}
    real = {name for cycle in find_cycles(hard) for name in cycle}
    problems = []
    for cycle in find_cycles(_units(hard, unit, sorted(nodes))):
        if COMPOSED not in cycle or real & set(cycle):
            continue
        outside = [name for name in cycle[:-1] if name != COMPOSED]
        first = cycle[(cycle.index(COMPOSED) + 1) % (len(cycle) - 1)]
        node = next(node for name, node in sorted(nodes.items())
                    if unit[name] == COMPOSED and first in node.requires)
        problems.append(node.problem(
            ('dependencies', 'requires'),
            f'the composed process would wait for itself: {" -> ".join(cycle)}'
            f' (through {", ".join(outside)}; {node.name} is in the composed process)',
            f"give '{node.name}' isolated_process: true, or compose {', '.join(outside)} too"))
    return problems

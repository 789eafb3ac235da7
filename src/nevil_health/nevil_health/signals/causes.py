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

"""The robot as a whole: its level by criticality and dependency, and why, the roots first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Literal

from nevil_health.signals.hysteresis import RANK
from nevil_health.signals.hysteresis import Signal
from nevil_health.signals.node_signals import Node
from nevil_health.signals.unit_states import OUT

__all__ = ['assess', 'SystemLevel']

SystemLevel = Literal['healthy', 'degraded', 'unhealthy']

_ENDED = OUT - {'stopping'}
_MOST_NAMES = 5
_WEIGHT = {'critical': 0, 'important': 1, 'optional': 2}
_SHORT = {'paused': 'paused for it', 'waiting': 'waiting for it', 'starting': 'starting after it'}


def assess(
    nodes: Mapping[str, Node], signals: Mapping[str, Signal],
) -> tuple[SystemLevel, tuple[str, ...]]:
    """
    Evaluate the system.

    Unhealthy: a critical node is, or cannot work for the failure of another, or more than half of
    the important ones that are wanted are. Nodes that somebody stopped, disabled or paused count
    for nothing; without a healthy node with data the system is not healthy.
    """
    failing = [name for name, node in nodes.items() if node.level == 'unhealthy']
    failing.sort(key=lambda name: _WEIGHT.get(nodes[name].rules.criticality, 1))
    wanted = {name: node for name, node in nodes.items() if not _aside(name, nodes, failing)}
    causes = tuple(_causes(nodes, wanted, failing, signals))
    kinds = [wanted[name].rules.criticality for name in failing]
    kinds += ['critical' for name, node in wanted.items()
              if node.rules.criticality == 'critical' and node.state in ('paused', 'waiting')
              and _root(name, nodes, failing) in failing]
    important = sum(node.rules.criticality == 'important' for node in wanted.values())
    if 'critical' in kinds or 2 * kinds.count('important') > important:
        return 'unhealthy', causes
    if causes:
        return 'degraded', causes
    if not wanted:
        states = Counter(node.state for node in nodes.values())
        return 'degraded', ('no node runs, as requested: ' + ', '.join(
            f'{count} {state}' for state, count in sorted(states.items()))
            if nodes else 'there are no nodes',)
    return 'healthy', ()


def _aside(name: str, nodes: Mapping[str, Node], failing: Collection[str]) -> bool:
    """
    Return whether the node is down, or paused, because somebody wanted it so.

    So is one that pauses, ends or waits for another that somebody stopped.
    """
    node = nodes[name]
    if node.state in _ENDED:
        return True
    if not node.planned or name in failing or node.state in ('', 'ready', 'starting'):
        return False
    root = _root(name, nodes, failing)
    return root not in failing and (root != '' or node.state != 'waiting')


def _causes(
    nodes: Mapping[str, Node], wanted: Mapping[str, Node], failing: list[str],
    signals: Mapping[str, Signal],
) -> Iterable[str]:
    heirs: dict[str, list[str]] = {}
    for name, node in wanted.items():
        if node.level != 'unhealthy' and node.state not in ('', 'ready'):
            heirs.setdefault(_root(name, nodes, failing), []).append(name)
    for name in failing:
        yield f'{name}: {wanted[name].cause}' + _dependents(heirs.get(name, ()), nodes)
    for signal in signals.values():
        if RANK[signal.level] > 0:
            yield signal.cause
    for name, node in wanted.items():
        if node.level == 'degraded':
            yield f'{name}: {node.cause}'
    for root, names in heirs.items():
        if root and root not in failing:
            state = nodes[root].state if root in nodes else 'away'
            yield f'{_counted(names)} not ready: {_listed(names)}; {root} is {state}'
    yield from _unready(heirs.get('', ()), nodes)
    yield from _unseen(wanted, signals)


def _root(name: str, nodes: Mapping[str, Node], failing: Collection[str]) -> str:
    """
    Return the node that this one suffers from: that of its state change, else a required one.

    '' where it has itself to thank for.
    """
    told = nodes[name].root
    seen = {name}
    while told in nodes and told not in seen and told not in failing and nodes[told].root:
        seen.add(told)
        told = nodes[told].root
    if told and told != name:
        return told
    if nodes[name].state == 'starting':
        return ''
    ways, seen = list(nodes[name].rules.requires), {name}
    while ways:
        need = ways.pop(0)
        if need in seen or need not in nodes:
            continue
        if need in failing or nodes[need].state in _ENDED:
            return need
        seen.add(need)
        ways.extend(nodes[need].rules.requires)
    return ''


def _dependents(names: Collection[str], nodes: Mapping[str, Node]) -> str:
    text = ''
    for state in sorted({nodes[name].state for name in names}):
        group = [name for name in names if nodes[name].state == state]
        text += f'; {_counted(group)} {_SHORT.get(state, f"{state} for it")}: {_listed(group)}'
    return text


def _unready(names: Collection[str], nodes: Mapping[str, Node]) -> Iterable[str]:
    for state in ('starting', 'waiting'):
        group = [name for name in names if nodes[name].state == state]
        if group:
            yield f'{_counted(group)} {state}: {_listed(group)}'
    for name in names:
        node = nodes[name]
        if node.state not in ('starting', 'waiting'):
            yield f'{name}: {node.state}' + (f', {node.reason}' if node.reason else '')


def _unseen(wanted: Mapping[str, Node], signals: Mapping[str, Signal]) -> Iterable[str]:
    """Name the nodes of which nothing is known, unless nobody is there to look at them."""
    if RANK[signals['monitor'].level] > 0:
        return
    groups: dict[str, list[str]] = {}
    for name, node in wanted.items():
        if node.level == 'unknown' and node.state in ('', 'ready'):
            groups.setdefault(node.cause, []).append(name)
    for cause, names in groups.items():
        yield f'{cause}: {_listed(names)}'


def _counted(names: Collection[str]) -> str:
    return f'{len(names)} node' + ('s' if len(names) != 1 else '')


def _listed(names: Collection[str]) -> str:
    shown = list(names)[:_MOST_NAMES]
    more = len(names) - len(shown)
    return ', '.join(shown) + (f' and {more} more' if more else '')

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

"""Why a node is as it is: the chain from its present state back to what began it all."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

from nevil_health.alerts.advice import advice
from nevil_health.alerts.facts import Facts
from nevil_health.alerts.kinds import BLINDING
from nevil_health.alerts.spans import span
from nevil_health.alerts.views import Alert
from nevil_health.alerts.views import Step
from nevil_health.core.view import UnitView
from nevil_health.signals.views import LevelChange
from nevil_health.signals.views import NodeHealth
from nevil_health.signals.views import SystemHealth

__all__ = ['explain', 'explain_system']

OPERATOR = 'operator'


def explain(
    node: str, *, at: float, unit: UnitView, health: NodeHealth, alerts: Sequence[Alert],
    changes: Sequence[LevelChange], other: Callable[[str], tuple[UnitView, NodeHealth]],
) -> list[Step]:
    """
    Return why a node is as it is, from its present state back to the cause, each with its time.

    The node comes first, then each node that it is paused by or waits for, once, and at last what
    an operator can do.

    :param unit: the unit that the node runs in
    :param alerts: those of the alert book
    :param changes: the last of all nodes, the oldest first
    :param other: gives unit and health of another node; LookupError for an unknown name
    """
    chain = _Chain(at, alerts, changes, other)
    return [*chain.blind(health), *chain.of(node, unit, health), *chain.advice()]


class _Chain:
    """The walk from a node to what it suffers from; each node is visited once."""

    def __init__(self, at: float, alerts: Sequence[Alert], changes: Sequence[LevelChange],
                 other: Callable[[str], tuple[UnitView, NodeHealth]]) -> None:
        self._at = at
        self._alerts = alerts
        self._changes = changes
        self._other = other
        self._seen: set[str] = set()
        self._roots: list[Facts] = []

    def of(self, node: str, unit: UnitView, health: NodeHealth) -> Iterator[Step]:
        """Yield what is to be said of a node, and then of what it suffers from."""
        self._seen.update((node, unit.name))
        facts = Facts(node, unit, health, at=self._at, alerts=self._alerts,
                      changes=self._changes)
        yield from facts.steps()
        causes = [name for name in (unit.paused_by or unit.waiting_for) if name != OPERATOR]
        unknown = True
        for name in causes:
            if name in self._seen:
                unknown = False
                continue
            try:
                there = self._other(name)
            except LookupError:
                continue
            unknown = False
            yield from self.of(name, *there)
        if unknown:
            self._roots.append(facts)

    def blind(self, health: NodeHealth) -> Iterator[Step]:
        """Yield why nothing is known of any node, if so."""
        for alert in self._alerts:
            if not alert.node and alert.signal in BLINDING and alert.ended is None:
                yield Step(at=alert.since, node='', what=alert.signal,
                           detail=f'{alert.text}, for {span(self._at - alert.since)}')

    def advice(self) -> Iterator[Step]:
        """Yield what an operator can do about each root."""
        for facts in self._roots:
            for detail in advice(facts.node, facts.unit, facts.health):
                yield Step(at=self._at, node=facts.node, what='do', detail=detail)


def explain_system(
    *, at: float, system: SystemHealth, alerts: Sequence[Alert],
) -> list[Step]:
    """
    Return why the robot as a whole is as it is: its root causes, the worst first.

    :param alerts: those of the alert book, the worst first
    """
    steps = [Step(at=system.since, node='', what='state',
                  detail=f'{system.level} for {span(at - system.since)}')]
    firing = [alert for alert in alerts if alert.state == 'firing']
    for root in (alert for alert in firing if not alert.root):
        follow = sorted({alert.node for alert in firing if alert.root == root.id} - {root.node})
        also = f'; for it {", ".join(follow)} cannot work' if follow else ''
        steps.append(Step(at=root.since, node=root.node, what=root.signal,
                          detail=f'{root.text}{also}'))
    # A cause without an alert yet (its node is still tried) must not hide behind those that fire.
    told = [f'{step.node}: ' for step in steps if step.node] + [
        step.detail for step in steps if not step.node]
    steps[1:1] = [Step(at=system.since, node='', what='cause', detail=cause)
                  for cause in system.causes if not cause.startswith(tuple(told))]
    nodes = dict.fromkeys(step.node for step in steps if step.node)
    return steps + [Step(at=at, node=node, what='do', detail=f'nevil why {node}')
                    for node in nodes]

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

"""What the supervisor asks of nodes: transitions, and the bringing up of foreign ones."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Generator
import time
from typing import Any

from nevil_health.control.monitor import ChangeLifecycle
from nevil_health.control.monitor import LifecycleChanged
from nevil_health.monitor.calls import Calls
from nevil_health.monitor.calls import Steps
from nevil_health.monitor.components import load_components
from nevil_health.monitor.control_link import ControlLink
from nevil_health.monitor.dependencies import DependencyTeller
from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.expected import UnitKey
from nevil_health.monitor.heartbeats import HeartbeatWatch
from nevil_health.monitor.lifecycle import bring_up
from nevil_health.monitor.lifecycle import GOALS
from nevil_health.monitor.lifecycle import Inner
from nevil_health.monitor.lifecycle import read_state
from nevil_health.monitor.lifecycle import ReadinessProbes
from nevil_health.monitor.lifecycle import transition
from nevil_health.monitor.probes import Probes
from nevil_health.monitor.reconciler import Reconciler
from nevil_nodes.lazy_dataclass import dataclass
from rclpy.node import Node

__all__ = ['LifecycleTransitions']

LABELS = ('activate', 'deactivate')
# Of a health check interval: with the time until the next look it is about a whole one.
_PATIENCE = 0.85
# Two readings of a wrong state for the evaluation are at least a second apart.
_MIN_PATIENCE_S = 1.1
_TOLD_S = 0.25
# Whoever beats under a name counts for two seconds after its last beat.
_TWIN_S = 3.0
# A process that was killed keeps its services for the lease of its middleware, 10 s.
_FOREIGN_TWIN_S = 13.0
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class _Request:
    unit: ExpectedUnit
    nodes: tuple[str, ...]
    label: str


class LifecycleTransitions:
    """Carries out requests, each unit's one after the other, and what is to be put right."""

    def __init__(self, node: Node, calls: Calls, link: ControlLink,
                 watch: HeartbeatWatch, probes: Probes) -> None:
        """Do nothing yet."""
        self._node, self._calls, self._link, self._watch = node, calls, link, watch
        self._probes = probes
        self._teller = DependencyTeller(node)
        self._reconciler = Reconciler()
        self._expectation = Expectation()
        self._bringing_up: set[UnitKey] = set()
        # One thing at a time for each unit; of the requests that wait only the newest counts.
        self._busy: set[UnitKey] = set()
        self._waiting: dict[UnitKey, _Request] = {}
        # Lifecycle states of foreign nodes, which say nothing themselves; None: does not answer.
        self.states: dict[tuple[UnitKey, str], str | None] = {}

    def stop(self) -> None:
        """Give everything up."""
        self._teller.stop()

    def expect(self, expectation: Expectation) -> None:
        """Take over what runs; bring up foreign nodes that are new."""
        self._expectation = expectation
        keys = {unit.key for unit in expectation.units}
        self._bringing_up &= keys
        self._reconciler.keep(keys)
        for gone in [key for key in self.states if key[0] not in keys]:
            del self.states[gone]
        for unit in expectation.units:
            if unit.foreign and unit.key not in self._bringing_up:
                self._bringing_up.add(unit.key)
                self._calls.run(self._bring_up(unit))

    def transition(self, request: ChangeLifecycle) -> None:
        """
        Carry out the event ``transition``.

        :raises ValueError: there is no such transition
        """
        label, key = request.label, (request.unit, request.generation)
        if label not in LABELS:
            raise ValueError(f'{label!r} is not one of {", ".join(LABELS)}')
        unit = self._expectation.unit(key)
        if unit is None:
            self._transitioned(key, label, 'it has ended meanwhile')
            return
        if request.lost or request.restored:
            for node in request.nodes:
                self._teller.tell(node, request.lost, request.restored)
        self._waiting[key] = _Request(unit, request.nodes, label)
        if key not in self._busy:
            self._calls.run(self._work(key))

    def ask(self) -> None:
        """Ask foreign nodes for their state."""
        for unit in self._expectation.units:
            if unit.foreign and self._watch.is_ready(unit):
                for node in unit.nodes:
                    if self._offers(unit.address(node), 'get_state'):
                        self._calls.run(self._ask(unit, node))

    def reconcile(self, at: float) -> None:
        """Put right what has been in another state than desired for a while."""
        patience_s = max(
            _MIN_PATIENCE_S, _PATIENCE * self._expectation.health_check_interval_s)
        for unit in self._expectation.units:
            if (unit.managed and unit.key not in self._busy
                    and self._watch.is_ready(unit)):
                for node in unit.nodes:
                    label = self._reconciler.label_for(
                        unit, node, self._state_of(unit, node), at, patience_s)
                    if label:
                        self._calls.run(self._reconcile(unit, node, label))

    def _state_of(self, unit: ExpectedUnit, node: str) -> str | None:
        if unit.foreign:
            return self.states.get((unit.key, node))
        record = self._watch.record_of(unit, node)
        return record.word.lifecycle_state if record is not None and record.word else None

    def _ask(self, unit: ExpectedUnit, node: str) -> Steps:
        state = yield from read_state(unit.address(node))
        if self._is_current(unit):
            self.states[unit.key, node] = state

    def _bring_up(self, unit: ExpectedUnit) -> Steps:
        for node in unit.nodes:
            at = unit.address(node)
            problem = yield from bring_up(
                at, lifecycle=lambda: unit.managed and self._offers(at, 'change_state'),
                offers=lambda: self._offers(at, 'list_parameters'),
                alive=lambda: self._is_current(unit),
                goal=lambda: self._now(unit).wanted_state(node),
                probes=self._readiness_of(unit, node), load=self._loading(unit, node))
            if problem:
                if self._is_current(unit):
                    self._node.get_logger().error(f'{node}: not ready: {problem}')
                return
        self._watch.confirm(unit)

    def _readiness_of(self, unit: ExpectedUnit, node: str) -> ReadinessProbes | None:
        if not unit.probes:
            return None
        return ReadinessProbes(
            declared=not self._probes.implied(unit),
            passed=lambda: self._probes.passed(self._now(unit)),
            seen=lambda: self._seen(unit.address(node)),
            answered=lambda: self._probes.answered(unit, node))

    def _loading(self, unit: ExpectedUnit, node: str) -> Callable[[], Inner] | None:
        if not unit.components or unit.ready:
            return None  # what is ready has loaded them
        return lambda: load_components(
            unit.address(node), unit.components, alive=lambda: self._is_current(unit),
            say=self._node.get_logger().info)

    def _seen(self, address: str) -> bool:
        """Return whether the ROS graph has the node."""
        names = self._node.get_node_names_and_namespaces()
        return any(f'{space}/{name}'.lstrip('/') == address for name, space in names)

    def _work(self, key: UnitKey) -> Steps:
        """Carry out what waits for a unit; a request that is overtaken is not answered."""
        self._busy.add(key)
        while key in self._waiting:
            request, failed = self._waiting.pop(key), ''
            for node in request.nodes:
                problem = yield from self._change(request.unit, node, request.label)
                failed = failed or problem
            if key not in self._waiting:
                self._transitioned(key, request.label, failed)
        self._busy.discard(key)

    def _reconcile(self, unit: ExpectedUnit, node: str, label: str) -> Steps:
        self._busy.add(unit.key)
        # It is reported before it is corrected, without waiting for the next regular reading.
        self._watch.look_again(unit, node)
        yield _TOLD_S
        self._node.get_logger().warning(
            f'{node}: is {self._state_of(unit, node)}, should be {unit.wanted_state(node)}; '
            f'asking it to {label} (nevil node hold {node} leaves it alone)')
        yield from self._change(unit, node, label)
        yield from self._work(unit.key)

    def _change(self, unit: ExpectedUnit, node: str, label: str) -> Generator[Any, Any, str]:
        at = unit.address(node)
        others = yield from self._others_of_that_name(unit, node, label)
        if others:
            problem = others if self._state_of(unit, node) != GOALS[label] else ''
        elif unit.foreign and not self._offers(at, 'change_state'):
            # It is always active, and cannot be anything else.
            problem = '' if label == 'activate' else 'it is not a lifecycle node'
        else:
            problem = yield from transition(
                at, label,
                lambda: self._is_current(unit) and unit.key not in self._waiting)
        if unit.key in self._waiting:
            return 'a newer request replaces it'
        if problem:
            self._node.get_logger().error(f'{node}: {label}: {problem}')
        else:
            self._node.get_logger().info(f'{node}: {label}d')
        return problem

    def _others_of_that_name(
        self, unit: ExpectedUnit, node: str, label: str,
    ) -> Generator[Any, Any, str]:
        """
        Return why a transition may not be asked for, as it would reach somebody else too; or ''.

        Whoever has just died is seen for a while, so what is seen has some time to change.
        """
        at = unit.address(node)
        deadline = time.monotonic() + (_FOREIGN_TWIN_S if unit.foreign else _TWIN_S)
        while True:
            now = time.monotonic()
            number = (self._node.count_services(f'/{at}/change_state') if unit.foreign
                      else self._watch.instances(node, now))
            if number < 2 or not self._is_current(unit) or unit.key in self._waiting:
                return ''
            if now >= deadline:
                return (f'{number} processes of this ROS domain are named /{at}, and all of them '
                        f'would {label}: give each robot its own ROS_DOMAIN_ID or namespace')
            yield _LOOK_S

    def _transitioned(self, key: UnitKey, label: str, problem: str) -> None:
        self._link.send(LifecycleChanged(
            unit=key[0], generation=key[1], label=label, problem=problem))

    def _offers(self, address: str, service: str) -> bool:
        return bool(self._node.count_services(f'/{address}/{service}') > 0)

    def _now(self, unit: ExpectedUnit) -> ExpectedUnit:
        return self._expectation.unit(unit.key) or unit

    def _is_current(self, unit: ExpectedUnit) -> bool:
        return self._expectation.unit(unit.key) is not None

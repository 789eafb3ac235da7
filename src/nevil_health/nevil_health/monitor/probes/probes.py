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

"""The probes of everything that runs: each on its own course, none waits for another."""

from __future__ import annotations

from collections.abc import Callable
import math
from typing import cast

from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.expected import UnitKey
from nevil_health.monitor.probes.making import make_prober
from nevil_health.monitor.probes.outside import OutsideThread
from nevil_health.monitor.probes.prober import Outcome
from nevil_health.monitor.probes.prober import Prober
from nevil_health.monitor.resource_usage import state_of
from nevil_health.signals.probes import Course
from nevil_health.signals.probes import network_suspect
from nevil_health.signals.probes import ProbeReading
from nevil_health.signals.probes import ProbeRole
from nevil_health.signals.probes import ProbeRule
from nevil_nodes.declarations.health_plan import ProbePlan
from rclpy.node import Node

__all__ = ['Probes']

_WHILE_ACTIVE = frozenset({'topic', 'lifecycle'})  # an inactive node owes neither
# A participant that cannot be reached is forgotten after its lease (Fast DDS: 20 s).
_LEASE_S = 25.0
_STOPPED = ('T', 't', 'Z', 'X', None)


class _Probe:
    """One probe of one node of one process."""

    def __init__(self, unit: ExpectedUnit, node: str, plan: ProbePlan, course: Course,
                 prober: Prober) -> None:
        self.unit, self.node = unit, node
        self.plan, self.course, self.prober = plan, course, prober
        self.heard = not plan.implied   # what nobody asked for begins with the first answer
        self.silent_since: float | None = None


class Probes:
    """
    Tries all probes when they are due and keeps what they came to.

    :param is_ready: whether a unit was found ready
    :param news: called with unit and node when there is something new to report
    """

    def __init__(self, node: Node, is_ready: Callable[[ExpectedUnit], bool],
                 news: Callable[[ExpectedUnit, str], None]) -> None:
        """Probe nothing yet."""
        self._node, self._is_ready, self._news = node, is_ready, news
        self._thread = OutsideThread()
        self._expectation = Expectation()
        self._of: dict[UnitKey, list[_Probe]] = {}
        self._quiet: dict[UnitKey, float] = {}  # until when nothing is to be done
        self._doubted = False

    def stop(self) -> None:
        """Let go of everything."""
        self.expect(Expectation(), 0.0)
        self._thread.stop()

    def expect(self, expectation: Expectation, at: float) -> None:
        """Probe these processes from now on."""
        self._expectation = expectation
        before, self._of = self._of, {}
        self._quiet.clear()
        for unit in expectation.units:
            known = before.pop(unit.key) if unit.key in before else self._made(unit, at)
            self._of[unit.key] = known
            for probe in self._of[unit.key]:
                probe.unit = unit
        for gone in before.values():
            for probe in gone:
                probe.prober.close()

    def passed(self, unit: ExpectedUnit) -> bool:
        """Return whether its probes, those that decide it, found the unit ready."""
        return unit.ready or all(
            probe.course.passed for probe in self._of.get(unit.key, ())
            if probe.course.role != 'liveness')

    def implied(self, unit: ExpectedUnit) -> bool:
        """Return whether it is ready when it answers for its parameters, as nobody said else."""
        return any('readiness' in roles and roles['readiness'].implied
                   for roles in unit.probes.values())

    def answered(self, unit: ExpectedUnit, node: str) -> None:
        """Note that a node has answered for its parameters: from now on it owes that."""
        for probe in self._of.get(unit.key, ()):
            if probe.node == node:
                probe.heard = True

    def readings(self, unit: ExpectedUnit, node: str) -> tuple[ProbeReading, ...]:
        """Return what the probes of a node came to."""
        return tuple(probe.course.reading() for probe in self._of.get(unit.key, ())
                     if probe.node == node)

    def was_away(self, at: float) -> None:
        """Give everybody the whole time again."""
        for probes in self._of.values():
            for probe in probes:
                probe.course.again(at)

    def poll(self, at: float, lost_s: float) -> None:
        """Read what has come, begin what is due."""
        for unit in self._expectation.units:
            if at < self._quiet.get(unit.key, 0.0):
                continue
            probes = self._of[unit.key]
            started = all(probe.course.passed for probe in probes
                          if probe.course.role == 'startup') or unit.ready
            for probe in probes:
                try:
                    self._step(probe, at, lost_s, started)
                except Exception as error:  # one that cannot be tried must not end the others
                    self._count(probe, Outcome(False, f'{type(error).__name__}: {error}'))
            self._quiet[unit.key] = min((
                0.0 if probe.course.running else min(probe.course.due_at, probe.prober.turn_at)
                for probe in probes), default=math.inf)

    def _step(self, probe: _Probe, at: float, lost_s: float, started: bool) -> None:
        if at >= probe.prober.turn_at:
            probe.prober.turn(at, lost_s)
        if probe.course.running:
            self._read(probe, at, lost_s)
        elif probe.course.is_due(at) and self._wanted(probe, started):
            probe.course.begin(at, lost_s)
            probe.prober.begin(at, lost_s)
            self._read(probe, at, lost_s)

    def _made(self, unit: ExpectedUnit, at: float) -> list[_Probe]:
        made = []
        for node, roles in unit.probes.items():
            for role, plan in roles.items():
                if role == 'readiness' and plan.implied:
                    continue  # it is what brings up a foreign node (see ``bring_up``)
                rule = ProbeRule(
                    period_s=plan.period_s, timeout_s=plan.timeout_s,
                    failure_threshold=plan.failure_threshold,
                    success_threshold=plan.success_threshold,
                    initial_delay_s=plan.initial_delay_s)
                made.append(_Probe(
                    unit, node, plan, Course(cast(ProbeRole, role), rule, at),
                    make_prober(self._node, self._thread, unit, node, role, plan,
                                self._expectation.logs)))
        return made

    def _wanted(self, probe: _Probe, started: bool) -> bool:
        """Return whether a probe means something now."""
        unit, role = probe.unit, probe.course.role
        if probe.plan.kind in _WHILE_ACTIVE and unit.wanted_state(probe.node) == 'inactive':
            return False
        if role == 'startup':
            return not started
        if role == 'liveness' and not self._is_ready(unit):
            return False  # the time that a start may take is limited otherwise
        return started

    def _read(self, probe: _Probe, at: float, lost_s: float) -> None:
        outcome = probe.prober.poll(at)
        if outcome is None and probe.course.is_overdue(at, lost_s):
            text = probe.prober.give_up()
            outcome = self._doubt(probe, at, Outcome(
                False, f'{text} within {probe.plan.timeout_s:g} s'))
        elif outcome is not None:
            probe.heard = True
            probe.silent_since = None
        if outcome is not None:
            self._count(probe, outcome if probe.heard else Outcome(None))

    def _count(self, probe: _Probe, outcome: Outcome) -> None:
        if probe.course.end(outcome.passed, f'{probe.prober.what}: {outcome.text}'):
            self._news(probe.unit, probe.node)

    def _doubt(self, probe: _Probe, at: float, outcome: Outcome) -> Outcome:
        """
        Return what a time-out proves: nothing, if most are silent at once.

        Unless the process is stopped, or the middleware, which has threads of its own, keeps up
        the connection after the time in which it gives up lost ones.
        """
        if probe.silent_since is None:
            probe.silent_since = at
        if not probe.prober.silent or state_of(probe.unit.pid) in _STOPPED:
            return outcome
        asked = [one for probes in self._of.values() for one in probes
                 if one.prober.silent and one.heard and self._is_ready(one.unit)]
        silent = [one for one in asked if one.silent_since is not None]
        doubted = network_suspect({one.unit.key for one in silent},
                                  {one.unit.key for one in asked})
        if doubted and not self._doubted:
            self._node.get_logger().error(
                f'{len(silent)} of {len(asked)} probes over ROS get no answer: the network is the '
                'suspect and no node is blamed; check the loopback interface and ROS_DOMAIN_ID')
        self._doubted = doubted
        if doubted and not (at - probe.silent_since > _LEASE_S and probe.prober.reachable()):
            return Outcome(None)
        return outcome

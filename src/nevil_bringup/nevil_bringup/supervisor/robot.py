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

"""The robot that is supervised: its plan, the states of its units, its clock."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping

from nevil_bringup.supervisor.clocked import ClockedCore
from nevil_bringup.supervisor.units import core_settings
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_bringup.supervisor.units import health_unit
from nevil_bringup.supervisor.units import unit_specs
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import Event
from nevil_health.core import MonitorLost
from nevil_health.core import ShutdownRequested
from nevil_health.core import SystemStarted
from nevil_health.core import UnitEvent
from nevil_health.core import UnitSpec
from nevil_health.core import UnitsReplaced
from nevil_health.core import UnitsWithdrawn
from nevil_health.core import UnitView
from nevil_nodes.declarations.plan import Plan

__all__ = ['Robot']


class Robot:
    """
    What the parts of the supervisor know in common; every fact goes in here.

    Two cores share one policy: the robot's units, and Nevil's own health node, which starts with
    the first and ends after the last of them.

    :ivar hearers: called with every event of a unit before the core
    :ivar changed: called after every fact
    :ivar settled: ``ready`` or ``degraded`` once every node is ready or given up
    """

    def __init__(self, plan: Plan, carry_out: Callable[[Command], None],
                 now: Callable[[], float], random: Callable[[], float]) -> None:
        """
        Begin with nothing started.

        :param carry_out: called with each command of the cores
        :param now: monotonic seconds, the time of every event
        :param random: between 0 and 1, for the jitter of delays
        """
        self.declare(plan)
        self.now = now
        self._units = ClockedCore(
            Core(unit_specs(plan), core_settings(plan), random), carry_out)
        self._own = ClockedCore(
            Core([health_unit()], CoreSettings(parallel=True), random), carry_out)
        self.hearers: list[Callable[[UnitEvent], None]] = []
        self.changed: Callable[[], None] = lambda: None
        self.settled: str | None = None

    def declare(self, plan: Plan) -> None:
        """Go by another plan; ``replace`` tells the core."""
        self.plan = plan
        self.unit_of = {name: process.name for process in plan.processes
                        for name in process.nodes}
        self.unit_of.update(
            {node.name: node.name for node in plan.nodes if node.name not in self.unit_of})

    # -- life ------------------------------------------------------------------------------

    def begin(self, *, stopped: Collection[str] = (), held: Collection[str] = ()) -> None:
        """
        Start every unit but those that an operator stopped or holds.

        The health node starts with them; that of a launch file when its processes have joined.
        """
        at = self.now()
        if not self.plan.foreign:
            self.begin_own()
        self._units.feed(MonitorLost(at=at))
        self._units.feed(SystemStarted(at=at, stopped=frozenset(stopped), held=frozenset(held)))

    def begin_own(self) -> None:
        """Start the health node, unless that has been done or the end was asked for."""
        if not self._own.core.running and not self.own_ends:
            self._own.feed(SystemStarted(at=self.now()))

    def add(self, spec: UnitSpec, *, stopped: Collection[str], held: Collection[str]) -> None:
        """
        Add one more unit; it begins as the others did.

        :raises CoreError: it does not fit, or the system does not run
        """
        self._units.add(spec, SystemStarted(
            at=self.now(), stopped=frozenset(stopped), held=frozenset(held)))

    def withdraw(self, units: frozenset[str]) -> None:
        """End the units whose declarations count no more (UnitsEnded)."""
        self.feed(UnitsWithdrawn(at=self.now(), units=units))

    def replace(self, *, stopped: Collection[str], held: Collection[str]) -> None:
        """Let the units of the plan that counts now take the place of those before."""
        self.feed(UnitsReplaced(
            at=self.now(), units=tuple(unit_specs(self.plan)), settings=core_settings(self.plan),
            stopped=frozenset(stopped), held=frozenset(held)))

    def shut_down(self, *, hurry: bool = False) -> None:
        """End every unit of the robot, or hurry when that is under way."""
        self._units.feed(ShutdownRequested(at=self.now(), hurry=hurry))

    def end_own(self) -> None:
        """End the health node, after the last unit."""
        self._own.feed(ShutdownRequested(at=self.now()))

    def settle(self) -> bool:
        """Look whether the start has come to its end; return whether that is news."""
        before, self.settled = self.settled, self._units.core.settled
        return self.settled != before

    # -- facts, and what is known ----------------------------------------------------------

    def feed(self, event: Event) -> None:
        """
        Feed a fact, or an operator's request, to the core that it concerns.

        :raises UnitRefused: the request cannot be met
        """
        own = isinstance(event, UnitEvent) and event.unit == HEALTH_UNIT
        if isinstance(event, UnitEvent):
            for hear in self.hearers:
                hear(event)
        (self._own if own else self._units).feed(event)
        self.changed()

    @property
    def shutting_down(self) -> bool:
        """Return whether the end was asked for, or decided (on_failed: shutdown)."""
        return self._units.core.ending

    @property
    def own_ends(self) -> bool:
        """Return whether the end of the health node was asked for, too."""
        return self._own.core.ending

    @property
    def running(self) -> bool:
        """Return whether the robot has begun, and nobody has asked for its end."""
        return self._units.core.running

    @property
    def dropped(self) -> int:
        """Return how much late news of older processes was dropped."""
        return self._units.core.dropped

    def view_of(self, unit: str) -> UnitView:
        """Return what its core knows of a unit."""
        return (self._own if unit == HEALTH_UNIT else self._units).core.view_of(unit)

    def views(self, at: float) -> Mapping[str, UnitView]:
        """Return what is known of each unit of the robot."""
        return self._units.core.view(at)

    def members(self, unit: str) -> tuple[str, ...]:
        """Return the nodes of a unit."""
        return tuple(node for node, of in self.unit_of.items() if of == unit)

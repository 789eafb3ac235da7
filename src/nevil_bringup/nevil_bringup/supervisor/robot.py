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
from collections.abc import Mapping

from nevil_bringup.supervisor.clocked import ClockedCore
from nevil_bringup.supervisor.units import core_settings
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_bringup.supervisor.units import health_unit
from nevil_bringup.supervisor.units import unit_specs
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import UnitEvent
from nevil_health.core import UnitView
from nevil_nodes.declarations.plan import Plan

__all__ = ['Robot']


class Robot:
    """
    What the parts of the supervisor know in common; every fact about a unit goes in here.

    Two cores share one policy: the robot's units, and Nevil's own health node, which starts with
    the first and ends after the last of them.

    :ivar units: the core of the robot's units
    :ivar own: the core of the health node
    :ivar hearers: told every fact before the core is
    :ivar changed: called after every fact
    :ivar shutting_down: the end has been asked for, or decided
    :ivar settled: ``ready`` or ``degraded`` once every node is ready or given up
    """

    def __init__(self, plan: Plan, carry_out: Callable[[Command], None],
                 now: Callable[[], float], random: Callable[[], float]) -> None:
        """
        Begin with nothing started.

        :param carry_out: told each command of the cores
        :param now: monotonic seconds, the time of every event
        :param random: between 0 and 1, for the jitter of delays
        """
        self.plan = plan
        self.now = now
        self.units = ClockedCore(
            Core(unit_specs(plan), core_settings(plan), random), carry_out)
        self.own = ClockedCore(
            Core([health_unit()], CoreSettings(parallel=True), random), carry_out)
        self.unit_of = {name: process.name for process in plan.processes
                        for name in process.nodes}
        self.unit_of.update(
            {node.name: node.name for node in plan.nodes if node.name not in self.unit_of})
        self.hearers: list[Callable[[UnitEvent], None]] = []
        self.changed: Callable[[], None] = lambda: None
        self.shutting_down = False
        self.settled: str | None = None

    def feed(self, event: UnitEvent) -> None:
        """Feed a fact of one unit to the core that knows it."""
        for hear in self.hearers:
            hear(event)
        (self.own if event.unit == HEALTH_UNIT else self.units).feed(event)
        self.changed()

    def view_of(self, unit: str) -> UnitView:
        """Return what its core knows of a unit."""
        return (self.own if unit == HEALTH_UNIT else self.units).core.view_of(unit)

    def views(self, at: float) -> Mapping[str, UnitView]:
        """Return what is known of each unit of the robot."""
        return self.units.core.view(at)

    def members(self, unit: str) -> tuple[str, ...]:
        """Return the nodes of a unit."""
        return tuple(node for node, of in self.unit_of.items() if of == unit)

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

"""How long a robot may take to start and to stop: the longest way through what needs what."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from functools import cache

from nevil_bringup.supervisor.units import core_settings
from nevil_bringup.supervisor.units import health_unit
from nevil_bringup.supervisor.units import unit_specs
from nevil_health.core import UnitSpec
from nevil_nodes.declarations.plan import Plan

__all__ = ['start_s', 'stop_s']

# Seconds from SIGKILL until a process has ended and its end is known.
_KILLED_S = 1.0
# Seconds that spawner, capture and supervisor get after the last node (Supervisor.run).
_CLOSE_S = 15.0


def start_s(plan: Plan) -> float:
    """
    Return the seconds after which every node that starts at once is ready.

    Nodes that fail meanwhile and are started again may take longer.
    """
    rules = core_settings(plan)
    units = [unit for unit in unit_specs(plan) if unit.enabled and unit.auto_start]
    way = _longest(units, lambda unit: unit.start_timeout_s)
    if not rules.parallel:
        if rules.wait_for_ready:
            way = sum(unit.start_timeout_s for unit in units)
        way += rules.startup_delay_s * len(units)
    return health_unit().start_timeout_s + way


def stop_s(plan: Plan) -> float:
    """Return the seconds that an ordered end takes at most: SIGINT, SIGTERM, SIGKILL for each."""
    return (_longest([unit for unit in unit_specs(plan) if unit.enabled], _end_s)
            + _end_s(health_unit()) + _CLOSE_S)


def _end_s(unit: UnitSpec) -> float:
    return 2 * unit.stop_timeout_s + _KILLED_S


def _longest(units: Sequence[UnitSpec], own_s: Callable[[UnitSpec], float]) -> float:
    """Return the length of the longest chain of units that require each other."""
    known = {unit.name: unit for unit in units}

    @cache
    def until(name: str) -> float:
        unit = known[name]
        return own_s(unit) + max((until(other) for other in unit.requires if other in known),
                                 default=0.0)
    return max(map(until, known), default=0.0)

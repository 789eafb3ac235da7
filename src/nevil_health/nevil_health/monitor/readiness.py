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


"""Which units are ready: every node has said so itself. Standard library only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Iterable

from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.expected import UnitKey
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Beat', 'Readiness']

MAX_NAME = 256  # longest topic or node name that ROS 2 allows, and one more
# Before the supervisor's list comes, every node is a stranger.
_MIN_REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Beat:
    """What readiness depends on in a heartbeat; ``node`` without its namespace."""

    node: str
    pid: int
    generation: int
    state: str


class Readiness:
    """
    Keeps the last heartbeat of each node; returns each unit that becomes ready, once per start.

    A beat may be faster than the news that its process exists, so beats of strangers are
    remembered for a while: a bounded number of them, the oldest are forgotten first.
    """

    def __init__(self) -> None:
        """Expect nothing yet; ``gate`` says whether its probes let a unit be ready."""
        self.gate: Callable[[ExpectedUnit], bool] = lambda unit: True
        self._units: dict[str, ExpectedUnit] = {}
        self._unit_of: dict[str, ExpectedUnit] = {}
        self._last: OrderedDict[tuple[str, int], Beat] = OrderedDict()
        self._told: set[UnitKey] = set()

    def expect(self, units: Iterable[ExpectedUnit]) -> list[ExpectedUnit]:
        """Replace the list; return the units that are ready by earlier heartbeats."""
        self._units = {unit.unit: unit for unit in units}
        self._unit_of = {node: unit for unit in self._units.values() for node in unit.nodes}
        # A new generation has a new key, so it is reported again.
        self._told &= {unit.key for unit in self._units.values()}
        return [unit for unit in self._units.values() if self._becomes_ready(unit)]

    def beat(self, beat: Beat) -> ExpectedUnit | None:
        """Handle a heartbeat; return its unit if that makes it ready."""
        unit = self.unit_of(beat)
        if unit is None and (len(beat.node) >= MAX_NAME or len(beat.state) >= MAX_NAME):
            return None
        key = beat.node, beat.pid
        self._last[key] = beat
        self._last.move_to_end(key)
        while len(self._last) > max(_MIN_REMEMBERED, 4 * len(self._unit_of)):
            self._last.popitem(last=False)
        return unit if unit is not None and self._becomes_ready(unit) else None

    def look(self, unit: ExpectedUnit) -> bool:
        """Return whether the unit becomes ready now, by earlier heartbeats."""
        return self._units.get(unit.unit) == unit and self._becomes_ready(unit)

    def unit_of(self, beat: Beat) -> ExpectedUnit | None:
        """Return the running unit that a beat belongs to; None for strangers and the dead."""
        unit = self._unit_of.get(beat.node)
        if unit is None or (unit.pid, unit.generation) != (beat.pid, beat.generation):
            return None
        return unit

    def confirm(self, key: UnitKey) -> bool:
        """Note that a foreign unit is ready; False if it is gone or was reported already."""
        unit = self._units.get(key[0])
        if unit is None or unit.key != key or key in self._told:
            return False
        self._told.add(key)
        return True

    def is_ready(self, key: UnitKey) -> bool:
        """Return whether this start of the unit has been found ready."""
        return key in self._told

    def state_of(self, unit: ExpectedUnit, node: str) -> str | None:
        """Return the lifecycle state of a node by its own last word."""
        beat = self._last.get((node, unit.pid))
        return beat.state if beat is not None and beat.generation == unit.generation else None

    def forget_told(self) -> None:
        """Report everything again: there is a new listener."""
        self._told.clear()

    def _becomes_ready(self, unit: ExpectedUnit) -> bool:
        if unit.foreign or unit.key in self._told or not all(
                self.state_of(unit, node) == unit.wanted_state(node) for node in unit.nodes
        ) or not self.gate(unit):
            return False
        self._told.add(unit.key)
        return True

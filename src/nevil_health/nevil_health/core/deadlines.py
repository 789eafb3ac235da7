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

"""The deadlines of all units, soonest first."""

from __future__ import annotations

from collections.abc import Collection
import heapq

from nevil_health.core.unit import Unit

__all__ = ['Deadlines']


class Deadlines:
    """
    A heap over deadlines, one for each unit at most.

    An entry is valid while it still is its unit's deadline; others are passed over when their
    turn comes.
    """

    def __init__(self) -> None:
        """Make a heap without deadlines."""
        self._heap: list[tuple[float, int, Unit]] = []
        self._armed: dict[Unit, float] = {}

    def set(self, unit: Unit, deadline: float | None) -> None:  # noqa: A003
        """Give the unit this deadline instead of the one it had."""
        if deadline is None:
            self._armed.pop(unit, None)
        elif self._armed.get(unit) != deadline:
            self._armed[unit] = deadline
            heapq.heappush(self._heap, (deadline, unit.index, unit))

    def keep(self, units: Collection[Unit]) -> None:
        """Forget those of all other units, and go by the places that the units have now."""
        self._armed = {unit: due for unit, due in self._armed.items() if unit in units}
        self._heap = [(due, unit.index, unit) for unit, due in self._armed.items()]
        heapq.heapify(self._heap)

    def soonest(self) -> float | None:
        """Return the time of the soonest deadline."""
        while self._heap and self._armed.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now: float) -> Unit | None:
        """Return the unit of the soonest deadline that has passed by now, and forget it."""
        soonest = self.soonest()
        if soonest is None or soonest > now:
            return None
        unit = heapq.heappop(self._heap)[2]
        del self._armed[unit]
        return unit

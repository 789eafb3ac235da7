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

"""
The order of first starts when units do not start in parallel.

One unit at a time, in the given order: the first that has nothing else to wait for. A unit that
waits for another does not hold up those behind it. The next start follows ``startup_delay_s``
after the last one, and with ``wait_for_ready`` also not before the last one's first attempt is
over, be it ready, failed or in backoff: a bad unit costs the others at most its start timeout.
"""

from __future__ import annotations

from collections.abc import Collection
import heapq

from nevil_health.core.system import System
from nevil_health.core.unit import Unit
from nevil_health.core.units import Units

__all__ = ['StartSequence']


class StartSequence:
    """Units that may start, waiting for their turn."""

    def __init__(self, system: System, units: Units) -> None:
        """Make an empty sequence."""
        self._units = units
        self._system = system
        self._heap: list[tuple[int, Unit]] = []
        self._last: Unit | None = None
        self._last_generation = 0
        self._not_before: float | None = None

    def offer(self, unit: Unit) -> None:
        """Let a unit wait for its turn."""
        heapq.heappush(self._heap, (unit.index, unit))

    def __len__(self) -> int:
        """Return how many units are in it, some of which may not be any more."""
        return len(self._heap)

    def keep(self, units: Collection[Unit]) -> None:
        """Forget all other units, and go by the places that the units have now."""
        self._heap = [(unit.index, unit) for _, unit in self._heap if unit in units]
        heapq.heapify(self._heap)

    def take(self, now: float) -> Unit | None:
        """Return the unit whose turn it is, if any; the caller starts it."""
        deadline = self.deadline()
        if not self._heap or self._held() or (deadline is not None and now < deadline):
            return None
        unit = heapq.heappop(self._heap)[1]
        self._last, self._last_generation = unit, unit.generation + 1
        self._not_before = now + self._system.settings.startup_delay_s
        return unit

    def deadline(self) -> float | None:
        """Return when the next turn comes, if it is time that it waits for."""
        while self._heap and not self._startable(self._heap[0][1]):
            heapq.heappop(self._heap)
        return self._not_before if self._heap and not self._held() else None

    def _held(self) -> bool:
        last = self._last
        return (self._system.settings.wait_for_ready and last is not None
                and last.state == 'starting' and last.generation == self._last_generation)

    def _startable(self, unit: Unit) -> bool:
        return unit.queued and unit.state == 'waiting' and not self._units.blocked(unit)

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
The gate that every restart by policy passes.

Not more of them are under way at the same time than the settings say, and none begins while the
machine is short of memory: first come, first served. Starts of the operator do not pass here.
"""

from __future__ import annotations

from collections import deque

from nevil_health.core.system import System
from nevil_health.core.unit import Unit
from nevil_health.core.units import Units

__all__ = ['RestartGate']


class RestartGate:
    """Units whose delay is over, in the order of their coming."""

    def __init__(self, system: System, units: Units) -> None:
        """Make a gate at which no unit waits."""
        self._system = system
        self._units = units
        self._queue: deque[Unit] = deque()
        self._queued: set[Unit] = set()
        self._under_way: set[Unit] = set()

    @property
    def closed_because(self) -> str:
        """Return why no restart by policy may begin now, '' when one may."""
        system = self._system
        if system.short_of_memory is not None:
            return (f'waits for free memory ({system.short_of_memory:.1f} % free, '
                    f'needs {system.settings.min_free_memory_percent:g} %)')
        # Without a monitor no start ever counts as ready: others need not wait for that.
        under_way = len(self._under_way)
        if system.monitored and under_way >= system.settings.max_concurrent_restarts:
            return f'{under_way} restarts are in progress'
        return ''

    def holds(self, unit: Unit) -> bool:
        """Return whether nothing but this gate keeps a unit from its restart."""
        if unit.state == 'backoff':
            return unit.deadline is None
        return unit.state == 'waiting' and unit.restarting and not self._units.blocked(unit)

    def update(self, unit: Unit) -> None:
        """Record the state of a unit after an event."""
        if unit.restarting and unit.state == 'starting':
            self._under_way.add(unit)
        else:
            self._under_way.discard(unit)
        if self.holds(unit) and unit not in self._queued:
            self._queued.add(unit)
            self._queue.append(unit)

    def __len__(self) -> int:
        """Return how many units are in it, some of which may not be any more."""
        return len(self._queue)

    def take(self) -> Unit | None:
        """Return the next unit that may be restarted, if any; the caller does it."""
        while self._queue:
            unit = self._queue[0]
            held = self.holds(unit)
            if held and self.closed_because:
                return None
            self._queued.remove(self._queue.popleft())
            if held:  # else something came in between
                return unit
        return None

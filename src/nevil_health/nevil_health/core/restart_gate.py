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

__all__ = ['RestartGate']


class RestartGate:
    """Units whose delay is over, in the order of their coming."""

    def __init__(self, system: System) -> None:
        """Make a gate at which nobody waits."""
        self._system = system
        self._queue: deque[Unit] = deque()
        self._queued: set[Unit] = set()
        self._under_way: set[Unit] = set()

    def update(self, unit: Unit) -> None:
        """Take in how a unit stands after an event."""
        if unit.restarting and unit.state == 'starting':
            self._under_way.add(unit)
        else:
            self._under_way.discard(unit)
        self._system.restarts_under_way = len(self._under_way)
        if unit.at_gate and unit not in self._queued:
            self._queued.add(unit)
            self._queue.append(unit)

    def take(self) -> Unit | None:
        """Return the next unit that may be restarted, if any; the caller does it."""
        while self._queue:
            unit = self._queue[0]
            if unit.at_gate and self._system.restarts_wait_for:
                return None
            self._queued.remove(self._queue.popleft())
            if unit.at_gate:  # else something came in between
                return unit
        return None

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
Who has to pause because of whom, and in which order.

A unit is *away* when it has not been ready for longer than the grace. It is *cut off* when the
operator wants it paused, or when a unit that it requires is away or cut off itself. Two local
rules make everything else (the order, diamonds, a failure during a recovery, branches that do
not need what failed):

- A unit that works and is cut off pauses once no unit that requires it works any more.
- A paused unit that is not cut off resumes once all that it requires is ready.

Only the links of what changed are counted anew. What the operator holds is never cut off, and
nobody waits for its pause.
"""

from __future__ import annotations

from collections import deque

from nevil_health.core.deadlines import Deadlines
from nevil_health.core.states import RequirementLost
from nevil_health.core.states import RequirementsRestored
from nevil_health.core.system import System
from nevil_health.core.unit import Unit

__all__ = ['Cascade', 'PAUSE_S']

# Seconds after which what a unit requires pauses as well, whether the unit has answered or not.
PAUSE_S = 5.0


class Cascade:
    """The pauses among the units of one system."""

    def __init__(self, system: System) -> None:
        """Begin with units none of which has been ready yet."""
        self._system = system
        self._ready: set[Unit] = set()
        self._away: set[Unit] = set()
        self._working: set[Unit] = set()
        self._grace = Deadlines()
        self._patience = Deadlines()
        self._touched: deque[Unit] = deque()

    def update(self, changed: Unit) -> list[Unit]:
        """
        Count a unit anew after an event; ``Gates`` have done so before.

        :returns: waiting units for which nothing is in the way (any more)
        """
        free = []
        queue = deque([changed])
        while queue and not self._system.ending:
            unit = queue.popleft()
            turned = self._time(unit)
            was, unit.source = unit.source, self._source(unit)
            if (was is None) != (unit.source is None):
                for dependent in unit.dependents:
                    dependent.cut += 1 if was is None else -1
            turned = turned or unit.source is not was
            if turned:
                queue.extend(unit.dependents)
            if unit.state == 'waiting' and not unit.blocked:
                free.append(unit)
            self._touched.append(unit)
            self._count_work(unit)
        return free

    def take(self) -> tuple[Unit, RequirementLost | RequirementsRestored] | None:
        """Return a unit whose turn it is to pause or to resume, if any; the caller does it."""
        while self._touched and not self._system.ending:
            unit = self._touched.popleft()
            if unit.must_pause:
                return unit, RequirementLost(at=self._system.now)
            if unit.may_resume:
                return unit, RequirementsRestored(at=self._system.now)
        return None

    def advance(self, now: float) -> bool:
        """Let one time that is over by now be over; return whether there was one."""
        if self._system.ending:
            return False
        if (unit := self._grace.take(now)) is not None:
            self._away.add(unit)
        elif (unit := self._patience.take(now)) is not None:
            unit.pause.phase = ''
        else:
            return False
        self.update(unit)
        return True

    def deadline(self) -> float | None:
        """Return when ``advance`` has something to do, or None."""
        if self._system.ending:
            return None
        return min((at for at in (self._grace.soonest(), self._patience.soonest())
                    if at is not None), default=None)

    def _time(self, unit: Unit) -> bool:
        """Let the times of a unit run or end; return whether it became ready or left it."""
        pausing = unit.pause.phase == 'pausing'
        self._patience.set(unit, unit.pause.since + PAUSE_S if pausing else None)
        ready = unit.state == 'ready'
        if ready == (unit in self._ready):
            return False
        if ready:
            self._ready.add(unit)
            self._away.discard(unit)
            self._grace.set(unit, None)
        else:
            self._ready.remove(unit)
            grace_s = self._system.settings.dependency_grace_s
            self._grace.set(unit, self._system.now + grace_s if unit.dependents else None)
        return True

    def _source(self, unit: Unit) -> Unit | None:
        """Return whose failure or pause keeps a unit, and those that require it, from working."""
        away = unit in self._away
        if unit.cut_off and (unit.suffers or not away):
            if unit.wishes.paused:
                return unit
            return next(required.source for required in unit.requires if required.source)
        return unit.blames or unit if away else None

    def _count_work(self, unit: Unit) -> None:
        if unit.working == (unit in self._working):
            return
        (self._working.add if unit.working else self._working.remove)(unit)
        for required in unit.requires:
            required.burden += 1 if unit.working else -1
        self._touched.extend(unit.requires)  # it may be their turn now

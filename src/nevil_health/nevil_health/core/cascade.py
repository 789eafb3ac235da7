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
Which units have to pause because of which, and in which order.

A unit is *lost* when it has not been ready for longer than the grace. It is *cut off* when the
operator wants it paused, or when a unit that it requires is lost or cut off itself. Two local
rules make everything else (the order, diamonds, a failure during a recovery, branches that do
not need what failed):

- A unit that works and is cut off pauses once no unit that requires it works any more.
- A paused unit that is not cut off resumes once all that it requires is ready.

Only the links of what changed are recounted. What the operator holds is never cut off, and
nothing waits for its pause.
"""

from __future__ import annotations

from collections import deque

from nevil_health.core.deadlines import Deadlines
from nevil_health.core.gates import Gates
from nevil_health.core.links import Links
from nevil_health.core.states import RequirementLost
from nevil_health.core.states import RequirementsRestored
from nevil_health.core.system import System
from nevil_health.core.unit import Unit

__all__ = ['Cascade']

# Seconds after which what a unit requires pauses as well, whether the unit has answered or not.
PAUSE_S = 5.0


class Cascade:
    """The pauses among the units of one system."""

    def __init__(self, system: System, links: Links, gates: Gates) -> None:
        """Start with units none of which has been ready yet."""
        self._system = system
        self._links = links
        self._gates = gates
        self._cut: dict[Unit, int] = {}      # required units that are lost or cut off
        self._working: dict[Unit, int] = {}  # dependents that work
        self._sources: dict[Unit, Unit | None] = {}
        self._ready: set[Unit] = set()
        self._lost: set[Unit] = set()
        self._at_work: set[Unit] = set()
        self._grace = Deadlines()
        self._patience = Deadlines()
        self._touched: deque[Unit] = deque()
        for unit in links.ordered:
            self.add(unit)

    def add(self, unit: Unit) -> None:
        """Count the links of one more unit; those that it requires have been added before."""
        self._cut[unit] = sum(
            self._sources[required] is not None for required in self._links.requires[unit])
        self._working[unit] = 0
        self._sources[unit] = None

    def take_over(self, before: Cascade) -> None:
        """Continue with who is lost and since when; the rest follows when each is counted."""
        units = self._links.requires
        self._lost = {unit for unit in before._lost if unit in units}
        self._grace, self._patience = before._grace, before._patience
        self._grace.keep(units)
        self._patience.keep(units)

    def source(self, unit: Unit) -> Unit | None:
        """Return the unit by which this one is lost or cut off, maybe itself; None if neither."""
        return self._sources[unit]

    def blocked(self, unit: Unit) -> bool:
        """Return whether what it requires, or conflicts with, keeps it from starting."""
        return self._gates.unmet(unit) or self._cut[unit] > 0

    def missing(self, unit: Unit) -> tuple[str, ...]:
        """Return the units it requires that are not ready, or about to pause."""
        return tuple(required.spec.name for required in self._links.requires[unit]
                     if self._sources[required] or required.state != 'ready')

    def update(self, changed: Unit) -> list[Unit]:
        """
        Recount a unit after an event; ``Gates`` have done so before.

        :returns: waiting units that have nothing to wait for (any more)
        """
        free = []
        queue = deque([changed])
        while queue and not self._system.ending:
            unit = queue.popleft()
            turned = self._time(unit)
            was, source = self._sources[unit], self._find_source(unit)
            self._sources[unit] = source
            if (was is None) != (source is None):
                for dependent in self._links.dependents[unit]:
                    self._cut[dependent] += 1 if was is None else -1
            if turned or source is not was:
                queue.extend(self._links.dependents[unit])
            if unit.state == 'waiting' and not self.blocked(unit):
                free.append(unit)
            self._touched.append(unit)
            self._count_work(unit)
        return free

    def take(self) -> tuple[Unit, RequirementLost | RequirementsRestored] | None:
        """Return a unit whose turn it is to pause or to resume, if any; the caller does it."""
        while self._touched and not self._system.ending:
            unit = self._touched.popleft()
            if self._must_pause(unit):
                return unit, self._loss(unit)
            if self._may_resume(unit):
                return unit, RequirementsRestored(at=self._system.now)
        return None

    def advance(self, now: float) -> bool:
        """Let one time that is over by now be over; return whether there was one."""
        if self._system.ending:
            return False
        if (unit := self._grace.take(now)) is not None:
            self._lost.add(unit)
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

    def _cut_off(self, unit: Unit) -> bool:
        """Return whether it should not work, for the operator or for lack of others."""
        return not unit.desired.held and (unit.desired.paused or self._cut[unit] > 0)

    def _must_pause(self, unit: Unit) -> bool:
        works = unit.state == 'ready' or unit.pause.phase == 'resuming'
        return works and self._cut_off(unit) and not self._working[unit]

    def _may_resume(self, unit: Unit) -> bool:
        rests = unit.state == 'paused' and not unit.pause.phase
        return rests and not (
            unit.desired.held or self._cut_off(unit) or self._gates.unmet(unit))

    def _loss(self, unit: Unit) -> RequirementLost:
        source = self._sources[unit] or unit
        return RequirementLost(
            at=self._system.now, lost=self.missing(unit),
            source='' if source is unit else source.spec.name,
            planned=source is unit or source.planned)

    def _time(self, unit: Unit) -> bool:
        """Start or end the deadlines of a unit; return whether it became ready or left it."""
        pausing = unit.pause.phase == 'pausing'
        self._patience.set(unit, unit.pause.since + PAUSE_S if pausing else None)
        ready = unit.state == 'ready'
        if ready == (unit in self._ready):
            return False
        if ready:
            self._ready.add(unit)
            self._lost.discard(unit)
            self._grace.set(unit, None)
        else:
            self._ready.remove(unit)
            grace_s = self._system.settings.dependency_grace_s
            needed = self._links.dependents[unit]
            self._grace.set(unit, self._system.now + grace_s if needed else None)
        return True

    def _find_source(self, unit: Unit) -> Unit | None:
        """Return whose failure or pause keeps a unit, and those that require it, from working."""
        lost = unit in self._lost
        if self._cut_off(unit) and (unit.suffers or not lost):
            if unit.desired.paused:
                return unit
            sources = (self._sources[required] for required in self._links.requires[unit])
            return next(source for source in sources if source)
        blamed = self._links.units.get(unit.blames, unit)
        return blamed if lost else None

    def _count_work(self, unit: Unit) -> None:
        works = unit.working
        if works == (unit in self._at_work):
            return
        (self._at_work.add if works else self._at_work.remove)(unit)
        for required in self._links.requires[unit]:
            self._working[required] += 1 if works else -1
        self._touched.extend(self._links.requires[unit])  # it may be their turn now

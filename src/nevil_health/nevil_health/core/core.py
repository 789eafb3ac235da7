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

"""The policy core: when each unit of a robot starts, restarts, ends, is given up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from collections.abc import Iterable
from typing import Literal

from nevil_health.core import events
from nevil_health.core.commands import Command
from nevil_health.core.commands import EndSystem
from nevil_health.core.commands import UnitsEnded
from nevil_health.core.deadlines import Deadlines
from nevil_health.core.errors import UnexpectedEvent
from nevil_health.core.news import addressee
from nevil_health.core.reactions import react
from nevil_health.core.restart_gate import RestartGate
from nevil_health.core.sequence import StartSequence
from nevil_health.core.shutdown import Teardown
from nevil_health.core.snapshot import snapshot
from nevil_health.core.spec import CoreSettings
from nevil_health.core.spec import UnitSpec
from nevil_health.core.states import DEADLINES
from nevil_health.core.states import StartAllowed
from nevil_health.core.system import System
from nevil_health.core.unit import Unit
from nevil_health.core.units import Units
from nevil_health.core.view import UnitView
from nevil_health.core.withdrawal import Withdrawal

__all__ = ['Core']


class Core:
    """
    The decisions about a system of units.

    Facts go in with their time, commands come out; nothing else happens in between. Facts that
    have arrived are to be fed before ``advance`` is called: a sign of life counts, even if its
    deadline has passed meanwhile. A monitor is taken to be there until ``MonitorLost``.
    """

    def __init__(
        self, units: Iterable[UnitSpec], settings: CoreSettings, jitter: Callable[[], float],
    ) -> None:
        """
        Make a core for a system that has not started yet.

        :param units: in the order to start in
        :param jitter: source of jitter, gives a number from 0 to below 1
        :raises InvalidUnits: the units contradict each other
        """
        self.dropped = 0
        self._system = System(settings, jitter)
        self._units = Units(units, self._system)
        self._links = self._units.links
        self._restarts = RestartGate(self._system, self._units)
        self._free: deque[Unit] = deque()
        self._sequence = StartSequence(self._system, self._units)
        self._deadlines = Deadlines()
        self._teardown: Teardown | None = None
        self._withdrawal: Withdrawal | None = None

    def handle(self, event: events.Event) -> list[Command]:
        """
        Handle one fact.

        :returns: what is to be done, in this order
        :raises UnexpectedEvent: the state of the unit, or of the system, does not know it
        :raises UnitRefused: an operator's request that cannot be met
        """
        if isinstance(event, events.UnitEvent):
            unit = addressee(self._links.units, event)
            if unit is None:
                self.dropped += 1
                return []
            self._see(event.at)
            self._apply(unit, event)
        else:
            self._handle_of_system(event)
        return self._commands()

    def _handle_of_system(self, event: events.Event) -> None:
        if isinstance(event, events.SystemStarted):
            if self._system.phase != 'new':
                raise UnexpectedEvent('the system has been started before')
            self._see(event.at)
            self._system.phase = 'running'
            for unit in self._links.ordered:
                self._apply(unit, event)
        elif isinstance(event, events.ShutdownRequested):
            self._see(event.at)
            self._shut_down(event)
        elif isinstance(event, (events.MonitorAttached, events.MonitorLost)):
            self._see(event.at)
            self._system.monitored = isinstance(event, events.MonitorAttached)
            for unit in self._links.ordered:
                unit.time_start()
                self._after(unit)
        elif isinstance(event, events.MemoryLow):
            self._see(event.at)
            self._system.short_of_memory = event.free_percent if event.low else None
        elif isinstance(event, events.UnitsWithdrawn):
            self._withdraw(event)
        elif isinstance(event, events.UnitsReplaced):
            self._replace(event)
        else:
            raise UnexpectedEvent(f'{event!r} is not known')

    def add(self, spec: UnitSpec, begin: events.SystemStarted) -> list[Command]:
        """
        Add one more unit to a running system; it begins as the others did.

        :raises InvalidUnits: it does not fit to those that are there
        :raises UnexpectedEvent: the system does not run
        """
        self._require_running()
        unit = self._units.add(spec)
        self._see(begin.at)
        self._apply(unit, begin)
        return self._commands()

    def advance(self, at: float) -> list[Command]:
        """Carry out what is due by then, and return what is to be done."""
        self._see(at)
        while self._pass_deadline() or self._follow():
            pass
        return self._commands()

    def next_deadline(self) -> float | None:
        """Return when ``advance`` has something to do, or None."""
        due = (self._deadlines.soonest(), self._sequence.deadline(),
               self._units.cascade.deadline())
        return min((at for at in due if at is not None), default=None)

    @property
    def running(self) -> bool:
        """Return whether the system was started, and its end not asked for."""
        return self._system.phase == 'running'

    @property
    def ending(self) -> bool:
        """Return whether the end of the system was asked for."""
        return self._system.ending

    @property
    def settled(self) -> Literal['ready', 'degraded'] | None:
        """
        Return how the start went once nothing is on its way any more.

        :returns: ``ready`` when every wanted unit is ready or completed, ``degraded`` when some
            failed or wait for what will not come, None before that
        """
        return self._units.gates.settled if self._system.phase == 'running' else None

    def view(self, at: float) -> dict[str, UnitView]:
        """Return a snapshot of every unit by its name, in the given order."""
        return {name: snapshot(unit, at, self._units, self._restarts)
                for name, unit in self._links.units.items()}

    def view_of(self, name: str) -> UnitView:
        """Return a snapshot of one unit at the time of the newest event."""
        return snapshot(
            self._links.units[name], self._system.now, self._units, self._restarts)

    def _see(self, at: float) -> None:
        self._system.now = max(self._system.now, at)

    def _apply(self, unit: Unit, event: events.Event) -> None:
        was_live = unit.live
        react(unit, event)
        self._after(unit)
        if self._teardown is not None and was_live and not unit.live:
            self._end_units(self._teardown.ended(unit))
        elif self._withdrawal is not None and was_live and not unit.live:
            self._end_units(self._withdrawal.turns(), self._withdrawal.event)

    def _after(self, unit: Unit) -> None:
        self._deadlines.set(unit, unit.deadline)
        self._free.extend(self._units.update(unit))
        self._restarts.update(unit)

    def _pass_deadline(self) -> bool:
        """Let one deadline pass that is over; return whether there was one."""
        now = self._system.now
        if (unit := self._deadlines.take(now)) is not None:
            self._apply(unit, DEADLINES[unit.state](at=now))
            return True
        return self._units.cascade.advance(now)

    def _follow(self) -> bool:
        """Take one step that follows from what happened; return whether there was one."""
        now = self._system.now
        if self._system.given_up and not self._system.ending:
            self._shut_down(events.ShutdownRequested(at=now))
        elif (turn := self._units.cascade.take()) is not None:
            self._apply(*turn)
        elif ((self._free or self._restarts or self._sequence)
              and self._units.cascade.advance(now)):
            pass  # who is lost without any grace, before it lets another start
        elif (unit := self._next_start()) is not None:
            self._apply(unit, StartAllowed(at=now))
        else:
            return False
        return True

    def _next_start(self) -> Unit | None:
        while self._free:
            unit = self._free.popleft()
            if unit.state != 'waiting' or self._units.blocked(unit):
                continue  # something came in between
            if unit.restarting:
                self._restarts.update(unit)
            elif not unit.queued:
                return unit
            else:
                self._sequence.offer(unit)
        return self._restarts.take() or self._sequence.take(self._system.now)

    def _commands(self) -> list[Command]:
        while self._follow():
            pass
        if self._withdrawal is not None and self._withdrawal.over():
            self._system.commands.append(UnitsEnded())
        if self._system.phase == 'ending' and self._teardown is not None and self._teardown.done:
            self._system.phase = 'ended'
            failed = any(unit.state == 'failed' for unit in self._links.ordered)
            self._system.commands.append(EndSystem(
                status=1 if failed else 0, reason=self._system.given_up))
        commands, self._system.commands = self._system.commands, []
        return commands

    def _withdraw(self, event: events.UnitsWithdrawn) -> None:
        self._require_running()
        if self._withdrawal is not None:
            raise UnexpectedEvent('units are being replaced already')
        self._see(event.at)
        self._withdrawal = Withdrawal(self._links, event)
        self._end_units(self._withdrawal.begin(), event)
        self._end_units(self._withdrawal.turns(), event)

    def _replace(self, event: events.UnitsReplaced) -> None:
        self._require_running()
        if self._withdrawal is None or not self._withdrawal.done:
            raise UnexpectedEvent('units that are to be replaced still run')
        new = self._units.replace(event.units)
        self._see(event.at)
        self._withdrawal, self._system.settings = None, event.settings
        self._deadlines.keep(self._links.requires)
        self._sequence.keep(self._links.requires)
        for unit in self._links.ordered:
            self._after(unit)
        begin = events.SystemStarted(at=event.at, stopped=event.stopped, held=event.held)
        for unit in self._links.ordered:
            if unit.withdrawn or unit in new:
                self._apply(unit, begin if unit in new else event)

    def _require_running(self) -> None:
        if self._system.phase != 'running':
            raise UnexpectedEvent(f'the system is {self._system.phase}')

    def _shut_down(self, event: events.ShutdownRequested) -> None:
        if event.hurry:
            self._system.hurry = min(self._system.hurry + 1, 2)
        if not self._system.ending:
            self._system.phase = 'ending'
            self._withdrawal = None
            self._end_units(unit for unit in self._links.ordered
                            if not unit.live or unit.state in ('unhealthy', 'stopping'))
            self._teardown = Teardown(self._links)
            self._end_units(self._teardown.begin())
        if event.hurry:
            live = [unit for unit in reversed(self._links.ordered) if unit.live]
            if self._system.hurry == 2:
                self._end_units(live)
            for unit in live:
                if unit.state == 'stopping':
                    unit.hurry()
                    self._after(unit)

    def _end_units(self, units: Iterable[Unit], why: events.Event | None = None) -> None:
        for unit in units:
            react(unit, why or events.ShutdownRequested(at=self._system.now))
            self._after(unit)

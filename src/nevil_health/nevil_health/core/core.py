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

from nevil_health.core.commands import Command
from nevil_health.core.commands import EndSystem
from nevil_health.core.deadlines import Deadlines
from nevil_health.core.errors import UnexpectedEvent
from nevil_health.core.errors import UnitRefused
from nevil_health.core.events import Event
from nevil_health.core.events import HeartbeatLate
from nevil_health.core.events import HeartbeatResumed
from nevil_health.core.events import ProcessEvent
from nevil_health.core.events import ProcessFailed
from nevil_health.core.events import ProcessStarted
from nevil_health.core.events import ReadyConfirmed
from nevil_health.core.events import ShutdownRequested
from nevil_health.core.events import SystemStarted
from nevil_health.core.events import UnitEvent
from nevil_health.core.gates import connect
from nevil_health.core.gates import Gates
from nevil_health.core.sequence import StartSequence
from nevil_health.core.shutdown import Teardown
from nevil_health.core.spec import CoreSettings
from nevil_health.core.spec import UnitSpec
from nevil_health.core.states import DEADLINES
from nevil_health.core.states import StartAllowed
from nevil_health.core.states import TRANSITIONS
from nevil_health.core.system import System
from nevil_health.core.unit import Unit
from nevil_health.core.view import UnitView

__all__ = ['Core']

# They travel another way than the news of the process itself, so they may come after its end.
_HEARSAY = (ReadyConfirmed, HeartbeatLate, HeartbeatResumed)


class Core:
    """
    The decisions about a system of units.

    Facts go in with their time, commands come out; nothing else happens in between. Facts that
    have arrived are to be fed before ``advance`` is called: a sign of life counts, even if its
    deadline has passed meanwhile.
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
        made = [Unit(spec, index, self._system) for index, spec in enumerate(units)]
        self._ordered = connect(made)
        self._units = {unit.spec.name: unit for unit in made}
        self._gates = Gates(made)
        self._released: deque[Unit] = deque()
        self._sequence = StartSequence(settings)
        self._deadlines = Deadlines()
        self._teardown: Teardown | None = None

    # -- what happens ------------------------------------------------------------------------

    def handle(self, event: Event) -> list[Command]:
        """
        Take in one fact.

        :returns: what is to be done, in this order
        :raises UnexpectedEvent: the state of the unit, or of the system, does not know it
        :raises UnitRefused: an operator's request that cannot be met
        """
        if isinstance(event, UnitEvent):
            unit = self._addressee(event)
            if unit is None:
                self.dropped += 1
                return []
            self._see(event.at)
            self._apply(unit, event)
        elif isinstance(event, SystemStarted):
            if self._system.phase != 'new':
                raise UnexpectedEvent('the system has been started before')
            self._see(event.at)
            self._system.phase = 'running'
            for unit in self._ordered:
                self._apply(unit, event)
        elif isinstance(event, ShutdownRequested):
            self._see(event.at)
            self._shut_down(event)
        else:
            raise UnexpectedEvent(f'{event!r} is not known')
        return self._finish()

    def advance(self, at: float) -> list[Command]:
        """Carry out what is due by then, and return what is to be done."""
        self._see(at)
        while (unit := self._deadlines.take(self._system.now)) is not None:
            self._apply(unit, DEADLINES[unit.state](at=self._system.now))
        return self._finish()

    def next_deadline(self) -> float | None:
        """Return when ``advance`` has something to do, or None."""
        due = [at for at in (self._deadlines.soonest(), self._sequence.deadline())
               if at is not None]
        return min(due, default=None)

    # -- what is known -----------------------------------------------------------------------

    @property
    def ending(self) -> bool:
        """Tell whether the end of the system was asked for."""
        return self._system.ending

    @property
    def settled(self) -> Literal['ready', 'degraded'] | None:
        """
        Return how the start went once nothing is on its way any more.

        :returns: ``ready`` when every wanted unit is ready or completed, ``degraded`` when some
            failed or wait for what will not come, None before that
        """
        return self._gates.settled if self._system.phase == 'running' else None

    def view(self, at: float) -> dict[str, UnitView]:
        """Return a snapshot of every unit by its name, in the given order."""
        return {name: unit.view(at) for name, unit in self._units.items()}

    def view_of(self, name: str) -> UnitView:
        """Return a snapshot of one unit at the time of the newest event."""
        return self._units[name].view(self._system.now)

    # -- how ---------------------------------------------------------------------------------

    def _addressee(self, event: UnitEvent) -> Unit | None:
        """
        Find the unit that an event is for, and make sure that it may be applied.

        :returns: None for late news of an older process
        """
        unit = self._units.get(event.unit)
        operator = not isinstance(event, ProcessEvent)
        if unit is None:
            if operator:
                raise UnitRefused(f'there is no unit {event.unit!r}')
            raise UnexpectedEvent(f'{event!r}: there is no unit {event.unit!r}')
        if operator:
            self._check_request(unit)
        if isinstance(event, ProcessEvent):
            if event.generation < unit.generation:
                return None
            if not unit.live and event.generation == unit.generation \
                    and isinstance(event, _HEARSAY):
                return None
            again = unit.pid is not None and isinstance(event, (ProcessStarted, ProcessFailed))
            if event.generation > unit.generation or again:
                raise UnexpectedEvent(
                    f'{event!r}: {event.unit} is {unit.state}, generation {unit.generation}')
        if type(event) not in TRANSITIONS[unit.state]:
            raise UnexpectedEvent(f'{event!r}: {event.unit} is {unit.state}')
        return unit

    def _check_request(self, unit: Unit) -> None:
        name = unit.spec.name
        if unit.state == 'disabled':
            raise UnitRefused(
                f'{name} is disabled: change runtime.status in its .nodes and start again')
        if self._system.phase == 'new':
            raise UnitRefused(f'{name}: the system has not started yet')
        if self._system.ending:
            raise UnitRefused(f'{name}: the system is stopping')

    def _see(self, at: float) -> None:
        self._system.now = max(self._system.now, at)

    def _apply(self, unit: Unit, event: Event) -> None:
        was_live = unit.live
        unit.apply(event)
        self._after(unit)
        if self._teardown is not None and was_live and not unit.live:
            for turn in self._teardown.ended(unit):
                turn.apply(ShutdownRequested(at=self._system.now))
                self._after(turn)

    def _after(self, unit: Unit) -> None:
        self._deadlines.update(unit)
        self._released.extend(self._gates.update(unit))

    def _finish(self) -> list[Command]:
        while not self._system.ending and (unit := self._next_start()) is not None:
            self._apply(unit, StartAllowed(at=self._system.now))
        if self._teardown is not None and self._teardown.done \
                and self._system.phase == 'ending':
            self._system.phase = 'ended'
            failed = any(unit.state == 'failed' for unit in self._ordered)
            self._system.commands.append(EndSystem(status=1 if failed else 0))
        commands, self._system.commands = self._system.commands, []
        return commands

    def _next_start(self) -> Unit | None:
        while self._released:
            unit = self._released.popleft()
            if unit.state == 'waiting' and not unit.unmet:
                if not unit.queued:
                    return unit
                self._sequence.offer(unit)
        return self._sequence.take(self._system.now)

    def _shut_down(self, event: ShutdownRequested) -> None:
        if self._system.phase == 'ended':
            return
        if event.hurry:
            self._system.hurry = min(self._system.hurry + 1, 2)
        if self._teardown is None:
            self._system.phase = 'ending'
            self._released.clear()
            for unit in self._ordered:
                if not unit.live or unit.state in ('unhealthy', 'stopping'):
                    unit.apply(event)
                    self._after(unit)
            self._teardown = Teardown(self._ordered)
            for unit in self._teardown.begin():
                unit.apply(event)
                self._after(unit)
        if event.hurry:
            for unit in self._ordered:
                self._hurry(unit, event)

    def _hurry(self, unit: Unit, event: ShutdownRequested) -> None:
        if not unit.live:
            return
        if unit.state != 'stopping':
            if self._system.hurry < 2:
                return
            unit.apply(event)
        unit.hurry()
        self._after(unit)

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

"""For which unit an event is; which news of a process comes too late, or twice."""

from __future__ import annotations

from collections.abc import Mapping

from nevil_health.core import events
from nevil_health.core.errors import UnexpectedEvent
from nevil_health.core.errors import UnitRefused
from nevil_health.core.requests import check
from nevil_health.core.states import TRANSITIONS
from nevil_health.core.unit import Unit

__all__ = ['addressee']

# They travel another way than the news of the process itself, so they may come after its end.
_HEARSAY = (events.ReadyConfirmed, events.Paused, events.SignalFailed, events.SignalCleared,
            events.EvidenceCollected)


def addressee(units: Mapping[str, Unit], event: events.UnitEvent) -> Unit | None:
    """
    Find the unit that an event is for, and make sure that it may be applied.

    :returns: None for late news of an older process
    :raises UnexpectedEvent: the state of the unit does not know it
    :raises UnitRefused: a request that cannot be met
    """
    unit = units.get(event.unit)
    if isinstance(event, events.ProcessEvent):
        if unit is None:
            raise UnexpectedEvent(f'{event!r}: there is no such unit')
        if is_late(unit, event):
            return None
        if event.generation > unit.generation or is_answered(unit, event):
            raise UnexpectedEvent(
                f'{event!r}: {event.unit} is {unit.state}, generation {unit.generation}')
    elif unit is None:
        raise UnitRefused(f'there is no unit {event.unit!r}')
    else:
        check(unit, event)
    if type(event) not in TRANSITIONS[unit.state]:
        raise UnexpectedEvent(f'{event!r}: {event.unit} is {unit.state}')
    return unit


def is_late(unit: Unit, event: events.ProcessEvent) -> bool:
    """Return whether the news is of an older process, or of one that has ended."""
    if event.generation == unit.generation:
        return isinstance(event, _HEARSAY) and not unit.live
    return event.generation < unit.generation


def is_answered(unit: Unit, event: events.ProcessEvent) -> bool:
    """Return whether the command to start has its answer: there is no second one."""
    return unit.pid is not None and isinstance(
        event, (events.ProcessStarted, events.ProcessFailed))

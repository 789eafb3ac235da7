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
The states of a unit, and for each the events it knows with the states they may lead to.

This table is the whole state machine: an event not listed for a state raises there and changes
nothing. ``docs/states.md`` is generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nevil_health.core.events import Event
from nevil_health.core.events import MuteRequested
from nevil_health.core.events import ProcessExited
from nevil_health.core.events import ProcessFailed
from nevil_health.core.events import ProcessStarted
from nevil_health.core.events import ReadyConfirmed
from nevil_health.core.events import RestartRequested
from nevil_health.core.events import ShutdownRequested
from nevil_health.core.events import SignalCleared
from nevil_health.core.events import SignalFailed
from nevil_health.core.events import StartRequested
from nevil_health.core.events import StopRequested
from nevil_health.core.events import SystemStarted
from nevil_health.core.events import UnmuteRequested

__all__ = [
    'BackoffElapsed', 'DEADLINES', 'LIVE', 'StartAllowed', 'StartTimedOut', 'State',
    'StopTimedOut', 'TRANSITIONS',
]

State = Literal[
    'disabled', 'waiting', 'starting', 'ready', 'unhealthy', 'backoff', 'stopping', 'stopped',
    'completed', 'failed',
]

# States in which a process of the unit exists, or is being created.
LIVE: frozenset[State] = frozenset({'starting', 'ready', 'unhealthy', 'stopping'})


@dataclass(frozen=True, kw_only=True, slots=True)
class StartAllowed(Event):
    """All that the unit waited for is there, and it is its turn (made by the core itself)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BackoffElapsed(Event):
    """The delay before a restart is over (made by the core itself)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartTimedOut(Event):
    """The process was not ready in time (made by the core itself)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StopTimedOut(Event):
    """The last signal did not end the process in time (made by the core itself)."""


# What the passing of a unit's deadline means in each state that can have one.
DEADLINES: dict[State, type[Event]] = {
    'starting': StartTimedOut,
    'backoff': BackoffElapsed,
    'unhealthy': StopTimedOut,
    'stopping': StopTimedOut,
}

_START: tuple[State, ...] = ('starting', 'waiting')
_END: tuple[State, ...] = ('backoff', 'completed', 'failed', 'stopped')
_FAILURE: tuple[State, ...] = ('backoff', 'failed')


def _row(
    state: State, known: dict[type[Event], tuple[State, ...]],
) -> dict[type[Event], tuple[State, ...]]:
    """Add what leaves every enabled unit in its state: muting is remembered in all of them."""
    return {**known, MuteRequested: (state,), UnmuteRequested: (state,)}


TRANSITIONS: dict[State, dict[type[Event], tuple[State, ...]]] = {
    'disabled': {
        SystemStarted: ('disabled',),
        ShutdownRequested: ('disabled',),
    },
    'stopped': _row('stopped', {
        SystemStarted: ('stopped', *_START),
        StartRequested: _START,
        RestartRequested: _START,
        StopRequested: ('stopped',),
        ShutdownRequested: ('stopped',),
    }),
    'waiting': _row('waiting', {
        StartAllowed: ('starting',),
        StartRequested: _START,
        RestartRequested: _START,
        StopRequested: ('stopped',),
        ShutdownRequested: ('stopped',),
    }),
    'starting': _row('starting', {
        ProcessStarted: ('starting',),
        ProcessFailed: _FAILURE,
        ProcessExited: _END,
        ReadyConfirmed: ('ready',),
        SignalFailed: ('starting',),  # the start has its own limit
        SignalCleared: ('starting',),
        StartTimedOut: ('unhealthy', 'starting'),  # a system that ends judges nobody
        StartRequested: ('starting',),
        RestartRequested: ('stopping',),
        StopRequested: ('stopping',),
        ShutdownRequested: ('stopping',),
    }),
    'ready': _row('ready', {
        ProcessStarted: ('ready',),  # readiness may overtake the news of the process
        ProcessExited: _END,
        ReadyConfirmed: ('ready',),
        SignalFailed: ('unhealthy', 'ready'),
        SignalCleared: ('ready',),
        StartRequested: ('ready',),
        RestartRequested: ('stopping',),
        StopRequested: ('stopping',),
        ShutdownRequested: ('stopping',),
    }),
    'unhealthy': _row('unhealthy', {
        ProcessStarted: ('unhealthy',),
        ProcessExited: _FAILURE,
        ReadyConfirmed: ('unhealthy',),  # too late: the signals are on their way
        SignalFailed: ('unhealthy',),
        SignalCleared: ('unhealthy',),
        StopTimedOut: ('unhealthy',),
        StartRequested: ('stopping',),
        RestartRequested: ('stopping',),
        StopRequested: ('stopping',),
        ShutdownRequested: ('stopping',),
    }),
    'backoff': _row('backoff', {
        BackoffElapsed: _START,
        StartRequested: _START,
        RestartRequested: _START,
        StopRequested: ('stopped',),
        ShutdownRequested: ('stopped',),
    }),
    'stopping': _row('stopping', {
        ProcessStarted: ('stopping',),
        ProcessFailed: ('stopped', *_START),
        ProcessExited: ('stopped', *_START),
        ReadyConfirmed: ('stopping',),
        SignalFailed: ('stopping',),
        SignalCleared: ('stopping',),
        StopTimedOut: ('stopping',),
        StartRequested: ('stopping',),
        RestartRequested: ('stopping',),
        StopRequested: ('stopping',),
        ShutdownRequested: ('stopping',),
    }),
    'completed': _row('completed', {
        StartRequested: _START,
        RestartRequested: _START,
        StopRequested: ('stopped',),
        ShutdownRequested: ('completed',),
    }),
    'failed': _row('failed', {
        StartRequested: _START,
        RestartRequested: _START,
        StopRequested: ('stopped',),
        ShutdownRequested: ('failed',),
    }),
}

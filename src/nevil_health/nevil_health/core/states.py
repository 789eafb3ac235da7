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
nothing, and a unit changes its state only to one that the table has for the state and the event
in hand (``Unit.enter`` raises otherwise). ``docs/states.md`` is generated from it.
"""

from __future__ import annotations

from typing import Literal

from nevil_health.core.events import Event
from nevil_health.core.events import EvidenceCollected
from nevil_health.core.events import HoldRequested
from nevil_health.core.events import MuteRequested
from nevil_health.core.events import Paused
from nevil_health.core.events import PauseRequested
from nevil_health.core.events import ProcessExited
from nevil_health.core.events import ProcessFailed
from nevil_health.core.events import ProcessStarted
from nevil_health.core.events import ReadyConfirmed
from nevil_health.core.events import ReleaseRequested
from nevil_health.core.events import RestartRequested
from nevil_health.core.events import ResumeRequested
from nevil_health.core.events import ShutdownRequested
from nevil_health.core.events import SignalCleared
from nevil_health.core.events import SignalFailed
from nevil_health.core.events import StartRequested
from nevil_health.core.events import StopRequested
from nevil_health.core.events import SystemStarted
from nevil_health.core.events import UnitsReplaced
from nevil_health.core.events import UnitsWithdrawn
from nevil_health.core.events import UnmuteRequested
from nevil_nodes.lazy_dataclass import dataclass

__all__ = [
    'BackoffElapsed', 'DEADLINES', 'LIVE', 'RequirementLost', 'RequirementsRestored',
    'StartAllowed', 'StartTimedOut', 'State', 'StopTimedOut', 'TRANSITIONS',
]

State = Literal[
    'disabled', 'waiting', 'starting', 'ready', 'paused', 'unhealthy', 'backoff', 'stopping',
    'stopped', 'completed', 'failed',
]

# States in which a process of the unit exists, or is being created.
LIVE: frozenset[State] = frozenset({'starting', 'ready', 'paused', 'unhealthy', 'stopping'})


@dataclass(frozen=True, kw_only=True, slots=True)
class StartAllowed(Event):
    """All that the unit waited for is there, and it is its turn (made by the core itself)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BackoffElapsed(Event):
    """The delay before a restart is over (made by the core itself)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartTimedOut(Event):
    """The process was not ready in time, at first or after a pause (made by the core itself)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StopTimedOut(Event):
    """The evidence, or the end, has not come in time (made by the core itself)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RequirementLost(Event):
    """
    The unit is cut off, and it is its turn to pause (made by the core itself).

    :param lost: what it requires and is not ready
    :param source: the unit that all this comes from, '' if it is this one
    :param planned: the operator or the system wanted that
    """

    lost: tuple[str, ...]
    source: str
    planned: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RequirementsRestored(Event):
    """All that the paused unit requires is ready again (made by the core itself)."""


# What the passing of a unit's deadline means in each state that can have one.
DEADLINES: dict[State, type[Event]] = {
    'starting': StartTimedOut,
    'paused': StartTimedOut,
    'backoff': BackoffElapsed,
    'unhealthy': StopTimedOut,
    'stopping': StopTimedOut,
}

_Row = dict[type[Event], tuple[State, ...]]

_START: tuple[State, ...] = ('starting', 'waiting')
_END: tuple[State, ...] = ('backoff', 'completed', 'failed', 'stopped')
_FAILURE: tuple[State, ...] = ('backoff', 'failed', 'stopped')


def _row(state: State, known: _Row) -> _Row:
    """Add what leaves an enabled unit in its state, unless ``known`` says otherwise."""
    leaves = (MuteRequested, UnmuteRequested, ResumeRequested, HoldRequested, ReleaseRequested)
    return {**dict.fromkeys(leaves, (state,)), **known}


def _live(state: State, known: _Row) -> _Row:
    """Add events of a process, which are old news unless ``known`` says otherwise."""
    leaves = (ReadyConfirmed, Paused, SignalFailed, SignalCleared, EvidenceCollected,
              PauseRequested)
    ends = dict.fromkeys(
        (RestartRequested, StopRequested, UnitsWithdrawn, ShutdownRequested), ('stopping',))
    return _row(state, {**dict.fromkeys(leaves, (state,)), **ends, **known})  # type: ignore


TRANSITIONS: dict[State, _Row] = {
    'disabled': {
        SystemStarted: ('disabled',),
        UnitsWithdrawn: ('disabled',),
        ShutdownRequested: ('disabled',),
    },
    'stopped': _row('stopped', {
        SystemStarted: ('stopped', *_START),
        StartRequested: _START,
        RestartRequested: _START,
        ReleaseRequested: ('stopped', *_START),
        StopRequested: ('stopped',),
        UnitsWithdrawn: ('stopped',),
        UnitsReplaced: ('stopped', *_START),
        ShutdownRequested: ('stopped',),
    }),
    'waiting': _row('waiting', {
        StartAllowed: ('starting',),
        StartRequested: _START,
        RestartRequested: _START,
        PauseRequested: ('waiting',),
        HoldRequested: ('stopped',),
        StopRequested: ('stopped',),
        UnitsWithdrawn: ('stopped',),
        ShutdownRequested: ('stopped',),
    }),
    'starting': _live('starting', {
        ProcessStarted: ('starting',),
        ProcessFailed: _FAILURE,
        ProcessExited: _END,
        ReadyConfirmed: ('ready',),
        StartTimedOut: ('unhealthy', 'starting'),  # not answered while the system ends
        StartRequested: ('starting',),
    }),
    'ready': _live('ready', {
        ProcessStarted: ('ready',),  # readiness may overtake the news of the process
        ProcessExited: _END,
        SignalFailed: ('unhealthy', 'ready'),  # held by the operator, or the system ends
        ReleaseRequested: ('ready', 'unhealthy'),
        RequirementLost: ('paused', 'stopping'),
        StartRequested: ('ready',),
    }),
    'paused': _live('paused', {
        ProcessStarted: ('paused',),
        ProcessExited: ('waiting', *_END),
        ReadyConfirmed: ('ready', 'paused'),
        SignalFailed: ('unhealthy', 'paused'),
        ReleaseRequested: ('paused', 'unhealthy'),
        RequirementLost: ('paused',),
        RequirementsRestored: ('paused',),
        StartTimedOut: ('unhealthy', 'paused'),
        StartRequested: ('paused',),
    }),
    'unhealthy': _live('unhealthy', {
        ProcessStarted: ('unhealthy',),
        ProcessExited: _FAILURE,
        ReadyConfirmed: ('unhealthy', 'ready'),  # late, but before the POSIX signals
        SignalCleared: ('unhealthy', 'ready', 'paused'),
        HoldRequested: ('unhealthy', 'starting', 'ready', 'paused'),
        StopTimedOut: ('unhealthy',),
        StartRequested: ('stopping',),
    }),
    'backoff': _row('backoff', {
        BackoffElapsed: ('backoff',),
        StartAllowed: _START,
        StartRequested: _START,
        RestartRequested: _START,
        PauseRequested: ('backoff',),
        HoldRequested: ('stopped',),
        StopRequested: ('stopped',),
        UnitsWithdrawn: ('stopped',),
        ShutdownRequested: ('stopped',),
    }),
    'stopping': _live('stopping', {
        ProcessStarted: ('stopping',),
        ProcessFailed: ('stopped', *_START),
        ProcessExited: ('stopped', *_START),
        StopTimedOut: ('stopping',),
        StartRequested: ('stopping',),
    }),
    'completed': _row('completed', {
        StartRequested: _START,
        RestartRequested: _START,
        StopRequested: ('stopped',),
        UnitsWithdrawn: ('completed',),
        UnitsReplaced: ('completed', *_START),
        ShutdownRequested: ('completed',),
    }),
    'failed': _row('failed', {
        StartRequested: _START,
        RestartRequested: _START,
        StopRequested: ('stopped',),
        UnitsWithdrawn: ('failed',),
        UnitsReplaced: ('failed', *_START),
        ShutdownRequested: ('failed',),
    }),
}

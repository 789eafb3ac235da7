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
Histories of the policy core, written as tables.

A row is ``(time, what happens, what the core commands)``. ``a1`` is the process of unit ``a`` with
generation 1; the reasons of state changes are left out, tests look at them in the view. Answers
to the orders to pause and to resume carry the order's number: ``paused a1 1``, ``again a1 2``
(ready after a pause).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
import re
import signal
from typing import Any

from nevil_health.core import AnnounceState
from nevil_health.core import CollectEvidence
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import EndSystem
from nevil_health.core import Event
from nevil_health.core import EvidenceCollected
from nevil_health.core import HoldRequested
from nevil_health.core import MemoryLow
from nevil_health.core import MonitorAttached
from nevil_health.core import MonitorLost
from nevil_health.core import MuteRequested
from nevil_health.core import Paused
from nevil_health.core import PauseRequested
from nevil_health.core import PauseUnit
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import ReleaseRequested
from nevil_health.core import RememberHeld
from nevil_health.core import RememberStopped
from nevil_health.core import RestartRequested
from nevil_health.core import ResumeRequested
from nevil_health.core import ResumeUnit
from nevil_health.core import SendSignal
from nevil_health.core import SetMuted
from nevil_health.core import ShutdownRequested
from nevil_health.core import SignalCleared
from nevil_health.core import SignalFailed
from nevil_health.core import StartProcess
from nevil_health.core import StartRequested
from nevil_health.core import StopRequested
from nevil_health.core import SystemStarted
from nevil_health.core import UnitsEnded
from nevil_health.core import UnitSpec
from nevil_health.core import UnitsWithdrawn
from nevil_health.core import UnmuteRequested

PARALLEL = CoreSettings(parallel=True, jitter=0.0)

Row = tuple[float, str, str]

_OPERATOR: dict[str, type[Any]] = {
    'start': StartRequested, 'stop': StopRequested, 'restart': RestartRequested,
    'mute': MuteRequested, 'unmute': UnmuteRequested,
    'pause': PauseRequested, 'resume': ResumeRequested,
    'hold': HoldRequested, 'release': ReleaseRequested,
}
_PROCESS: dict[str, Callable[..., Event]] = {
    'started': lambda **of: ProcessStarted(pid=1000 + of['generation'], **of),
    'unstartable': lambda **of: ProcessFailed(reason='no such file', **of),
    'ready': ReadyConfirmed,
    'late': lambda **of: SignalFailed(
        signal='heartbeat', cause='no heartbeat for 5.0 s', hung=True, **of),
    'resumed': lambda **of: SignalCleared(signal='heartbeat', **of),
    'evidence': EvidenceCollected,
}


def make_core(*units: UnitSpec, settings: CoreSettings = PARALLEL) -> Core:
    """Return a core whose jitter source always gives one half."""
    return Core(units, settings, lambda: 0.5)


def event(at: float, words: str) -> Event:
    """Return the event that the words of a row stand for."""
    verb, *rest = words.split()
    if verb == 'begin':
        return SystemStarted(at=at, stopped=frozenset(rest))
    if verb == 'withdraw':
        return UnitsWithdrawn(at=at, units=frozenset(rest))
    if verb == 'memory':
        return MemoryLow(at=at, low=rest[0] == 'low', free_percent=float(rest[1]))
    if verb in ('shutdown', 'hurry'):
        return ShutdownRequested(at=at, hurry=verb == 'hurry')
    if verb in ('attached', 'detached'):
        return MonitorAttached(at=at) if verb == 'attached' else MonitorLost(at=at)
    if verb in _OPERATOR:
        made: Event = _OPERATOR[verb](at=at, unit=rest[0])
        return made
    match = re.fullmatch(r'([a-z_]+)(\d+)', rest[0])
    assert match, words
    of: dict[str, Any] = {'at': at, 'unit': match[1], 'generation': int(match[2])}
    if verb == 'exit':
        return ProcessExited(code=int(rest[1]), **of)
    if verb == 'killed':
        return ProcessExited(signal=int(signal.Signals[f'SIG{rest[1]}']), **of)
    if verb in ('failed', 'cleared'):
        what: dict[str, Any] = {'cause': f'{rest[1]} over limit'} if verb == 'failed' else {}
        return (SignalFailed if verb == 'failed' else SignalCleared)(signal=rest[1], **what, **of)
    if verb in ('paused', 'again'):
        return (Paused if verb == 'paused' else ReadyConfirmed)(number=int(rest[1]), **of)
    return _PROCESS[verb](**of)


def say(command: Command) -> str:
    """Return a command in the words of a row."""
    if isinstance(command, AnnounceState):
        return f'{command.unit} {command.new}'
    if isinstance(command, EndSystem):
        return f'end {command.status}'
    if isinstance(command, UnitsEnded):
        return 'ended'
    if isinstance(command, RememberStopped):
        return f'{"remember" if command.stopped else "forget"} {command.unit}'
    if isinstance(command, RememberHeld):
        return f'{"hold" if command.held else "release"} {command.unit}'
    assert isinstance(command, (
        StartProcess, SendSignal, SetMuted, PauseUnit, ResumeUnit, CollectEvidence))
    process = f'{command.unit}{command.generation}'
    if isinstance(command, StartProcess):
        return f'{"START muted" if command.muted else "START"} {process}'
    if isinstance(command, PauseUnit):
        return f'PAUSE {process} -{"-".join(command.lost)}'
    if isinstance(command, ResumeUnit):
        return f'RESUME {process} +{"+".join(command.restored)}'
    if isinstance(command, CollectEvidence):
        return f'EVIDENCE {process}'
    if isinstance(command, SendSignal):
        return f'{signal.Signals(command.signal).name[3:]} {process}'
    return f'{"mute" if command.muted else "unmute"} {process}'


def feed(core: Core, at: float, words: str) -> list[Command]:
    """Let happen what the words say; ``wait`` is the passing of time alone."""
    return core.advance(at) if words == 'wait' else core.handle(event(at, words))


def play(core: Core, history: Sequence[Row]) -> None:
    """Assert that each row of a history leads to its commands and to no others."""
    for row in history:
        at, words, expected = row
        done = ', '.join(say(command) for command in feed(core, at, words))
        assert done == expected, f'{row} led to {done!r}'


def bring_up(core: Core, *names: str, at: float = 0.0) -> None:
    """Start the system and let the first process of each named unit be ready at once."""
    core.handle(SystemStarted(at=at))
    for name in names:
        core.handle(event(at, f'started {name}1'))
        core.handle(event(at, f'ready {name}1'))
        assert core.view_of(name).state == 'ready'

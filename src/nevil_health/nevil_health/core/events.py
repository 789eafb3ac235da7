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
What happened: facts for the policy core, in the past tense.

``at`` is monotonic time in seconds. Events of a process carry the generation it was started with;
the core drops and counts those of an older generation.
"""

from __future__ import annotations

from nevil_health.core.spec import CoreSettings
from nevil_health.core.spec import UnitSpec
from nevil_nodes.lazy_dataclass import dataclass

__all__ = [
    'Event', 'EvidenceCollected', 'HoldRequested', 'MemoryLow', 'MonitorAttached', 'MonitorLost',
    'MuteRequested', 'Paused', 'PauseRequested', 'ProcessEvent', 'ProcessExited', 'ProcessFailed',
    'ProcessStarted', 'ReadyConfirmed', 'ReleaseRequested', 'RestartRequested', 'ResumeRequested',
    'ShutdownRequested', 'SignalCleared', 'SignalFailed', 'StartRequested', 'StopRequested',
    'SystemStarted', 'UnitEvent', 'UnitsReplaced', 'UnitsWithdrawn', 'UnmuteRequested',
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened at a time."""

    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitEvent(Event):
    """Something that happened to a unit, or that an operator wants of it."""

    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessEvent(UnitEvent):
    """Something that happened to the process of that generation."""

    generation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemStarted(Event):
    """The supervisor is up; an operator had stopped some units before, and holds others."""

    stopped: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class ShutdownRequested(Event):
    """The whole system should end; ``hurry`` shortens every escalation (a second Ctrl-C)."""

    hurry: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitorLost(Event):
    """No monitor reports readiness any more: until one does, no start times out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MonitorAttached(Event):
    """A monitor reports readiness again: starting units get their whole time from now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryLow(Event):
    """The machine has too little free memory for restarts, or (``low=False``) enough again."""

    low: bool
    free_percent: float


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitsWithdrawn(Event):
    """The declarations of these units count no more: they end, and stay so (UnitsEnded)."""

    units: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitsReplaced(Event):
    """
    Other declarations count now; whatever they do not have was withdrawn, and has ended.

    :param units: all of them, in the order to start in
    :param stopped: new ones that an operator had stopped before
    :param held: new ones that an operator holds
    """

    units: tuple[UnitSpec, ...]
    settings: CoreSettings
    stopped: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class StartRequested(UnitEvent):
    """An operator wants the unit running; forgets past failures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StopRequested(UnitEvent):
    """An operator wants the unit stopped; it stays so under every policy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartRequested(UnitEvent):
    """An operator wants a fresh process; not charged to the budget."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MuteRequested(UnitEvent):
    """An operator wants the unit inactive: running, publishing nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnmuteRequested(UnitEvent):
    """An operator wants the unit active again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseRequested(UnitEvent):
    """An operator wants the unit paused, and so all that requires it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ResumeRequested(UnitEvent):
    """An operator wants the unit paused no longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldRequested(UnitEvent):
    """An operator works on the unit: it is not to be ended, paused or restarted by policy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseRequested(UnitEvent):
    """An operator is done with the unit: its desired state counts again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessStarted(ProcessEvent):
    """The process exists."""

    pid: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessFailed(ProcessEvent):
    """The process could not be created (no such executable, no permission, no memory)."""

    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessExited(ProcessEvent):
    """The process has ended and is reaped; exactly one of ``code`` and ``signal`` is set."""

    code: int | None = None
    signal: int | None = None
    core_dumped: bool = False
    oom: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadyConfirmed(ProcessEvent):
    """
    Every node of the unit said that it is ready (or inactive, where muted).

    :param number: of the ResumeUnit that this answers; 0 after a start
    """

    number: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Paused(ProcessEvent):
    """
    The answer to PauseUnit.

    :param number: of the PauseUnit that this answers
    :param problem: why it could not be paused, '' when it is
    """

    number: int
    problem: str = ''


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalFailed(ProcessEvent):
    """
    A health signal says that the running process cannot be left as it is.

    :param signal: its name (``heartbeat``, ``progress``, ``health_check``, ``memory``, ...)
    :param cause: one clause with fact and number
    :param hung: the process does not react, so it will seldom listen to a POSIX signal either
    """

    signal: str
    cause: str
    hung: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalCleared(ProcessEvent):
    """A health signal that had failed is healthy again."""

    signal: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceCollected(ProcessEvent):
    """The answer to CollectEvidence: stacks and status of the process are kept."""

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

"""What should be done: commands of the policy core, in the imperative."""

from __future__ import annotations

from typing import Literal

from nevil_health.core.events import Event
from nevil_nodes.lazy_dataclass import dataclass

__all__ = [
    'AnnounceState', 'CollectEvidence', 'Command', 'EndSystem', 'PauseUnit', 'RememberHeld',
    'RememberStopped', 'ResumeUnit', 'SendSignal', 'SetMuted', 'StartProcess', 'UnitsEnded',
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command to the shell around the core."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartProcess(Command):
    """
    Create the unit's process; answered by ProcessStarted or ProcessFailed.

    :param muted: it should stay inactive when it is ready
    """

    unit: str
    generation: int
    muted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SendSignal(Command):
    """Send a signal to the process group of that generation, if it still exists."""

    unit: str
    generation: int
    signal: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SetMuted(Command):
    """Make the running unit inactive (or active) by lifecycle transition."""

    unit: str
    generation: int
    muted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseUnit(Command):
    """
    Make the unit inactive and name the nodes that it lost; answered by Paused.

    :param number: of this order, for its answer
    :param lost: the units it requires and does without, none where the operator pauses it
    """

    unit: str
    generation: int
    number: int
    lost: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResumeUnit(Command):
    """
    Make the unit active again and name the nodes that are back; answered by ReadyConfirmed.

    :param number: of this order, for its answer
    :param restored: the units whose loss it was paused for
    """

    unit: str
    generation: int
    number: int
    restored: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectEvidence(Command):
    """
    Keep stacks and status of a process before it is ended; answered by EvidenceCollected.

    :param cause: why it is to be ended
    """

    unit: str
    generation: int
    cause: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RememberHeld(Command):
    """Keep on disk that the operator holds the unit (or no longer)."""

    unit: str
    held: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RememberStopped(Command):
    """Keep on disk that the operator wants the unit stopped (or no longer)."""

    unit: str
    stopped: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnounceState(Command):
    """
    Announce a state change to the log and every listener, once.

    :param reason: one clause with fact, number and next step
        (``killed by SIGKILL, restart 2 of 5 in 4.0 s``)
    :param event: its cause: ``TRANSITIONS[old][event]`` has ``new``
    :param planned: the operator or the system wanted it; it is no failure
    """

    unit: str
    old: str
    new: str
    event: type[Event]
    reason: str
    level: Literal['INFO', 'WARN', 'ERROR'] = 'INFO'
    planned: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitsEnded(Command):
    """None of the withdrawn units has a process; answered by UnitsReplaced."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndSystem(Command):
    """
    Everything has ended; the supervisor may exit with this status.

    :param reason: why, where it was not the operator who asked for it
    """

    status: int = 0
    reason: str = ''

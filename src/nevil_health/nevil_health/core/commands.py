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

"""What shall be done: orders of the policy core, in the imperative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    'AnnounceState', 'Command', 'EndSystem', 'RememberStopped', 'SendSignal', 'SetMuted',
    'StartProcess',
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """An order to the shell around the core."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartProcess(Command):
    """
    Create the unit's process; answered by ProcessStarted or ProcessFailed.

    :param muted: it shall stay inactive when it is ready
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
class RememberStopped(Command):
    """Keep on disk that the operator wants the unit stopped (or no longer)."""

    unit: str
    stopped: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AnnounceState(Command):
    """
    Tell the log and every listener about a state change, once.

    :param reason: one clause with fact, number and next step
        (``killed by SIGKILL, restart 2 of 5 in 4.0 s``)
    """

    unit: str
    old: str
    new: str
    reason: str
    level: Literal['INFO', 'WARN', 'ERROR'] = 'INFO'


@dataclass(frozen=True, kw_only=True, slots=True)
class EndSystem(Command):
    """Everything has ended; the supervisor may exit with this status."""

    status: int = 0

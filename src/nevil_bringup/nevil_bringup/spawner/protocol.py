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
What supervisor and spawner say to each other.

One JSON object per packet of a ``SOCK_SEQPACKET`` socket pair; a start carries the write end of the
unit's output pipe as a file descriptor beside it. Times are monotonic seconds, the same clock in
both processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    'ProcessExited', 'ProcessFailed', 'ProcessStarted', 'SpawnerEvent', 'SpawnerLost',
    'SpawnerReady', 'StartOrder',
]


@dataclass(frozen=True, kw_only=True, slots=True)
class StartOrder:
    """
    Create a process.

    :param env: the child's whole environment, not an overlay
    :param fork: run ``argv`` (``PYTHON -m MODULE ...``) in a fork of the preloaded interpreter
        instead of executing it
    """

    unit: str
    generation: int
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    nice: int
    fork: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SpawnerEvent:
    """News from the spawner."""

    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SpawnerReady(SpawnerEvent):
    """The interpreter is preloaded; starts are carried out from now on."""

    pid: int
    preload_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SpawnerLost(SpawnerEvent):
    """The spawner itself has ended; every process of its own is gone or being killed."""

    status: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessStarted(SpawnerEvent):
    """A process exists, leader of its own session and process group."""

    unit: str
    generation: int
    pid: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessFailed(SpawnerEvent):
    """A process could not be created."""

    unit: str
    generation: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessExited(SpawnerEvent):
    """
    A process has ended, everything it started is killed too, and the pid is free again.

    :param survivors: processes it left behind, which had to be killed
    """

    unit: str
    generation: int
    pid: int
    code: int | None
    signal: int | None
    core_dumped: bool
    survivors: int

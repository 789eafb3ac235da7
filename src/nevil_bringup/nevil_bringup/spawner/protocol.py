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

One JSON object per packet of a ``SOCK_SEQPACKET`` socket pair; a start carries beside it, as file
descriptors, the write end of the unit's output pipe, or one for each of its two streams. Times are
monotonic seconds, the same clock in both processes.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
import json
from typing import Any

from nevil_nodes.lazy_dataclass import dataclass

__all__ = [
    'AliveOrder', 'ExitOrder', 'MAX_PACKET_BYTES', 'ProcessExited', 'ProcessFailed',
    'ProcessStarted', 'SignalOrder', 'SpawnerAlive', 'SpawnerEvent', 'SpawnerLost',
    'SpawnerOrder', 'SpawnerReady', 'StandbyReady', 'StartOrder', 'decode', 'encode',
]

# An order is one packet with a command line and an environment; larger ones are refused. The
# kernel itself allows 2 MiB for both.
MAX_PACKET_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class SpawnerOrder:
    """What the supervisor wants done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartOrder(SpawnerOrder):
    """
    Create a process.

    :param env: the child's whole environment, not an overlay
    :param fork: run ``argv`` (``PYTHON -m MODULE ...``) in a fork of the preloaded interpreter
        instead of executing it
    :param open_input: standard input is a pipe into which nobody writes, instead of an empty file
    """

    unit: str
    generation: int
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    nice: int
    fork: bool
    open_input: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalOrder(SpawnerOrder):
    """Send a signal to the process group of exactly this start; nothing when it has ended."""

    unit: str
    generation: int
    signum: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AliveOrder(SpawnerOrder):
    """Give a sign of life; that this comes is the supervisor's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExitOrder(SpawnerOrder):
    """End every process (SIGTERM, a grace, SIGKILL) and then the spawner itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpawnerEvent:
    """News from the spawner."""

    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SpawnerReady(SpawnerEvent):
    """
    The interpreter is preloaded; starts are carried out from now on.

    :param forks: False when preloading left threads behind, so that everything is executed
    :param problems: modules that could not be preloaded, each with its reason
    """

    pid: int
    preload_s: float
    forks: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StandbyReady(SpawnerEvent):
    """The next start of a node like the others can be carried out by the standby."""

    pid: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SpawnerAlive(SpawnerEvent):
    """The answer to ``AliveOrder``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpawnerLost(SpawnerEvent):
    """
    The spawner itself has ended, and every process of the run with it.

    :param status: its exit code, or the negative signal number
    :param survivors: processes that had to be killed after it
    """

    status: int
    survivors: int


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


_KINDS: dict[str, Callable[..., SpawnerOrder | SpawnerEvent]] = {
    kind.__name__: kind for kind in (
        StartOrder, SignalOrder, AliveOrder, ExitOrder, SpawnerReady, StandbyReady, SpawnerAlive,
        SpawnerLost, ProcessStarted, ProcessFailed, ProcessExited)}


def encode(message: SpawnerOrder | SpawnerEvent) -> bytes:
    """Return one order or event as a packet."""
    names = message.__dataclass_fields__
    return json.dumps({'kind': type(message).__name__,
                       **{name: getattr(message, name) for name in names}},
                      separators=(',', ':')).encode()


def decode(packet: bytes) -> SpawnerOrder | SpawnerEvent:
    """
    Return the order or event of a packet.

    :raises ValueError: the packet is none of them
    """
    data: dict[str, Any] = json.loads(packet)
    kind = _KINDS.get(data.pop('kind', ''))
    if kind is None:
        raise ValueError(f'not an order or event of the spawner: {packet[:80]!r}')
    values = {key: tuple(value) if isinstance(value, list) else value
              for key, value in data.items()}
    return kind(**values)

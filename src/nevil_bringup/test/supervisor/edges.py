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

"""What stands at the edges of a supervisor in memory: spawner, capture, clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import cast

from nevil_bringup.capture.client import Capture
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.spawner import protocol
from nevil_bringup.spawner.client import Spawner
from nevil_bringup.spawner.protocol import StartOrder
from nevil_health.control.base import Event
from nevil_nodes.declarations import NodePlan
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations import ProcessPlan
from nevil_nodes.declarations.plan import LogPlan

__all__ = ['FakeCapture', 'FakeClient', 'FakeSpawner', 'paths_in', 'plan_of', 'Spawners']


class FakeClient:
    """A connection that keeps what it is sent."""

    def __init__(self) -> None:
        """Have been sent nothing."""
        self.sent: list[Event] = []
        self.subscribed = self.closed = False

    def send(self, event: Event) -> None:
        """Keep it."""
        self.sent.append(event)

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def of(self, kind: type[Event]) -> list[Any]:
        """Return the events of a kind."""
        return [event for event in self.sent if isinstance(event, kind)]


class FakeCapture:
    """Gives pipes that nobody reads, and keeps who got them."""

    pid, system_fd = 90, 7

    def __init__(self) -> None:
        """Have given none."""
        self.given: list[tuple[str, tuple[str, ...], str]] = []
        self.told: list[tuple[str, tuple[str, ...]]] = []
        self.ends: list[tuple[str, int]] = []
        self.drained = False

    def pipes(self, unit: str, nodes: tuple[str, ...], streams: str) -> tuple[int, ...]:
        """Give a descriptor for each stream."""
        self.given.append((unit, nodes, streams))
        return (11,) if streams == 'joined' else (11, 12)

    def members(self, unit: str, nodes: tuple[str, ...]) -> None:
        """Keep who is in a unit now."""
        self.told.append((unit, nodes))

    def ended(self, unit: str, pid: int) -> None:
        """Keep whose process has ended."""
        self.ends.append((unit, pid))

    async def drain(self, timeout_s: float) -> bool:
        """Note it."""
        self.drained = True
        return True

    @property
    def capture(self) -> Capture:
        """Return it for who expects the real one."""
        return cast(Capture, self)


class FakeSpawner:
    """Keeps its orders; the test says what becomes of them."""

    def __init__(self, number: int, tell: Callable[[protocol.SpawnerEvent], None]) -> None:
        """Have no orders yet."""
        self.pid = 80 + number
        self.orders: list[StartOrder] = []
        self.signals: list[tuple[str, int, int]] = []
        self.descriptors: list[tuple[int, ...]] = []
        self.killed = self.closed = self.hangs = False
        self._tell = tell

    def start(self, order: StartOrder, *descriptors: int) -> None:
        """Keep an order."""
        self.orders.append(order)
        self.descriptors.append(descriptors)

    def signal(self, unit: str, generation: int, signum: int) -> None:
        """Keep a POSIX signal."""
        self.signals.append((unit, generation, signum))

    def kill(self) -> None:
        """Note it."""
        self.killed = True

    async def close(self, timeout_s: float) -> bool:
        """Note it."""
        self.closed = True
        return True

    @property
    def started_units(self) -> list[str]:
        """Return the units whose start was ordered."""
        return [order.unit for order in self.orders]

    def ready(self, *problems: str) -> None:
        """Let it have loaded everything but the problems."""
        self._tell(protocol.SpawnerReady(
            at=_now(), pid=self.pid, preload_s=0.5, forks=True, problems=problems))

    def started(self, unit: str, generation: int = 1, pid: int = 101) -> None:
        """Let a process be there."""
        self._tell(protocol.ProcessStarted(
            at=_now(), unit=unit, generation=generation, pid=pid))

    def failed(self, unit: str, reason: str, generation: int = 1) -> None:
        """Let a start fail."""
        self._tell(protocol.ProcessFailed(
            at=_now(), unit=unit, generation=generation, reason=reason))

    def exited(self, unit: str, *, generation: int = 1, code: int | None = None,
               signal: int | None = None, survivors: int = 0) -> None:
        """Let a process end."""
        self._tell(protocol.ProcessExited(
            at=_now(), unit=unit, generation=generation, pid=101, code=code, signal=signal,
            core_dumped=False, survivors=survivors))

    def lost(self, status: int = -9) -> None:
        """Let the spawner itself end."""
        self._tell(protocol.SpawnerLost(at=_now(), status=status, survivors=0))


class Spawners:
    """
    Launches spawners.

    :ivar all: those that were launched
    :ivar launched_at: when somebody tried to
    :ivar failures: what is raised instead, one a launch
    """

    def __init__(self) -> None:
        """Have launched none."""
        self.all: list[FakeSpawner] = []
        self.launched_at: list[float] = []
        self.failures: list[OSError] = []
        self.options: dict[str, Any] = {}

    async def launch(self, **options: Any) -> Spawner:
        """Launch one, as ``Spawner.launch`` does."""
        self.launched_at.append(_now())
        if self.failures:
            raise self.failures.pop(0)
        self.options = options
        self.all.append(FakeSpawner(len(self.all), options['on_event']))
        return cast(Spawner, self.all[-1])

    @property
    def one(self) -> FakeSpawner:
        """Return the newest."""
        return self.all[-1]


def plan_of(folder: Path, **nodes: tuple[str, ...]) -> Plan:
    """Return a plan of these nodes with what each requires, one process each."""
    return Plan(
        project='robot', directory=str(folder), messages_package='', parallel=True,
        startup_delay_s=0.0, logs=LogPlan(directory=str(folder)),
        nodes=tuple(NodePlan(name=name, process=name, kind='python', requires=requires)
                    for name, requires in nodes.items()),
        processes=tuple(ProcessPlan(name=name, nodes=(name,), argv=('true',), fork=False)
                        for name in nodes))


def paths_in(folder: Path) -> ProjectPaths:
    """Return the places of a project that has everything in one folder."""
    return ProjectPaths(project=folder, runtime=folder, state=folder, logs=folder)


def _now() -> float:
    return asyncio.get_running_loop().time()

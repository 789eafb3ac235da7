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

"""A spawner to test with: real processes, nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from contextlib import asynccontextmanager
import os
from pathlib import Path
import select
import sys
import time
from typing import TypeVar
import uuid

from nevil_bringup.spawner.client import Spawner
from nevil_bringup.spawner.procfs import stat
from nevil_bringup.spawner.protocol import SpawnerEvent
from nevil_bringup.spawner.protocol import SpawnerReady
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.spawner.sweep import leftovers

PROGRAMS = Path(__file__).parent / 'programs'
Event = TypeVar('Event', bound=SpawnerEvent)


class Bench:
    """A running spawner, its events, and one output pipe for all its units."""

    def __init__(self, run_id: str, folder: Path) -> None:
        self.run_id = run_id
        self.folder = folder
        self.events: asyncio.Queue[SpawnerEvent] = asyncio.Queue()
        self.seen: list[SpawnerEvent] = []
        self.spawner: Spawner
        self.output, self.output_in = os.pipe2(os.O_CLOEXEC)
        self.env = environment(run_id)

    def order(self, unit: str, *program: str, generation: int = 1, fork: bool = True,
              argv: tuple[str, ...] = (), env: dict[str, str] | None = None,
              cwd: str = '', nice: int = 0) -> StartOrder:
        """Return the order for a module of ``programs`` (or any command line)."""
        cookie = {'NEVIL_UNIT': unit, 'NEVIL_GENERATION': str(generation)}
        return StartOrder(
            unit=unit, generation=generation, argv=argv or (sys.executable, '-m', *program),
            env={**self.env, **cookie, **(env or {})}, cwd=cwd or str(self.folder), nice=nice,
            fork=fork)

    def start(self, order: StartOrder) -> None:
        """Have the spawner carry it out."""
        self.spawner.start(order, self.output_in)

    async def event(self, kind: type[Event], timeout_s: float = 20.0) -> Event:
        """Return the next event, which must be of that kind."""
        event = await asyncio.wait_for(self.events.get(), timeout_s)
        self.seen.append(event)
        assert isinstance(event, kind), event
        return event

    async def line(self, timeout_s: float = 20.0) -> str:
        """Return the next line that a unit printed."""
        return await asyncio.to_thread(self._line, timeout_s)

    def _line(self, timeout_s: float) -> str:
        deadline = time.monotonic() + timeout_s
        line = b''
        while not line.endswith(b'\n'):
            ready, _, _ = select.select([self.output], [], [], deadline - time.monotonic())
            assert ready, f'no line within {timeout_s} s after {line!r}'
            line += os.read(self.output, 1)
        return line.decode().rstrip('\n')

    def printed(self) -> str:
        """Return everything that is in the output pipe."""
        os.set_blocking(self.output, False)
        try:
            return os.read(self.output, 1 << 20).decode()
        except BlockingIOError:
            return ''
        finally:
            os.set_blocking(self.output, True)


def environment(run_id: str) -> dict[str, str]:
    """Return an environment in which the programs are found."""
    path = os.pathsep.join(filter(None, [str(PROGRAMS), os.environ.get('PYTHONPATH')]))
    inherited = {name: value for name, value in os.environ.items() if name != 'PYTHONUNBUFFERED'}
    return {**inherited, 'PYTHONPATH': path, 'NEVIL_RUN_ID': run_id}


def is_gone(pid: int) -> bool:
    """Return whether a process has ended."""
    about = stat(pid)
    return about is None or not about.alive


@asynccontextmanager
async def bench(folder: Path, preload: tuple[str, ...] = (),
                standby_s: float | None = None) -> AsyncIterator[Bench]:
    """Give a spawner that is ready; check that it leaves nothing."""
    made = Bench(f'test-{uuid.uuid4().hex[:12]}', folder)
    made.spawner = await Spawner.launch(
        run_id=made.run_id, preload=preload, env=made.env, on_event=made.events.put_nowait,
        standby_s=standby_s)
    try:
        await made.event(SpawnerReady, 30.0)
        yield made
    finally:
        await made.spawner.close(5.0)
        os.close(made.output)
        os.close(made.output_in)
    assert leftovers(made.run_id) == []


def run(test: Awaitable[None], timeout_s: float = 40.0) -> None:
    """Run the body of an asynchronous test."""
    async def limited() -> None:
        await asyncio.wait_for(test, timeout_s)
    asyncio.run(limited())

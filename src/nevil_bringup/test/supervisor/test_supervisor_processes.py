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

"""Every start is answered once, whatever becomes of the spawner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Iterator
from contextlib import asynccontextmanager
from contextlib import contextmanager
import os
from pathlib import Path
import signal
from typing import Any

from nevil_bringup.capture.client import Capture
from nevil_bringup.capture.copies import ENDED
from nevil_bringup.launch.any.output import Output
from nevil_bringup.spawner.client import Spawner
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.supervisor.processes import LaunchSpawner
from nevil_bringup.supervisor.processes import Processes
from nevil_health.core import ProcessEvent
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import SendSignal
from nevil_health.core import StartProcess
from nevil_nodes.declarations.plan import LogPlan
from virtual_time import until

_RUN_ID = 'test-supervisor-processes'


class _Orders:
    """Orders for processes that sleep, for unit ``broken`` none at all."""

    def members(self, unit: str) -> tuple[str, ...]:
        return unit,

    def streams(self, unit: str) -> str:
        return 'apart' if unit == 'copied' else 'joined'

    def order(self, unit: str, generation: int, *, muted: bool) -> StartOrder:
        if unit == 'broken':
            raise ZeroDivisionError('inside')
        env = {**os.environ, 'NEVIL_RUN_ID': _RUN_ID, 'NEVIL_UNIT': unit,
               'NEVIL_GENERATION': str(generation)}
        return StartOrder(unit=unit, generation=generation, argv=('sleep', '300'), env=env,
                          cwd='/', nice=0, fork=False)


@asynccontextmanager
async def _processes(
    folder: Path, launch: LaunchSpawner | None = None, copies: str = '',
) -> AsyncIterator[tuple[Processes, list[ProcessEvent]]]:
    facts: list[ProcessEvent] = []
    capture = await Capture.launch(
        LogPlan(directory=str(folder)), lambda status: None, copies=copies)
    orders: Any = _Orders()
    processes = Processes(orders, capture, run_id=_RUN_ID, environ=os.environ, preload=list,
                          feed=facts.append, launch=launch)
    await processes.launch()
    try:
        yield processes, facts
    finally:
        await processes.close()
        await capture.close()


@contextmanager
def _copies(folder: Path) -> Iterator[Output]:
    """Listen for copies of what processes print, as a launch does."""
    output = Output(folder / 'copies')
    try:
        yield output
    finally:
        output.close()


def _run(body: Awaitable[None]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(body, 30.0)
    asyncio.run(limited())


def _start(unit: str) -> StartProcess:
    return StartProcess(unit=unit, generation=1)


def test_a_start_that_meets_an_unforeseen_error_is_answered(tmp_path: Path) -> None:
    """Or its unit would be starting for ever."""
    async def body() -> None:
        async with _processes(tmp_path) as (processes, facts):
            processes.start(_start('broken'))
            await until(lambda: facts)
            failed, = facts
            assert isinstance(failed, ProcessFailed)
            assert 'ZeroDivisionError' in failed.reason
    _run(body())


def test_a_spawner_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    """Out of memory or descriptors for a moment must not be the end of all recovery."""
    failures: list[int] = []

    async def failing(**options: Any) -> Spawner:
        if failures:
            raise OSError(failures.pop(), 'not now')
        return await Spawner.launch(**options)

    async def body() -> None:
        async with _processes(tmp_path, failing) as (processes, facts):
            await until(lambda: processes.spawner_pid)
            assert processes.spawner_pid is not None
            failures.extend([24, 12])
            os.kill(processes.spawner_pid, signal.SIGKILL)
            processes.start(_start('a'))
            await until(lambda: facts)
            assert isinstance(facts[0], ProcessStarted)
    _run(body())


def test_a_spawner_that_hangs_at_the_end_is_killed(tmp_path: Path) -> None:
    """Its processes die with it, so a robot can be stopped whatever hangs."""
    async def body() -> None:
        async with _processes(tmp_path) as (processes, facts):
            processes.start(_start('a'))
            await until(lambda: facts)
            assert processes.spawner_pid is not None
            os.kill(processes.spawner_pid, signal.SIGSTOP)
            processes.signal(SendSignal(unit='a', generation=1, signal=signal.SIGKILL))
            processes.insist('a', 2)  # that is another one
            processes.insist('a', 1)
            await until(lambda: len(facts) == 2)
            assert isinstance(facts[1], ProcessExited)
    _run(body())


def test_a_start_that_was_given_up_is_not_given_to_a_new_spawner(tmp_path: Path) -> None:
    """The spawner died between the order and its answer, and the unit is to be stopped."""
    async def body() -> None:
        async with _processes(tmp_path) as (processes, facts):
            processes.start(_start('first'))
            await until(lambda: facts)
            assert processes.spawner_pid is not None
            os.kill(processes.spawner_pid, signal.SIGSTOP)
            processes.start(_start('a'))
            processes.signal(SendSignal(unit='a', generation=1, signal=signal.SIGINT))
            processes.start(_start('b'))
            os.kill(processes.spawner_pid, signal.SIGKILL)
            await until(lambda: len(facts) == 4)
            told = {(type(fact), fact.unit) for fact in facts[2:]}
            assert told == {(ProcessFailed, 'a'), (ProcessStarted, 'b')}
    _run(body())


def test_launch_hears_that_all_was_printed_also_from_a_capture_that_was_replaced(
        tmp_path: Path) -> None:
    """It tells of an end only then; without the word each end is told two seconds late."""
    heard: list[tuple[str, bytes, bytes]] = []

    async def body() -> None:
        with _copies(tmp_path) as output:
            output.begin(lambda *packet: heard.append(packet))
            async with _processes(
                    tmp_path, copies=str(tmp_path / 'copies')) as (processes, facts):
                processes.start(_start('copied'))
                await until(lambda: facts)
                pid = processes.running['copied'].pid
                processes.signal(SendSignal(unit='copied', generation=1, signal=signal.SIGINT))
                told = 'copied', ENDED, b'%d' % pid
                await until(lambda: told in heard)
                heard.clear()
                capture = processes._capture.pid
                os.kill(capture, signal.SIGKILL)  # perhaps before it had sent that
                await until(lambda: told in heard)
    _run(body())

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

"""Whoever dies, nothing of the run stays."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
import uuid

from nevil_bringup.spawner.client import Spawner
from nevil_bringup.spawner.protocol import ProcessExited
from nevil_bringup.spawner.protocol import ProcessFailed
from nevil_bringup.spawner.protocol import ProcessStarted
from nevil_bringup.spawner.protocol import SpawnerEvent
from nevil_bringup.spawner.protocol import SpawnerLost
from nevil_bringup.spawner.protocol import SpawnerReady
from nevil_bringup.spawner.sweep import leftovers
from nevil_bringup.spawner.sweep import sweep
import pytest
from quality.waiting import wait_for
from spawner_bench import Bench
from spawner_bench import bench
from spawner_bench import environment
from spawner_bench import is_gone
from spawner_bench import PROGRAMS
from spawner_bench import run

ANIMALS = ('stubborn', 'group', 'daemon', 'deaf_daemon', 'new_program', 'forks_on_exit')
GRACE_S = 1.0


def _stand_in(run_id: str, folder: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """Return a running supervisor, the pids of its spawner and of everything it runs."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAMS / 'supervising.py'), run_id, *ANIMALS], cwd=folder,
        env={name: value for name, value in environment(run_id).items()
             if name != 'NEVIL_RUN_ID'}, stdout=subprocess.PIPE, text=True,
        start_new_session=True)
    pids: list[int] = []
    said = 0
    assert process.stdout is not None
    while said < len(ANIMALS) + 1:  # the animals' own lines, and the one of the supervisor
        line = process.stdout.readline()
        assert line
        pids += [int(word) for word in line.split() if word.isdigit()]
        said += 1
    return process, [int(word) for word in line.split()[1:]] if 'pids' in line else pids


@pytest.mark.parametrize('signum', [
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
def test_nothing_outlives_the_supervisor(tmp_path: Path, signum: signal.Signals) -> None:
    """However it dies, the robot's actuators must not be left to a node that nobody watches."""
    run_id = f'test-{uuid.uuid4().hex[:12]}'
    process, _ = _stand_in(run_id, tmp_path)
    with process:
        assert len(leftovers(run_id)) >= len(ANIMALS) + 4
        process.send_signal(signum)
        process.wait(5)
        wait_for(lambda: not leftovers(run_id), what='nothing is left')


def test_nothing_outlives_supervisor_and_spawner_after_the_next_start(tmp_path: Path) -> None:
    """Both killed: the kernel ends the nodes, the next start what had escaped them."""
    run_id = f'test-{uuid.uuid4().hex[:12]}'
    process, _ = _stand_in(run_id, tmp_path)
    with process:
        spawner = next(pid for pid in leftovers(run_id)
                       if b'nevil_bringup.spawner' in Path(f'/proc/{pid}/cmdline').read_bytes())
        process.kill()
        os.kill(spawner, signal.SIGKILL)
        process.wait(5)
    sweep(run_id)
    assert leftovers(run_id) == []


async def _lost(spawner: Bench) -> SpawnerLost:
    while True:
        event = await asyncio.wait_for(spawner.events.get(), 10.0)
        if isinstance(event, SpawnerLost):
            return event


def test_nothing_outlives_the_spawner(tmp_path: Path) -> None:
    """The nodes die with it, and what had escaped is found before the loss is reported."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            left = []
            for animal in (*ANIMALS, 'new_program_without_environment'):
                spawner.start(spawner.order(animal, 'zoo', animal))
                await spawner.event(ProcessStarted)
                left.append(int(await spawner.line()))
            os.kill(spawner.spawner.pid, signal.SIGKILL)
            lost = await _lost(spawner)
            assert lost.status == -signal.SIGKILL
            assert lost.survivors >= 4
            assert [pid for pid in left if not is_gone(pid)] == []
            spawner.start(spawner.order('x', 'zoo', 'dies'))  # goes nowhere, and says nothing
    run(body())


def test_a_sigterm_to_the_spawner_is_an_orderly_end(tmp_path: Path) -> None:
    """
    A system that shuts down sends one to every process; nodes get their grace.

    How they end is not reported: an exit with 0 would count as the node's own decision.
    """
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            for animal in ('group', 'stubborn'):
                spawner.start(spawner.order(animal, 'zoo', animal))
                await spawner.event(ProcessStarted)
                await spawner.line()
            began = time.monotonic()
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                os.kill(spawner.spawner.pid, number)
            lost = await spawner.event(SpawnerLost)
            assert (lost.status, lost.survivors) == (0, 0)
            assert lost.at - began > 0.9 * GRACE_S
    run(body())


def test_no_start_once_the_end_has_begun(tmp_path: Path) -> None:
    """A process started during the sweep would be missed by it."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('stubborn', 'zoo', 'stubborn'))
            await spawner.event(ProcessStarted)
            await spawner.line()
            closing = asyncio.create_task(spawner.spawner.close(5.0))
            await asyncio.sleep(0)
            spawner.start(spawner.order('x', 'zoo', 'dies'))
            assert (await spawner.event(ProcessFailed)).reason == 'the spawner is ending'
            assert (await spawner.event(ProcessExited)).signal == signal.SIGKILL
            assert await closing
    run(body())


def test_a_spawner_that_cannot_end_is_killed(tmp_path: Path) -> None:
    """Even then nothing is left, and close says so."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('x', 'zoo', 'daemon'))
            await spawner.event(ProcessStarted)
            left = int(await spawner.line())
            os.kill(spawner.spawner.pid, signal.SIGSTOP)
            assert not await spawner.spawner.close(0.3)
            assert is_gone(left)
    run(body())


def test_a_module_that_cannot_be_loaded_is_named_and_nothing_more(tmp_path: Path) -> None:
    """A broken package of the user must not keep the others from starting."""
    (tmp_path / 'broken.py').write_text('raise RuntimeError("no camera here")')
    (tmp_path / 'threaded.py').write_text(
        'import threading\n'
        'threading.Thread(target=threading.Event().wait, daemon=True).start()\n')

    async def body() -> None:
        events: asyncio.Queue[SpawnerEvent] = asyncio.Queue()
        env = environment('x')
        env['PYTHONPATH'] = f'{tmp_path}{os.pathsep}{env["PYTHONPATH"]}'
        spawner = await Spawner.launch(
            run_id=f'test-{uuid.uuid4().hex[:12]}', preload=['broken', 'nowhere', 'threaded'],
            env=env, on_event=events.put_nowait)
        ready = await asyncio.wait_for(events.get(), 20.0)
        assert isinstance(ready, SpawnerReady)
        assert ready.problems[0] == 'broken: RuntimeError: no camera here'
        assert ready.problems[1].startswith('nowhere: ModuleNotFoundError')
        assert 'started 1 threads' in ready.problems[2]
        assert not ready.forks
        assert await spawner.close(5.0)
    run(body())

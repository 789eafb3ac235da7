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

"""An end is reported once, exactly, and with everything that the process left behind gone."""

from __future__ import annotations

import os
from pathlib import Path
import signal

from nevil_bringup.spawner.procfs import children
from nevil_bringup.spawner.protocol import ProcessExited
from nevil_bringup.spawner.protocol import ProcessStarted
import pytest
from quality.waiting import wait_for
from spawner_bench import bench
from spawner_bench import is_gone
from spawner_bench import run


@pytest.mark.parametrize('animal', ['group', 'daemon', 'deaf_daemon', 'new_program',
                                    'new_program_without_environment'])
def test_what_a_process_left_is_gone_when_its_end_is_reported(
        tmp_path: Path, animal: str) -> None:
    """A successor that finds its predecessor's child on the device would crash-loop."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            for generation in range(3):
                spawner.start(spawner.order('x', 'zoo', animal, generation=generation))
                started = await spawner.event(ProcessStarted)
                left = int(await spawner.line())
                spawner.spawner.signal('x', generation, signal.SIGKILL)
                exited = await spawner.event(ProcessExited)
                assert is_gone(left)
                assert is_gone(started.pid)
                assert (exited.pid, exited.signal) == (started.pid, signal.SIGKILL)
                # Who was hit by the same signal, or ends of itself, counts while it is dying.
                assert exited.survivors >= (1 if animal != 'group' else 0)
    run(body())


def test_another_units_daemon_is_left_alone(tmp_path: Path) -> None:
    """A living node may have a helper in a session of its own; a neighbour's crash is not its."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('owner', 'zoo', 'deaf_daemon'))
            await spawner.event(ProcessStarted)
            helper = int(await spawner.line())
            spawner.start(spawner.order('neighbour', 'zoo', 'dies'))
            await spawner.event(ProcessStarted)
            assert (await spawner.event(ProcessExited)).survivors == 0
            assert not is_gone(helper)
            spawner.spawner.signal('owner', 1, signal.SIGKILL)
            assert (await spawner.event(ProcessExited)).survivors >= 1
            assert is_gone(helper)
    run(body())


def test_what_is_forked_on_exit_is_killed(tmp_path: Path) -> None:
    """The last moment to escape is an exit handler."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('x', 'zoo', 'forks_on_exit'))
            await spawner.event(ProcessStarted)
            await spawner.line()
            spawner.spawner.signal('x', 1, signal.SIGTERM)
            exited = await spawner.event(ProcessExited)
            assert exited.code == 0
            assert exited.survivors >= 1
            assert is_gone(int(await spawner.line()))
    run(body())


def test_no_zombie_stays(tmp_path: Path) -> None:
    """Adopted processes end too; unreaped they would fill the process table."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('x', 'zoo', 'daemon'))
            await spawner.event(ProcessStarted)
            orphan = int(await spawner.line())
            os.kill(orphan, signal.SIGKILL)
            wait_for(lambda: not os.path.exists(f'/proc/{orphan}'), what='the orphan is reaped')
            for generation in range(5):
                spawner.start(spawner.order('y', 'zoo', 'dies', generation=generation))
                await spawner.event(ProcessStarted)
                assert (await spawner.event(ProcessExited)).code == 1
            assert len(children(spawner.spawner.pid)) == 1
    run(body())


def test_the_core_bit_says_what_the_kernel_said(tmp_path: Path) -> None:
    """Evidence of a crash is looked for only where there is some."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('x', 'probe', str(tmp_path / 'out'), 'abort'))
            await spawner.event(ProcessStarted)
            exited = await spawner.event(ProcessExited)
            assert (exited.code, exited.signal) == (None, signal.SIGABRT)
            assert 'Fatal Python error: Aborted' in spawner.printed()
    run(body())


def test_a_priority_that_is_not_granted_is_a_warning(tmp_path: Path) -> None:
    """A robot without the privilege runs, only without the priority."""
    if os.getuid() == 0:
        pytest.skip('root is granted everything')

    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('x', 'zoo', 'dies', nice=-5))
            await spawner.event(ProcessStarted)
            assert (await spawner.event(ProcessExited)).code == 1
            assert '[WARNING] [x] [spawner] priority -5 is not granted' in spawner.printed()
    run(body())

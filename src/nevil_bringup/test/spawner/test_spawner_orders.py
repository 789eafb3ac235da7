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

"""Orders that cannot be carried out are answered in words; signals hit only what they are for."""

from __future__ import annotations

import os
from pathlib import Path
import resource
import signal
import socket
import sys

from nevil_bringup.spawner.protocol import ProcessExited
from nevil_bringup.spawner.protocol import ProcessFailed
from nevil_bringup.spawner.protocol import ProcessStarted
from spawner_bench import bench
from spawner_bench import run


def test_what_cannot_be_executed_fails_with_the_reason(tmp_path: Path) -> None:
    """Not an exit with code 127: the file that is missing is what the user has to know."""
    plain = tmp_path / 'plain'
    plain.write_text('echo hello')
    script = tmp_path / 'script'
    script.write_text('#!/no/such/interpreter\n')
    script.chmod(0o755)
    missing = str(tmp_path / 'missing')
    expected = {
        (missing, ''): f'no such file: {missing}',
        ('nevil-no-such-program', ''): 'no such file: nevil-no-such-program',
        (str(plain), ''): f'not executable: {plain}',
        (str(script), ''): f'the interpreter that {script} names in its first line does not exist',
        (sys.executable, missing): f'no such folder: {missing}',
    }

    async def body() -> None:
        async with bench(tmp_path) as spawner:
            for (program, cwd), reason in expected.items():
                spawner.start(spawner.order('x', argv=(program, '-m', 'comm'), cwd=cwd))
                assert (await spawner.event(ProcessFailed)).reason == reason
            # Nothing of a failure stays: the unit can be started.
            spawner.start(spawner.order('x', 'comm', generation=2))
            await spawner.event(ProcessStarted)
            assert (await spawner.event(ProcessExited)).code == 0
    run(body())


def test_a_unit_runs_once(tmp_path: Path) -> None:
    """Two generations at once would fight for the same device."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('x', 'zoo', 'stubborn'))
            await spawner.event(ProcessStarted)
            spawner.start(spawner.order('x', 'zoo', 'stubborn', generation=2))
            failed = await spawner.event(ProcessFailed)
            assert failed.generation == 2
            assert failed.reason == 'generation 1 has not ended'
    run(body())


def test_a_spawner_without_descriptors_refuses_and_lives(tmp_path: Path) -> None:
    """One start that cannot be carried out must not end every other process."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            pid = spawner.spawner.pid
            used = {int(name) for name in os.listdir(f'/proc/{pid}/fd')}
            free = [number for number in range(100) if number not in used]
            limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            for left, reason in ((0, 'too many open files'), (1, 'Too many open files')):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (free[left], limit[1]))
                spawner.start(spawner.order('x', 'comm'))
                assert reason in (await spawner.event(ProcessFailed)).reason
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
            spawner.start(spawner.order('x', 'comm', generation=2))
            await spawner.event(ProcessStarted)
            assert (await spawner.event(ProcessExited)).code == 0
    run(body())


def test_an_environment_that_is_too_large_fails(tmp_path: Path) -> None:
    """It must not break the connection to the spawner, and the start is answered."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            # Ordinary kernels let a socket have 200 kB, however much is asked for.
            link = spawner.spawner._worker._socket
            link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 212_992)
            for size in (2_000_000, 500_000):
                spawner.start(spawner.order('x', 'comm', env={'BIG': 'x' * size}))
                assert 'too large' in (await spawner.event(ProcessFailed)).reason
            spawner.start(spawner.order('x', 'comm', env={'BIG': 'x' * 100_000}))
            await spawner.event(ProcessStarted)
            assert (await spawner.event(ProcessExited)).code == 0
    run(body())


def test_a_module_that_does_not_exist_exits_with_1(tmp_path: Path) -> None:
    """As with an exec: it is the program that fails, and its output says why."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('x', 'no_such_module'))
            await spawner.event(ProcessStarted)
            assert (await spawner.event(ProcessExited)).code == 1
            printed = spawner.printed()
            assert 'No module named' in printed and 'no_such_module' in printed
    run(body())


def test_a_signal_for_an_older_generation_hits_nothing(tmp_path: Path) -> None:
    """A late stop must not end the successor."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            spawner.start(spawner.order('x', 'zoo', 'group', generation=2))
            await spawner.event(ProcessStarted)
            await spawner.line()
            spawner.spawner.signal('x', 1, signal.SIGKILL)
            spawner.spawner.signal('y', 2, signal.SIGKILL)
            spawner.spawner.signal('x', 2, signal.SIGTERM)
            assert (await spawner.event(ProcessExited)).signal == signal.SIGTERM
    run(body())


def test_a_signal_right_after_the_start_is_not_lost(tmp_path: Path) -> None:
    """The child has the spawner's handlers for a moment, which must not swallow it."""
    async def body() -> None:
        async with bench(tmp_path) as spawner:
            for generation in range(10):
                fork = generation % 2 == 0
                spawner.start(spawner.order(
                    'x', 'zoo', 'group', generation=generation, fork=fork))
                spawner.spawner.signal('x', generation, signal.SIGTERM)
                await spawner.event(ProcessStarted)
                assert (await spawner.event(ProcessExited)).signal == signal.SIGTERM
    run(body())

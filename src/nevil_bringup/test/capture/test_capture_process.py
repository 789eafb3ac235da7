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

"""The capture process loses nothing, blocks nobody, and ends when it should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from contextlib import asynccontextmanager
import errno
import os
from pathlib import Path
import re
import signal
import subprocess
import sys
import time
from typing import Any

from nevil_bringup.capture.client import Capture
from nevil_bringup.spawner.worker import Worker
from nevil_nodes.declarations.plan import LogPlan
import pytest
from quality.processes import alive
from quality.waiting import wait_for

NUMBER = re.compile(r'\[stdout\] line (\d+)')
PRINT = ('import sys\nfor i in range({count}):\n    print("line", i)\n')


@asynccontextmanager
async def capturing(folder: Path, **plan: Any) -> AsyncIterator[tuple[Capture, list[int]]]:
    """Give a running capture and the deaths it reports."""
    lost: list[int] = []
    capture = await Capture.launch(
        LogPlan(directory=str(folder), secrets=('hunter2',), **plan), lost.append)
    try:
        yield capture, lost
    finally:
        assert await capture.close(10.0)


def run(test: Awaitable[None]) -> None:
    """Run the body of an asynchronous test."""
    async def limited() -> None:
        await asyncio.wait_for(test, 60.0)
    asyncio.run(limited())


async def until_in(path: Path, text: str, timeout_s: float = 5.0) -> float:
    """Return the seconds until a text is in a file."""
    began = time.monotonic()
    while not (path.exists() and text in path.read_text(errors='replace')):
        assert time.monotonic() - began < timeout_s, f'{text!r} is not in {path}'
        await asyncio.sleep(0.002)
    return time.monotonic() - began


def numbers(folder: Path, node: str = 'camera') -> list[int]:
    """Return the numbers of all lines in the logs of a node, oldest first."""
    paths = sorted(folder.glob(f'{node}.log*'), reverse=True)
    return [int(number) for path in paths for number in NUMBER.findall(path.read_text())]


def test_what_is_printed_is_in_the_file_at_once(tmp_path: Path) -> None:
    """Whoever follows a log sees what happens, not what happened."""
    async def body() -> None:
        async with capturing(tmp_path) as (capture, _):
            descriptor = capture.pipe('camera', ['camera'])
            assert capture.pipe('camera', ['camera']) == descriptor
            for number in range(5):
                os.write(descriptor, b'hunter2 %d\n' % number)
                await until_in(tmp_path / 'camera.log', f'*** {number}\n')
            os.write(descriptor, b'no newline')
            took = await until_in(tmp_path / 'camera.log', 'no newline')
            print(f'a line without its end took {took * 1000:.0f} ms')
            os.write(capture.system_fd, b'hello\n')
            await until_in(tmp_path / 'system.log', '[INFO] [system] [stdout] hello\n')
    run(body())


def test_a_capture_process_that_hangs_at_the_end_is_replaced(tmp_path: Path) -> None:
    """The end of a robot waits for its last lines, but not for ever."""
    async def body() -> None:
        async with capturing(tmp_path) as (capture, lost):
            os.kill(capture.pid, signal.SIGSTOP)
            os.write(capture.pipe('camera', ['camera']), b'the last\n')
            assert await capture.drain(4.0)
            assert 'the last' in (tmp_path / 'camera.log').read_text()
            assert lost == [-9]
    run(body())


def test_a_capture_process_that_cannot_be_made_is_tried_again(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or full pipes would stop every node in the end."""
    failures = [errno.EMFILE, errno.ENOMEM]

    def failing(**options: Any) -> Worker:
        if failures:
            raise OSError(failures.pop(), 'not now')
        return Worker(**options)

    async def body() -> None:
        async with capturing(tmp_path) as (capture, lost):
            descriptor = capture.pipe('camera', ['camera'])
            monkeypatch.setattr('nevil_bringup.capture.client.Worker', failing)
            os.kill(capture.pid, signal.SIGKILL)
            os.write(descriptor, b'still here\n')
            await until_in(tmp_path / 'camera.log', 'still here')
            assert lost == [-9]
    run(body())


def test_a_pipe_that_could_not_be_handed_over_is_not_given_out(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit that writes where nobody reads would be stopped by the full pipe."""
    def full(descriptor: int) -> int:
        raise OSError(errno.EMFILE, 'Too many open files')

    async def body() -> None:
        async with capturing(tmp_path) as (capture, _):
            with monkeypatch.context() as patch, pytest.raises(OSError):
                patch.setattr(os, 'dup', full)
                capture.pipe('camera', ['camera'])
            os.write(capture.pipe('camera', ['camera']), b'hello\n')
            await until_in(tmp_path / 'camera.log', 'hello')
    run(body())


def test_no_line_is_lost_when_the_process_is_killed_again_and_again(tmp_path: Path) -> None:
    """The node goes on printing meanwhile and never hears of it."""
    async def body() -> None:
        async with capturing(tmp_path) as (capture, lost):
            descriptor = capture.pipe('camera', ['camera'])
            node = await asyncio.create_subprocess_exec(
                sys.executable, '-uc', PRINT.format(count=100_000), stdout=descriptor)
            for deaths in range(1, 5):
                seen = len(numbers(tmp_path))
                while len(numbers(tmp_path)) == seen and node.returncode is None:
                    await asyncio.sleep(0.01)
                killed = capture.pid
                os.kill(killed, signal.SIGKILL)
                while len(lost) < deaths or capture.pid == killed:
                    await asyncio.sleep(0.01)
            assert await node.wait() == 0
            assert await capture.drain(20.0)
            assert lost == [-signal.SIGKILL] * 4
            found = numbers(tmp_path)
            assert sorted(set(found)) == list(range(100_000))
            # Only what was being written at the moment of a kill may be there twice.
            assert len(found) < 100_000 + 4 * 40_000
    run(body())


def test_a_flood_is_captured_to_the_last_line(tmp_path: Path) -> None:
    """A node that prints as fast as it can is slowed by nothing but its own writing."""
    async def body() -> None:
        async with capturing(tmp_path) as (capture, _):
            descriptor = capture.pipe('camera', ['camera'])
            quiet = capture.pipe('quiet', ['quiet'])
            began = time.monotonic()
            node = await asyncio.create_subprocess_exec(
                sys.executable, '-c', PRINT.format(count=300_000), stdout=descriptor)
            slowest = 0.0
            number = 0
            while node.returncode is None:
                os.write(quiet, b'quiet %d\n' % number)
                slowest = max(slowest, await until_in(tmp_path / 'quiet.log', f'quiet {number}\n'))
                number += 1
                await asyncio.sleep(0.01)
            assert await capture.drain(20.0)
            took = time.monotonic() - began
            print(f'{300_000 / took:.0f} lines/s; a quiet node waited {slowest * 1000:.0f} ms')
            assert numbers(tmp_path) == list(range(300_000))
    run(body())


def test_memory_stays_bounded_whatever_is_printed(tmp_path: Path) -> None:
    """10 MB without a newline, then binary garbage."""
    program = ('import os, sys\nsys.stdout.buffer.write(b"x" * 10_000_000)\n'
               'sys.stdout.buffer.write(os.urandom(5_000_000))\nprint("\\nthe end")\n')

    async def body() -> None:
        async with capturing(tmp_path) as (capture, lost):
            descriptor = capture.pipe('camera', ['camera'])
            os.write(descriptor, b'begin\n')
            await until_in(tmp_path / 'camera.log', 'begin')
            before = _peak_kb(capture.pid)
            node = await asyncio.create_subprocess_exec(
                sys.executable, '-c', program, stdout=descriptor)
            assert await node.wait() == 0
            assert await capture.drain(20.0)
            assert '[stdout] the end\n' in (tmp_path / 'camera.log').read_text(errors='replace')
            assert _peak_kb(capture.pid) - before < 10_000
            assert lost == []
    run(body())


def _peak_kb(pid: int) -> int:
    text = Path(f'/proc/{pid}/status').read_text()
    return int(text.partition('VmHWM:')[2].split()[0])


def test_logs_are_rotated_at_start_and_not_after_a_death(tmp_path: Path) -> None:
    """One run, one file (as long as it fits)."""
    async def body() -> None:
        for number in range(2):
            async with capturing(tmp_path) as (capture, lost):
                descriptor = capture.pipe('camera', ['camera'])
                os.write(descriptor, b'line %d\n' % number)
                assert await capture.drain(5.0)
                if number:
                    os.kill(capture.pid, signal.SIGKILL)
                    os.write(descriptor, b'line 7\n')
                    assert await capture.drain(5.0)
                    assert lost == [-signal.SIGKILL]
        assert NUMBER.findall((tmp_path / 'camera.log').read_text()) == ['1', '7']
        assert NUMBER.findall((tmp_path / 'camera.log.1').read_text()) == ['0']
    run(body())


def test_logs_stay_within_their_limit(tmp_path: Path) -> None:
    """Three files of the limit, and the newest lines in them."""
    async def body() -> None:
        async with capturing(tmp_path, max_bytes=100_000) as (capture, _):
            node = await asyncio.create_subprocess_exec(
                sys.executable, '-c', PRINT.format(count=20_000),
                stdout=capture.pipe('camera', ['camera']))
            assert await node.wait() == 0
            assert await capture.drain(20.0)
        sizes = [path.stat().st_size for path in tmp_path.glob('camera.log*')]
        assert len(sizes) == 3 and max(sizes) <= 100_000
        found = numbers(tmp_path)
        assert found == list(range(found[0], 20_000))
    run(body())


def test_a_folder_that_cannot_be_written_costs_lines_only(tmp_path: Path) -> None:
    """The node goes on, and so does the log once there is a folder."""
    async def body() -> None:
        blocked = tmp_path / 'logs'
        blocked.write_text('a file where the folder should be')
        async with capturing(blocked) as (capture, lost):
            descriptor = capture.pipe('camera', ['camera'])
            node = await asyncio.create_subprocess_exec(
                sys.executable, '-c', PRINT.format(count=50_000), stdout=descriptor)
            assert await node.wait() == 0
            assert await capture.drain(20.0)
            blocked.unlink()
            while not (blocked / 'camera.log').exists():
                os.write(descriptor, b'again\n')
                await asyncio.sleep(0.05)
            await until_in(blocked / 'camera.log', 'again')
            first = (blocked / 'camera.log').read_text().splitlines()[0]
            assert int(re.findall(r'(\d+) lines were lost', first)[0]) >= 50_000
            assert lost == []
    run(body())


def test_it_outlives_the_supervisor_until_the_last_word(tmp_path: Path) -> None:
    """What nodes say while they are being ended is the most interesting part."""
    program = (
        'import asyncio, os, subprocess, sys\n'
        'from nevil_bringup.capture.client import Capture\n'
        'from nevil_nodes.declarations.plan import LogPlan\n'
        'async def main():\n'
        '    capture = await Capture.launch(LogPlan(directory=sys.argv[1]), print)\n'
        '    node = subprocess.Popen(["sh", "-c", "read x; echo last words"],\n'
        '                            stdout=capture.pipe("camera", ["camera"]), stdin=0)\n'
        '    await capture.drain(5.0)\n'
        '    print(capture.pid, flush=True)\n'
        '    await asyncio.Event().wait()\n'
        'asyncio.run(main())\n')
    with subprocess.Popen([sys.executable, '-c', program, str(tmp_path)], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None and supervisor.stdin is not None
        pid = int(supervisor.stdout.readline())
        pin = os.pidfd_open(pid)
        supervisor.kill()
        supervisor.wait(5)
        os.kill(pid, signal.SIGTERM)  # as a system that shuts down would
        supervisor.stdin.close()
        wait_for(lambda: not alive(pid), 6.0)
        os.close(pin)
    assert '[stdout] last words\n' in (tmp_path / 'camera.log').read_text()

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

"""What a failed process leaves behind, taken from real processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
import os
from pathlib import Path
import signal
import stat
import subprocess
import sys

from nevil_bringup.supervisor.crash import CrashRecords
from nevil_bringup.supervisor.evidence import ask_for_stacks
from nevil_bringup.supervisor.evidence import describe_process
from nevil_bringup.supervisor.evidence import last_lines
from nevil_bringup.supervisor.evidence import oom_kills
from nevil_bringup.supervisor.evidence import process_state
import pytest
from quality.waiting import wait_for

HUNG = """\
import faulthandler, signal, sys, threading
faulthandler.register(signal.SIGURG, file=open(sys.argv[1], 'w'), all_threads=True)
def waits_for_the_lens():
    lock = threading.Lock()
    lock.acquire()
    print('hung', flush=True)
    lock.acquire()
waits_for_the_lens()
"""


@pytest.fixture
def hung(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Start a process that hangs in a lock; its pid and its file of stacks."""
    file = tmp_path / 'camera-3.txt'
    with subprocess.Popen([sys.executable, '-c', HUNG, str(file)],
                          stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b'hung\n'
        yield process.pid, file
        process.kill()


def records(folder: Path) -> CrashRecords:
    """Return records for a folder that has a log."""
    logs = folder / 'logs'
    logs.mkdir()
    (logs / 'camera.log').write_text(''.join(f'line {n}\n' for n in range(1000)))
    return CrashRecords(stacks=folder, logs=logs)


def test_hung_process_tells_where_it_hangs(hung: tuple[int, Path]) -> None:
    """Its stacks name the function, although nothing in it goes on."""
    pid, file = hung
    assert ask_for_stacks(pid, file)
    assert 'waits_for_the_lens' in file.read_text()


def test_process_that_does_not_catch_the_signal_is_left_alone() -> None:
    """A C++ node cannot answer, and nothing is to happen to it."""
    with subprocess.Popen(['sleep', '60']) as process:
        try:
            assert not ask_for_stacks(process.pid, Path('/none'))
            assert process.poll() is None
        finally:
            process.kill()


def test_description_names_state_and_threads(hung: tuple[int, Path]) -> None:
    """What /proc says needs no help of the process."""
    text = describe_process(hung[0])
    assert 'State:\t' in text
    assert f'thread {hung[0]}' in text
    assert describe_process(2**22 - 1) == '\n', 'one that is gone says nothing'


def test_stopped_process_is_seen_as_stopped() -> None:
    """A late heartbeat of a stopped process has another cause than a hung one."""
    with subprocess.Popen(['sleep', '60']) as process:
        try:
            os.kill(process.pid, signal.SIGSTOP)
            wait_for(lambda: process_state(process.pid) == 'T')
        finally:
            process.kill()
    assert process_state(process.pid) == ''


def test_record_holds_cause_stacks_process_and_log(
    hung: tuple[int, Path], tmp_path: Path,
) -> None:
    """All that an author needs in one file."""
    pid, file = hung
    crashes = records(tmp_path)

    async def main() -> None:
        await crashes.collect('camera', 3, pid)
        crashes.ended('camera', 3, ('camera',), 'no heartbeat for 30.1 s, killed by SIGKILL')
        await crashes.close()
    asyncio.run(main())
    path = crashes.newest['camera']
    # It quotes the logs, which others do not read either.
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o640, 0o750]
    text = path.read_text()
    assert text.startswith('camera: no heartbeat for 30.1 s, killed by SIGKILL\nstart 3, ')
    assert text.splitlines()[2].startswith("nevil monitor --at '")
    for part in ('waits_for_the_lens', 'State:\t', 'line 999', 'line 900'):
        assert part in text
    assert 'line 899' not in text
    assert not file.exists()


def test_end_in_order_leaves_no_record(tmp_path: Path) -> None:
    """Only failures are worth a file, and nothing else stays behind."""
    crashes = records(tmp_path)
    crashes.stack_file('camera', 1).touch()

    async def main() -> None:
        crashes.ended('camera', 1, ('camera',), '')
        await crashes.close()
    asyncio.run(main())
    assert not crashes.newest
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ['logs']


def test_newest_records_are_kept(tmp_path: Path) -> None:
    """A crash loop must not fill the disk; other units keep theirs."""
    crashes = records(tmp_path)

    async def main() -> None:
        crashes.ended('camera_2', 1, (), 'exit 1')
        for generation in range(13):
            crashes.ended('camera', generation, ('camera',), f'exit {generation}')
            await crashes.close()
    asyncio.run(main())
    kept = sorted((tmp_path / 'logs' / 'crash').iterdir())
    assert [path.read_text().splitlines()[0] for path in kept if 'camera-' in path.name] == [
        f'camera: exit {generation}' for generation in range(3, 13)]
    assert len(kept) == 11


def test_full_disk_costs_the_record_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """Recovery goes on when nothing can be written (here: a file where the folder should be)."""
    crashes = records(tmp_path)
    (tmp_path / 'logs' / 'crash').touch()

    async def main() -> None:
        crashes.ended('camera', 1, ('camera',), 'exit 1')
        await crashes.close()
    asyncio.run(main())
    assert 'camera: no crash record' in caplog.text


def test_last_lines_of_what_is_not_there(tmp_path: Path) -> None:
    """A node that never said anything has no log."""
    assert last_lines(tmp_path / 'none.log', 10) == ''


def test_kernel_tells_of_its_kills(tmp_path: Path) -> None:
    """The count of the kernel is read where it is told, and is 0 where it is not."""
    vmstat = tmp_path / 'vmstat'
    vmstat.write_text('nr_free_pages 1\noom_kill 7\n')
    assert oom_kills(vmstat) == 7
    assert oom_kills(tmp_path / 'none') == 0

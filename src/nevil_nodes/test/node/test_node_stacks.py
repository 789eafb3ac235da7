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

"""Stacks of a node that hangs or crashes, in the file that the supervisor names."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import signal
import stat

from nevil_nodes.stacks import STACKS_SIGNAL
from nodelab import NodeProcess
from nodelab import plan_of
import pytest
from quality.waiting import wait_for

Run = Callable[..., NodeProcess]

SOURCE = """
    import ctypes
    import signal
    import threading
    from nevil_nodes.node import NevilNode

    class StuckNode(NevilNode):
        def __init__(self):
            super().__init__('stuck')
            self.in_loop = threading.Event()
            self.create_timer(0.01, self.on_time)

        def main_loop(self):
            self.wait_for_the_lens()

        def wait_for_the_lens(self):
            self.in_loop.set()
            self.shutdown_event.wait(60)

        def on_time(self):
            self.in_loop.wait()
            print('hangs')
            {body}
"""
# How the main thread may hang.
LOCK = 'lock = threading.Lock(); lock.acquire(); lock.acquire()'
GIL = 'ctypes.PyDLL(None).sleep(60)'
LOOP = '\n            while True: pass'
# The last line: the main thread, which comes last, from its beginning.
END = 'in _run_module_as_main'


def written(path: Path, text: str) -> str:
    """Return what is in a file as soon as a text is."""
    wait_for(lambda: path.exists() and text in path.read_text())
    return path.read_text()


@pytest.mark.parametrize('body', [LOCK, GIL, LOOP], ids=['lock', 'gil', 'loop'])
def test_hung_node_shows_the_stacks_of_all_threads(run: Run, tmp_path: Path, body: str) -> None:
    """That is the answer to the question why it was ended."""
    path = tmp_path / 'stacks'
    process = run({'stuck': SOURCE.format(body=body)}, plan_of('stuck'),
                  NEVIL_CRASH_FILE=str(path))
    process.wait_for('hangs')
    assert path.read_text() == '' and stat.S_IMODE(path.stat().st_mode) == 0o600
    for _ in range(2):  # it may be asked again
        before = len(path.read_text())
        process.process.send_signal(STACKS_SIGNAL)
        wait_for(lambda: END in path.read_text()[before:])
    text = path.read_text()
    assert text.count('in on_time') == text.count('in wait_for_the_lens') == 2
    assert process.process.poll() is None
    assert 'most recent call first' not in process.output


def test_asking_a_node_that_works_disturbs_nothing(run: Run, tmp_path: Path) -> None:
    """A node that is only slow goes on."""
    path = tmp_path / 'stacks'
    process = run({'stuck': SOURCE.format(body='')}, plan_of('stuck'), NEVIL_CRASH_FILE=str(path))
    process.wait_for('hangs')
    process.process.send_signal(STACKS_SIGNAL)
    assert 'in wait_for_the_lens' in written(path, END)
    count = process.output.count('hangs')
    wait_for(lambda: process.output.count('hangs') > count + 5)
    assert process.end() == 0


@pytest.mark.parametrize('number', [signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE])
def test_crash_leaves_its_stacks(run: Run, tmp_path: Path, number: int) -> None:
    """A library that crashes says nothing by itself; and the file of an earlier start is kept."""
    path = tmp_path / 'stacks'
    path.write_text('before\n')
    process = run({'stuck': SOURCE.format(body=f'signal.raise_signal({int(number)})')},
                  plan_of('stuck'), NEVIL_CRASH_FILE=str(path))
    assert process.process.wait(20) == -number
    text = path.read_text()
    assert text.startswith('before\nFatal Python error: ')
    assert 'in on_time' in text and 'in wait_for_the_lens' in text


@pytest.mark.parametrize('file', ['', '/nowhere/stacks'])
def test_without_a_file_stacks_go_to_the_log(run: Run, file: str) -> None:
    """`python -m nevil_nodes.run` by hand; a folder that is gone keeps no node from its work."""
    process = run({'stuck': SOURCE.format(body=LOCK)}, plan_of('stuck'), NEVIL_CRASH_FILE=file)
    process.wait_for('hangs')
    process.process.send_signal(STACKS_SIGNAL)
    process.wait_for(END)
    assert 'in wait_for_the_lens' in process.output
    assert ('NEVIL_CRASH_FILE: /nowhere/stacks: No such file' in process.output) == bool(file)


def test_the_signal_ends_no_program_that_does_not_know_it() -> None:
    """It may be sent before a node's process listens, or to any other program."""
    assert STACKS_SIGNAL == signal.SIGURG
    pid = os.fork()
    if not pid:
        os.kill(os.getpid(), STACKS_SIGNAL)
        os._exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5

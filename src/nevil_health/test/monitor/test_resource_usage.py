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


"""Resource samples of real processes."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time

from nevil_health.monitor.process_table import Family
from nevil_health.monitor.process_table import ProcessTable
from nevil_health.monitor.resource_usage import ResourceSampler
from nevil_health.monitor.resource_usage import state_of
import psutil
import pytest
from quality.waiting import wait_for

BUSY_CHILD = ('import os, time\n'
              'if os.fork() == 0:\n'
              '    data = bytearray(30 << 20)\n'
              '    for i in range(0, len(data), 4096): data[i] = 1\n'
              '    print("up", flush=True)\n'
              '    while True: pass\n'
              'time.sleep(60)\n')


def boot_s() -> float:
    """Return the seconds since boot."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def test_a_sample_covers_the_whole_tree() -> None:
    """A node's work may be done by processes that it starts."""
    with subprocess.Popen([sys.executable, '-c', BUSY_CHILD], stdout=subprocess.PIPE,
                          start_new_session=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b'up\n'
            sampler = ResourceSampler()
            before = began = at = boot_s()
            sampler.sample({'a': process.pid}, at)
            usage = sampler.sample({'a': process.pid}, at)['a']
            while usage.cpu_percent < 20 and at < began + 20:
                time.sleep(0.3)
                before, at = at, boot_s()
                usage = sampler.sample({'a': process.pid}, at)['a']
            used_s = usage.cpu_percent / 100 * (at - before)
            assert usage.cpu_percent >= 20 and used_s < boot_s() - before + 0.05
            assert usage.memory_mb > 30
            assert (usage.processes, usage.threads) == (2, 2)
            assert usage.fds == 3 and usage.fds_limit == resource.getrlimit(
                resource.RLIMIT_NOFILE)[0]
        finally:
            os.killpg(process.pid, 9)


def test_a_process_that_is_gone_is_left_out() -> None:
    """No numbers are better than those of nobody."""
    process = subprocess.Popen([sys.executable, '-c', ''])
    process.wait()
    assert ResourceSampler().sample({'a': process.pid}, boot_s()) == {}


def test_a_zombie_says_so() -> None:
    """It uses nothing and looks healthy to those who only ask whether it exists."""
    process = subprocess.Popen([sys.executable, '-c', ''])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    usage = ResourceSampler().sample({'a': process.pid}, boot_s())['a']
    process.wait()
    assert (usage.state, usage.fds, usage.memory_mb) == ('Z', 0, 0.0)


@pytest.mark.parametrize('name', ['a b', ') R 1 (', '((', 'ü'])
def test_a_process_name_may_hold_anything(name: str) -> None:
    """The kernel writes it into the line unescaped."""
    code = (f'import sys; open("/proc/self/comm", "w").write({name!r}); '
            'print("up", flush=True); sys.stdin.read()')
    with subprocess.Popen([sys.executable, '-X', 'utf8', '-c', code], stdout=subprocess.PIPE,
                          stdin=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b'up\n'
        table = ProcessTable()
        table.refresh()
        assert table.tree_of(process.pid)[0].parent == os.getpid()
        assert ResourceSampler().sample({'a': process.pid}, boot_s())['a'].state in 'RS'


def test_a_tree_holds_descendants_and_the_session() -> None:
    """What was forked twice has another parent but the same session."""
    family = Family({
        1: (0, 1), 10: (1, 10), 11: (10, 10), 12: (1, 10), 13: (11, 13), 20: (1, 20)})
    assert family.tree_of(10)[0] == 10
    assert {*family.tree_of(10)} == {10, 11, 12, 13}


def test_a_process_that_makes_a_session_stays_in_its_tree() -> None:
    """A child that was known before is looked at again when its session changes."""
    code = ('import os, sys\n'
            'if os.fork() == 0:\n'
            '    sys.stdin.readline(); os.setsid(); print("own", flush=True); sys.stdin.read()\n'
            'else:\n'
            '    os.wait()  # only one of them reads: the other could take the line')
    with subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE,
                          stdin=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdin is not None and process.stdout is not None
        table = ProcessTable()
        wait_for(lambda: len(table.tree_of(process.pid)) >= 2, 20, step=table.refresh)
        before = table.tree_of(process.pid)[1]
        process.stdin.write(b'\n')
        process.stdin.flush()
        assert process.stdout.readline() == b'own\n'
        table.refresh()
        after = table.tree_of(process.pid)[1]
        assert (before.session, after.session) == (process.pid, after.process.pid)
        assert before.process == after.process


def test_the_age_of_a_process_is_counted_since_boot() -> None:
    """The first sample of a process divides by it, and the wall clock of a robot may jump."""
    before_s = boot_s()
    with subprocess.Popen(['sleep', '60']) as process:
        table = ProcessTable()
        table.refresh()
        started_s = table.tree_of(process.pid)[0].started_s
        process.kill()
    tick_s = 1 / os.sysconf('SC_CLK_TCK')
    assert before_s - tick_s <= started_s <= boot_s() + tick_s


def test_a_pid_that_another_process_has_now_is_not_taken_for_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pid comes again sooner or later; the times of the old process do not count."""
    sampler = ResourceSampler()
    with subprocess.Popen(['sleep', '60']) as process:
        assert 'a' in sampler.sample({'a': process.pid}, boot_s())
        # The kernel cannot be made to give the same pid again without being root.
        with monkeypatch.context() as patch:
            patch.setattr(psutil.Process, 'is_running', lambda self: False)
            assert sampler.sample({'a': process.pid}, boot_s()) == {}
        assert 'a' in sampler.sample({'a': process.pid}, boot_s())
        process.kill()


def test_the_state_is_a_letter_as_in_proc() -> None:
    """A stopped process is told from one that hangs; one that is gone has none."""
    with subprocess.Popen(['sleep', '60']) as process:
        assert state_of(process.pid) in ('R', 'S', 'D')
        process.send_signal(signal.SIGSTOP)
        wait_for(lambda: state_of(process.pid) == 'T', 20)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert state_of(process.pid) == 'Z'
    assert state_of(process.pid) is None

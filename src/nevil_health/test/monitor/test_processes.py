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
import subprocess
import sys
import time

from nevil_health.monitor.processes import Family
from nevil_health.monitor.processes import Process
from nevil_health.monitor.processes import read_processes
from nevil_health.monitor.processes import ResourceSampler
import pytest

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
        assert read_processes()[process.pid].parent == os.getpid()


def test_a_tree_holds_descendants_and_the_session() -> None:
    """What was forked twice has another parent but the same session."""
    def one(pid: int, parent: int, session: int) -> Process:
        return Process(pid=pid, parent=parent, session=session, state='S', cpu_s=0.0, threads=1,
                       started=0, rss_mb=0.0)
    table = {pid: one(pid, parent, session) for pid, parent, session in [
        (1, 0, 1), (10, 1, 10), (11, 10, 10), (12, 1, 10), (13, 11, 13), (20, 1, 20)]}
    assert [process.pid for process in Family(table).tree_of(10)][0] == 10
    assert {process.pid for process in Family(table).tree_of(10)} == {10, 11, 12, 13}

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

"""What /proc tells about processes, and that a kill hits only who is meant."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import subprocess
import sys

from nevil_bringup.spawner import procfs
from nevil_bringup.spawner.sweep import leftovers
from nevil_bringup.spawner.sweep import OWN_PIDS
from nevil_bringup.spawner.sweep import runs_of
from nevil_bringup.spawner.sweep import sweep
import pytest
from quality.waiting import wait_for

# Not executed again: while a program is being executed, its environment cannot be read.
FAMILY = """
import os, signal
if os.fork() == 0:
    print(os.getpid(), flush=True)
    signal.pause()
os.wait()
"""


@pytest.fixture
def family(tmp_path: object) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Return a program and the child that it waits for; the child has said that it is there."""
    with subprocess.Popen(
            [sys.executable, '-c', FAMILY], stdout=subprocess.PIPE, text=True,
            env={**os.environ, 'NEVIL_RUN_ID': 'family', 'NEVIL_UNIT': 'x'}) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        yield parent, child
        for pid in (child, parent.pid):
            procfs.kill_if(pid, lambda pid: True)


def test_children_and_their_children_are_found(
        family: tuple[subprocess.Popen[str], int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a kernel that has no list of them."""
    parent, child = family
    assert procfs.children(parent.pid) == [child]
    assert parent.pid in procfs.descendants(os.getpid())
    assert child in procfs.descendants(os.getpid())
    assert procfs._children_by_scan(parent.pid) == [child]


def test_a_process_that_is_gone_has_nothing_to_tell() -> None:
    """It may end between any two looks."""
    ended = subprocess.Popen(['true'])
    ended.wait()
    assert procfs.stat(ended.pid) is None
    assert procfs.children(ended.pid) == []
    assert procfs.cookie(ended.pid) is None
    assert not procfs.holds_pipe(ended.pid, 1)
    assert not procfs.kill_if(ended.pid, lambda pid: True)


def test_a_dead_process_is_not_alive_before_it_is_reaped() -> None:
    """Nobody waits for a zombie to die."""
    dead = subprocess.Popen(['true'])
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)
    about = procfs.stat(dead.pid)
    assert about is not None and not about.alive
    assert about.parent == os.getpid()
    dead.wait()


def test_who_is_not_meant_is_not_killed(family: tuple[subprocess.Popen[str], int]) -> None:
    """A pid may have become another's since we looked."""
    parent, _ = family
    assert not procfs.kill_if(parent.pid, lambda pid: False)
    assert parent.poll() is None
    assert procfs.kill_if(parent.pid, lambda pid: True)
    assert parent.wait(5) == -9


def test_cookie_and_pipe_tell_whose_a_process_is(
        family: tuple[subprocess.Popen[str], int]) -> None:
    """Either is enough to find what escaped."""
    parent, child = family
    assert parent.stdout is not None
    inode = os.fstat(parent.stdout.fileno()).st_ino
    assert procfs.cookie(child) == procfs.Cookie('family', 'x', '')
    assert procfs.holds_pipe(child, inode)
    assert not procfs.holds_pipe(child, inode + 1)


def test_a_sweep_hits_its_run_and_adopted_orphans_only() -> None:
    """Another robot on the same machine, and our own helpers, go on."""
    env = {**os.environ, 'NEVIL_RUN_ID': 'mine'}
    mine, other, own = (
        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'],
                         env={**env, 'NEVIL_RUN_ID': run_id}, start_new_session=session)
        for run_id, session in (('mine', True), ('other', False), ('mine', True)))
    OWN_PIDS.add(own.pid)
    try:
        wait_for(lambda: sorted(leftovers('mine')) == sorted((mine.pid, own.pid)),
                 what='they have their environment')
        assert sweep('mine') == 1
        assert leftovers('mine') == [own.pid]
        assert other.poll() is None and own.poll() is None
        assert not os.path.exists(f'/proc/{mine.pid}')
        mine.returncode = -9  # the sweep reaped it
    finally:
        OWN_PIDS.discard(own.pid)
        for process in (other, own):
            process.kill()
            process.wait()


def test_runs_of_a_project_are_found_by_what_is_left_of_them(tmp_path: Path) -> None:
    """The note of a run is lost with the runtime folder; its processes say whose they are."""
    assert runs_of(tmp_path) == set()
    env = {'NEVIL_PROJECT': str(tmp_path), 'NEVIL_RUN_ID': 'left'}
    left = subprocess.Popen(['sleep', '60'], env=env)
    other = subprocess.Popen(['sleep', '60'], env={**env, 'NEVIL_PROJECT': '/elsewhere'})
    try:
        wait_for(lambda: all(procfs.cookie(child.pid) for child in (left, other)),
                 what='they have their environment')
        assert runs_of(tmp_path) == {'left'}
    finally:
        for process in (left, other):
            process.kill()
            process.wait(timeout=10)
    assert runs_of(tmp_path) == set()

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

"""Rows of processes that are there and do not work: they hang, are stopped, are zombies."""

from __future__ import annotations

from collections.abc import Iterator
import os
import signal
import subprocess
import sys
import time

from quality.processes import alive
from quality.processes import is_stopped
from quality.processes import state_of
from quality.ros import DDS
from quality.waiting import wait_for
from row import row
from stage import Stage
from stage import VICTIM

# The last beat was up to a second before the fault; the monitor looks ten times in the timeout.
_LATE_S = 2.0 + 0.5
_DEFAULTS = """\
version: "3.0"
launch: {parallel_launch: true}
system: {shutdown_timeout: 1.0}
monitoring:
  alerts: {high_cpu_percent: 100, high_memory_percent: 100, high_disk_percent: 100}
"""
_MAIN_LOOP = {VICTIM: {'monitoring': {'thresholds': {'max_main_loop_s': 2.0}}}}


@row('14', 'executor waits for a lock', signal='heartbeat', within_s=_LATE_S, quick=True)
def deadlock(stage: Stage) -> Iterator[None]:
    """Let a callback never return; what it was doing is in the crash record."""
    stage.order('hang', 'executor')
    yield
    assert 'switch_hang' in stage.evidence()


@row('14b', 'executor waits for a lock, defaults', signal='heartbeat', within_s=30.7,
     control_s=30.0, root=_DEFAULTS)
def deadlock_by_default(stage: Stage) -> None:
    """Do the same with the timeout of 30 s that everybody has."""
    stage.order('hang', 'executor')


@row('14c', 'a C call holds the interpreter', signal='heartbeat', within_s=_LATE_S)
def holds_the_gil(stage: Stage) -> None:
    """No thread of Python runs."""
    stage.order('hold_gil')


@row('15', 'busy loop in a callback', signal='heartbeat', within_s=_LATE_S)
def busy_loop(stage: Stage) -> None:
    """Compute instead of waiting."""
    stage.order('loop', 'executor')


@row('17', 'heartbeats go on, main loop does not', signal='progress', within_s=3.5, quick=True,
     nodes=_MAIN_LOOP)
def frozen_main_loop(stage: Stage) -> None:
    """Its callbacks work, its work does not."""
    stage.order('hang', 'main_loop')


@row('18', 'long legal round of the main loop', signal='', alerts=0, restarts=0, within_s=8.0,
     nodes={VICTIM: {'monitoring': {'thresholds': {'max_main_loop_s': 10.0}}}})
def long_work(stage: Stage) -> None:
    """Four heartbeat timeouts of work in one go are no fault."""
    stage.order('loop', 'main_loop', seconds=8.0)
    stage.watch.wait(lambda event: False, 8.0)


@row('19', 'SIGSTOP', cause='stopped', within_s=1.6, restarts=0, quick=True)
def stopped(stage: Stage) -> Iterator[None]:
    """Let it go on, once: then it works again, and that is all."""
    pid = stage.pid()
    stage.kill(pid, signal.SIGSTOP)
    yield
    wait_for(lambda: alive(pid) and not is_stopped(pid), 5)
    stage.watch.wait(lambda event: False, 3.0)


@row('19b', 'SIGSTOP, and again as soon as it goes on', cause='stopped', within_s=1.6)
def stopped_again(stage: Stage) -> None:
    """End what cannot be made to go on."""
    pid = stage.pid()
    stage.kill(pid, signal.SIGSTOP)
    while state_of(pid):
        if alive(pid) and not is_stopped(pid):
            os.kill(pid, signal.SIGSTOP)
        time.sleep(0.002)  # too short for it to say a word


@row('21', 'zombie: the main thread has ended alone', cause='zombie', within_s=1.6)
def zombie(stage: Stage) -> Iterator[None]:
    """Its pid is there and can be signalled; naive checks call it alive."""
    pid = stage.pid()
    stage.order('end_leader', 'executor')
    wait_for(lambda: state_of(pid) == 'zombie', 5)
    yield


@row('24', 'a second process of the same name', signal='duplicate', restarts=0, within_s=3.0,
     quick=True)
def duplicate(stage: Stage) -> Iterator[None]:
    """Somebody has started the node by hand: told, and Nevil's is the one that goes on."""
    project = str(stage.robot.project)
    double = subprocess.Popen(
        [sys.executable, '-m', 'nevil_nodes.run', '--project', project, '--node', VICTIM],
        env={**stage.robot.environ, **DDS}, cwd=project, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert double.stdout is not None
        for line in double.stdout:
            if 'started, active' in line:
                break
        stage.now()
        yield
        wait_for(lambda: double.poll() is not None)
    finally:
        double.kill()
        double.communicate()


@row('73', 'no QoS events, then an executor hangs', signal='heartbeat', within_s=_LATE_S, starts=2)
def without_events(stage: Stage) -> None:
    """Be as ready, and as late, on a middleware that knows no matched event."""
    stage.fault_at_start('import', 'no_events')
    stage.restart()
    stage.made()
    assert stage.wait_state(VICTIM, 'ready', 20)
    stage.order('hang', 'executor')

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

"""Rows of Nevil's own parts: each can die, hang or be lied to, and no node suffers."""

from __future__ import annotations

from collections.abc import Iterator
import os
import resource
import shutil
import signal
import time

from quality.waiting import wait_for
from row import row
from stage import BYSTANDERS
from stage import Stage
from stage import VICTIM

_HOUR_S = 3600


def _no_compiler() -> str:
    return '' if shutil.which('cc') else 'needs a C compiler (cc)'


@row('32', 'health node stopped for 1 s', signal='', alerts=0, restarts=0, within_s=8.0,
     control_s=2.0, system='monitor monitor_lag', quick=True)
def monitor_stalls(stage: Stage) -> None:
    """Let it doubt itself, not the nodes that it did not hear."""
    health = stage.robot.status()['health_pid']
    stage.kill(health, signal.SIGSTOP)
    stage.watch.wait(lambda event: False, 1.0)  # replaced after 2 s: row 32b
    os.kill(health, signal.SIGCONT)
    stage.watch.wait(lambda event: False, 3.0)
    assert stage.robot.status()['health_pid'] == health


@row('32b', 'health node stopped for good', signal='', alerts=0, restarts=0, within_s=15.0,
     control_s=2.0, system='monitor monitor_lag')
def monitor_hangs(stage: Stage) -> None:
    """Replace it, and touch no node."""
    health = stage.robot.status()['health_pid']
    stage.kill(health, signal.SIGSTOP)
    wait_for(lambda: stage.robot.status()['health_pid'] not in (None, health), 25)
    stage.notes['recovery_s'] = time.monotonic() - stage.injected_at
    stage.watch.wait(lambda event: False, 5.0)


@row('33', 'health node killed, then an executor hangs', signal='heartbeat', within_s=2.5,
     system='monitor', quick=True)
def monitor_dies(stage: Stage) -> None:
    """No node is touched; the next one knows what it must, and notices as before."""
    health = stage.robot.status()['health_pid']
    began = stage.kill(health, signal.SIGKILL)
    wait_for(lambda: stage.robot.status()['health_pid'] not in (None, health), 10)
    stage.watch.wait(lambda event: False, 4.0)
    states = [heard.event for heard in stage.watch.all(began) if heard.event['event'] == 'state']
    assert not states, states
    stage.order('hang', 'executor')


@row('33b', 'capture killed, then SIGKILL')
def capture_dies(stage: Stage) -> Iterator[None]:
    """Lose nothing of what is said meanwhile."""
    capture = stage.robot.status()['capture_pid']
    os.kill(capture, signal.SIGKILL)
    stage.kill(stage.pid(), signal.SIGKILL)
    yield
    assert stage.robot.status()['capture_pid'] != capture
    wait_for(lambda: 'SIGKILL' in stage.robot.log(), 5)


@row('33c', 'spawner killed', within_s=1.0, signal='spawner', accused='', alerts=1,
     cause='3 processes with it', control_s=1.0, quick=True, spares=False)
def spawner_dies(stage: Stage) -> None:
    """Its nodes die with it; each is started once by the next one."""
    before = stage.nodes()
    stage.kill(stage.robot.status()['spawner_pid'], signal.SIGKILL)
    for node in (VICTIM, *BYSTANDERS):
        assert stage.wait_state(node, 'ready', 30), f'{node} has not come back'
    stage.watch.wait(lambda event: False, 1.0)
    for node, now in stage.nodes().items():
        assert now['generation'] == before[node]['generation'] + 1, now
        assert not stage.incidents(node), stage.text(node)  # the spawner's is for all


@row('34', 'wall clock +1 h, then -2 h', signal='', alerts=0, restarts=0, within_s=8.0,
     control_s=2.0, quick=True, needs=_no_compiler, prepare=Stage.use_own_clock)
def clock_steps(stage: Stage) -> None:
    """Every interval is measured on another clock."""
    stage.now()
    for step_s in (_HOUR_S, -_HOUR_S):
        stage.step_clock(step_s)
        stage.watch.wait(lambda event: False, 4.0)
        began = stage.injected_at
        stage.order('nothing')
        stage.injected_at = began
        assert abs(stage.notes['wall_s'] - time.time() - step_s) < 60, 'its clock has not stepped'


@row('71', 'disk full, then SIGKILL')
def disk_full(stage: Stage) -> Iterator[None]:
    """Log lines are lost, nothing else."""
    capture = stage.robot.status()['capture_pid']
    log = stage.robot.project / 'logs' / 'system.log'
    resource.prlimit(capture, resource.RLIMIT_FSIZE, (1, 1))
    size = log.stat().st_size
    stage.kill(stage.pid(), signal.SIGKILL)
    yield
    assert log.stat().st_size == size, 'the disk was not full'
    assert stage.robot.status()['capture_pid'] == capture

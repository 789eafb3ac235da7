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

"""Rows of heartbeats that are lost, late, senseless, too many, or of nobody."""

from __future__ import annotations

from collections.abc import Iterator
import os

from row import row
from stage import BYSTANDERS
from stage import SCALED
from stage import Stage
from stage import VICTIM

_PATIENT = SCALED.replace('heartbeat_timeout: 2.0', 'heartbeat_timeout: 8.0')
_PAGE_MB = os.sysconf('SC_PAGE_SIZE') / 2**20


@row('20', 'stops beating, goes on working', signal='heartbeat', within_s=2.5)
def silent(stage: Stage) -> None:
    """Nobody can know that it is well."""
    stage.order('lose_beats', share=1.0)


@row('25', '30 % of the heartbeats lost', signal='', alerts=0, restarts=0, within_s=60.0,
     root=_PATIENT)
def lossy(stage: Stage) -> None:
    """Show that a bad network is no dead node."""
    stage.order('lose_beats', share=0.3)
    stage.watch.wait(lambda event: False, 60.0)


@row('26', 'heartbeats late by up to five periods', signal='', alerts=0, restarts=0,
     within_s=30.0, root=_PATIENT)
def jitter(stage: Stage) -> None:
    """They come in another order than they were sent in, too."""
    stage.order('delay_beats', seconds=5.0)
    stage.watch.wait(lambda event: False, 30.0)


@row('27', 'all nodes fall silent at once', signal='network', accused='', restarts=0,
     within_s=2.5, watch_s=6.0, quick=True)
def network_lost(stage: Stage) -> None:
    """Suspect the way to them: one alert of the network, none of a node."""
    for node in (VICTIM, *BYSTANDERS):
        stage.order('lose_beats', node=node, share=1.0)


@row('28', 'beats 200 times a second', signal='runaway', restarts=0, within_s=3.0)
def runaway(stage: Stage) -> None:
    """Let a timer run away."""
    stage.order('runaway', per_s=200, seconds=8)


@row('29', 'senseless heartbeats and garbage', signal='', alerts=0, restarts=0, within_s=5.0,
     control_s=1.0, system='unmanaged', quick=True)
def malformed(stage: Stage) -> None:
    """They are dropped, and nobody suffers: the health node goes on, as do the nodes."""
    health = stage.robot.status()['health_pid']
    stage.now()
    stage.tell('malformed', '5')
    assert stage.robot.status()['health_pid'] == health, 'the health node has ended'


@row('30', '10 000 heartbeats under other names', signal='unmanaged', accused='', restarts=0,
     within_s=5.0, control_s=2.0)
def flood(stage: Stage) -> Iterator[None]:
    """Need bounded memory, one alert for all of them."""
    health = stage.robot.status()['health_pid']
    before_mb = _resident_mb(health)
    stage.injected_at = float(stage.tell('flood', '10000'))
    yield
    grown_mb = _resident_mb(health) - before_mb
    assert grown_mb < 20, f'the health node has grown by {grown_mb:.0f} MB'


@row('31', '16 hogs on the machine for a minute, then SIGKILL', within_s=1.0, control_s=3.0,
     system='cpu monitor_lag', root=SCALED.replace('heartbeat_timeout: 2.0',
                                                   'heartbeat_timeout: 5.0'))
def hogs(stage: Stage) -> None:
    """Take no starved machine for a hung node; a death is seen all the same."""
    began = stage.now()
    with stage.hogs(16, 70):
        stage.watch.wait(lambda event: False, 60.0)
        accused = [heard.event['alert']['key'] for heard in stage.watch.incidents(began).values()
                   if heard.event['alert']['node']]
        assert not accused, f'accused without reason: {accused}'
        stage.kill(stage.pid(), 9)
        stage.wait_state(VICTIM, 'ready', 40)


@row('36', 'sim time without a clock, then an executor hangs', signal='heartbeat', within_s=2.5)
def sim_time(stage: Stage) -> None:
    """Beat, and be watched, as ever while ROS time stands still."""
    stage.now()
    for node in (VICTIM, *BYSTANDERS):
        assert stage.tell('set_true', node, 'use_sim_time') == 'True\n'
    stage.watch.wait(lambda event: False, 5.0)
    assert not stage.watch.incidents(stage.injected_at)
    stage.order('hang', 'executor')


def _resident_mb(pid: int) -> float:
    with open(f'/proc/{pid}/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * _PAGE_MB


@row('31b', '16 hogs for a minute, defaults', signal='', alerts=0, restarts=0, within_s=60.0,
     control_s=3.0, system='cpu monitor_lag',
     root='version: "3.0"\nlaunch: {parallel_launch: true}\n')
def hogs_by_default(stage: Stage) -> None:
    """Do the same with the settings that everybody has."""
    stage.now()
    with stage.hogs(16, 70):
        stage.watch.wait(lambda event: False, 60.0)

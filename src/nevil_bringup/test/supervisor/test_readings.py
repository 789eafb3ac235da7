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

"""What the health node has sensed goes to the evaluation, and what is a fact to the core."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from typing import cast

from edges import FakeClient
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_health.control import monitor
from nevil_health.control.status import GetStatus
from nevil_health.core import CollectEvidence
from nevil_health.core import SendSignal
from nevil_health.core import SetMuted
from nevil_health.signals import NodeSample
import pytest
from supervised import in_memory
from supervised import Supervised


def late(node: str, generation: int = 1, silent_for_s: float = 3.0) -> monitor.HeartbeatReading:
    """Return the reading that a node is silent."""
    return monitor.HeartbeatReading(kind='late', unit=node, generation=generation, node=node,
                                    silent_for_s=silent_for_s, process_state='S')


def test_late_heartbeat_goes_through_the_evaluation_to_the_core(tmp_path: Path) -> None:
    """The signal is unhealthy, and the core keeps evidence before it ends the process."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.readings.heartbeat(supervised.client, late('detector'))
        assert supervised.state('detector') == 'unhealthy'
        assert supervised.robot.view_of('detector').reason.startswith('no heartbeat for 3.0 s')
        signals = supervised.health.evaluation.node('detector', 0.0).signals
        assert signals['heartbeat'].level == 'unhealthy'
        assert any(isinstance(command, CollectEvidence) for command in supervised.commands)
    in_memory(tmp_path, body)


def test_heartbeat_that_comes_back_leaves_the_process_running(tmp_path: Path) -> None:
    """At once, though the level of the signal keeps its dwell time; and it may be late again."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for _ in range(2):
            supervised.readings.heartbeat(supervised.client, late('detector'))
            assert supervised.state('detector') == 'unhealthy'
            supervised.readings.heartbeat(supervised.client, monitor.HeartbeatReading(
                kind='resumed', unit='detector', generation=1))
            assert supervised.state('detector') == 'ready'
        assert not any(isinstance(command, SendSignal) for command in supervised.commands)
    in_memory(tmp_path, body)


@pytest.mark.parametrize('reading', [
    late('detector', generation=7), late('nobody'),
    monitor.HeartbeatReading(kind='resumed', unit='detector', generation=1),
    monitor.HeartbeatReading(kind='ready', unit='detector', generation=1),
])
def test_readings_that_mean_nothing_now_change_nothing(
    tmp_path: Path, reading: monitor.HeartbeatReading,
) -> None:
    """Whether a fact counts in a state is the core's business; of the dead nothing is told."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        before = list(supervised.commands)
        supervised.readings.heartbeat(supervised.client, reading)
        assert supervised.state('detector') == 'ready'
        assert supervised.commands == before
    in_memory(tmp_path, body)


def test_network_that_is_silent_blames_no_node(tmp_path: Path) -> None:
    """It is a signal of the robot's."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.readings.heartbeat(
            supervised.client, monitor.HeartbeatReading(kind='network_silent'))
        system = supervised.health.evaluation.system(0.0)
        assert system.signals['network'].level == 'unhealthy'
        assert supervised.state('camera') == supervised.state('detector') == 'ready'
    in_memory(tmp_path, body)


@pytest.mark.parametrize('say', [
    lambda one, client: one.readings.heartbeat(client, late('camera')),
    lambda one, client: one.readings.sampled(client, monitor.Samples(nodes={})),
    lambda one, client: one.readings.transitioned(client, monitor.LifecycleChanged(
        unit='camera', generation=1, label='activate')),
    lambda one, client: one.link.attach(client, monitor.AttachHealth(pid=4711)),
], ids=['heartbeat', 'samples', 'transitioned', 'attach'])
def test_only_the_attached_health_node_is_believed(tmp_path: Path, say: Any) -> None:
    """Anybody of the same user can connect."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        with pytest.raises(RequestRefused):
            say(supervised, cast(Client, FakeClient()))
    in_memory(tmp_path, body)


def test_samples_are_kept_for_the_status(tmp_path: Path) -> None:
    """Those of nodes that there are."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.readings.sampled(supervised.client, monitor.Samples(nodes={
            'camera': NodeSample(generation=1, cpu_percent=12.5, memory_mb=40.0),
            'moon': NodeSample(generation=1)}))
        status = supervised.ask(GetStatus())
        camera, detector = status.nodes
        assert (camera.cpu_percent, camera.memory_mb, detector.cpu_percent) == (12.5, 40.0, None)
        assert (status.project, status.state, status.health_pid) == ('robot', 'ready', 100)
        assert set(supervised.observed.samples) == {'camera'}
    in_memory(tmp_path, body)


def test_readiness_of_a_process_is_a_fact_for_the_core(tmp_path: Path) -> None:
    """Of the start that beats, and no other."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        supervised.start('nevil_health')
        supervised.attach()
        supervised.start('camera')
        for generation, state in ((2, 'starting'), (1, 'ready')):
            supervised.readings.heartbeat(supervised.client, monitor.HeartbeatReading(
                kind='ready', unit='camera', generation=generation))
            assert supervised.state('camera') == state
    in_memory(tmp_path, body)


def test_heartbeats_of_the_health_node_are_not_its_own_to_tell(tmp_path: Path) -> None:
    """It is watched by its connection."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.readings.heartbeat(supervised.client, monitor.HeartbeatReading(
            kind='late', unit='nevil_health', generation=1, silent_for_s=9.0))
        assert supervised.state('nevil_health') == 'ready'
    in_memory(tmp_path, body)


def test_network_that_is_back_is_no_alert_any_more(tmp_path: Path) -> None:
    """The level follows the reading."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for kind in ('network_silent', 'network_back'):
            supervised.readings.heartbeat(
                supervised.client, monitor.HeartbeatReading(kind=kind))
        system = supervised.health.evaluation.system(supervised.robot.now())
        assert system.signals['network'].level != 'unhealthy'
    in_memory(tmp_path, body)


def test_answer_to_a_transition_reaches_who_has_asked(tmp_path: Path) -> None:
    """Another answer leaves it pending."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.transitions.mute(SetMuted(unit='camera', generation=1, muted=True))
        for label, pending in (('activate', True), ('deactivate', False)):
            supervised.readings.transitioned(supervised.client, monitor.LifecycleChanged(
                unit='camera', generation=1, label=label))
            assert supervised.transitions.pending('camera') is pending
    in_memory(tmp_path, body)

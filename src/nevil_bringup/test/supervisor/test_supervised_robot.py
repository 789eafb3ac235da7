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

"""The parts of the supervisor, each with fakes around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import cast

from edges import FakeClient
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_health.control import insight
from nevil_health.control import monitor
from nevil_health.control import operations
from nevil_health.control import session
from nevil_health.control.base import Request
from nevil_health.control.events import ProcessChanged
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.control.events import Transitioned
from nevil_health.control.status import GetStatus
from nevil_health.core import CollectEvidence
from nevil_health.core import ProcessExited
from nevil_health.core import SendSignal
from nevil_health.core import SetMuted
from nevil_health.core import StartProcess
from nevil_health.signals import NodeSample
import pytest
from supervised import in_memory
from supervised import Supervised


def late(node: str, generation: int = 1, silent_for_s: float = 3.0) -> monitor.HeartbeatReading:
    """Return the reading that a node is silent."""
    return monitor.HeartbeatReading(kind='late', unit=node, generation=generation, node=node,
                                    silent_for_s=silent_for_s, process_state='S')


def run(folder: Path, body: Callable[[Supervised], None]) -> None:
    """Run a test that needs no waiting, and what it has asked the loop for."""
    async def main(supervised: Supervised) -> None:
        body(supervised)
        await asyncio.sleep(0)
    in_memory(folder, main)


def test_nodes_start_in_the_order_of_what_they_require(tmp_path: Path) -> None:
    """And everybody hears of it: processes, states, and that all are ready."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        started = [command.unit for command in supervised.commands
                   if isinstance(command, StartProcess)]
        assert started == ['nevil_health', 'camera', 'detector']
        told = [(event.node, event.new) for event in supervised.told
                if isinstance(event, StateChanged)]
        assert told.index(('camera', 'ready')) < told.index(('detector', 'starting'))
        assert [event.nodes for event in supervised.told
                if isinstance(event, ProcessChanged)] == [('camera',), ('detector',)]
        assert Settled(state='ready') in supervised.told
    in_memory(tmp_path, body)


def test_late_heartbeat_goes_through_the_evaluation_to_the_core(tmp_path: Path) -> None:
    """The signal is unhealthy, and the core keeps evidence before it ends the process."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.readings.heartbeat(supervised.client, late('detector'))
        assert supervised.state('detector') == 'unhealthy'
        assert supervised.robot.view_of('detector').reason.startswith('no heartbeat for 3.0 s')
        signals = supervised.health.evaluation.node('detector', 0.0).signals
        assert signals['heartbeat'].level == 'unhealthy'
        assert any(isinstance(command, CollectEvidence) for command in supervised.commands)
    run(tmp_path, body)


def test_heartbeat_that_comes_back_leaves_the_process_running(tmp_path: Path) -> None:
    """At once, though the level of the signal keeps its dwell time; and it may be late again."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for _ in range(2):
            supervised.readings.heartbeat(supervised.client, late('detector'))
            assert supervised.state('detector') == 'unhealthy'
            supervised.readings.heartbeat(supervised.client, monitor.HeartbeatReading(
                kind='resumed', unit='detector', generation=1))
            assert supervised.state('detector') == 'ready'
        assert not any(isinstance(command, SendSignal) for command in supervised.commands)
    run(tmp_path, body)


@pytest.mark.parametrize('reading', [
    late('detector', generation=7), late('nobody'),
    monitor.HeartbeatReading(kind='resumed', unit='detector', generation=1),
    monitor.HeartbeatReading(kind='ready', unit='detector', generation=1),
])
def test_readings_that_mean_nothing_now_change_nothing(
    tmp_path: Path, reading: monitor.HeartbeatReading,
) -> None:
    """Whether a fact counts in a state is the core's business; of the dead nothing is told."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        before = list(supervised.commands)
        supervised.readings.heartbeat(supervised.client, reading)
        assert supervised.state('detector') == 'ready'
        assert supervised.commands == before
    run(tmp_path, body)


def test_network_that_is_silent_blames_no_node(tmp_path: Path) -> None:
    """It is a signal of the robot's."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.readings.heartbeat(
            supervised.client, monitor.HeartbeatReading(kind='network_silent'))
        system = supervised.health.evaluation.system(0.0)
        assert system.signals['network'].level == 'unhealthy'
        assert supervised.state('camera') == supervised.state('detector') == 'ready'
    run(tmp_path, body)


@pytest.mark.parametrize('say', [
    lambda one, client: one.readings.heartbeat(client, late('camera')),
    lambda one, client: one.readings.sampled(client, monitor.Samples(nodes={})),
    lambda one, client: one.readings.transitioned(client, monitor.LifecycleChanged(
        unit='camera', generation=1, label='activate')),
    lambda one, client: one.link.attach(client, monitor.AttachHealth(pid=4711)),
], ids=['heartbeat', 'samples', 'transitioned', 'attach'])
def test_only_the_attached_health_node_is_believed(tmp_path: Path, say: Any) -> None:
    """Anybody of the same user can connect."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        with pytest.raises(RequestRefused):
            say(supervised, cast(Client, FakeClient()))
    run(tmp_path, body)


def test_expectations_are_the_whole_list_once_a_turn(tmp_path: Path) -> None:
    """However much has changed in it."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        await asyncio.sleep(0)
        expect, = supervised.health_node.of(monitor.Expect)
        assert [(unit.unit, unit.pid, unit.ready) for unit in expect.units] == [
            ('camera', 101, True), ('detector', 102, True)]
    in_memory(tmp_path, body)


def test_mute_is_a_transition_that_the_health_node_carries_out(tmp_path: Path) -> None:
    """It is pending until the answer, which everybody hears."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.transitions.mute(_mute('camera', True))
        order, = supervised.health_node.of(monitor.ChangeLifecycle)
        assert (order.unit, order.label, order.nodes) == ('camera', 'deactivate', ('camera',))
        assert supervised.transitions.pending('camera')
        supervised.readings.transitioned(supervised.client, monitor.LifecycleChanged(
            unit='camera', generation=1, label='deactivate', problem='it is busy'))
        assert not supervised.transitions.pending('camera')
        assert Transitioned(
            nodes=('camera',), label='deactivate', problem='it is busy') in supervised.told
    run(tmp_path, body)


def test_transition_that_ended_with_its_process_is_forgotten(tmp_path: Path) -> None:
    """Its answer would be of another process."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.transitions.mute(_mute('camera', True))
        supervised.robot.feed(ProcessExited(
            at=supervised.robot.now(), unit='camera', generation=1, code=1))
        assert not supervised.transitions.pending('camera')
    run(tmp_path, body)


def test_mute_without_a_health_node_is_not_pending(tmp_path: Path) -> None:
    """The next start of the unit does it."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.link.client_gone(supervised.client)
        supervised.transitions.mute(_mute('camera', True))
        assert not supervised.transitions.pending('camera')
    run(tmp_path, body)


def test_end_of_the_connection_is_the_end_of_the_monitor(tmp_path: Path) -> None:
    """Readiness is nobody's fault then, and status says so; what is sent goes nowhere."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.link.client_gone(supervised.client)
        assert not supervised.link.attached
        assert not supervised.link.send(Settled(state='ready'))
        system = supervised.health.evaluation.system(0.0)
        assert system.signals['monitor'].level != 'healthy'
    run(tmp_path, body)


def test_samples_are_kept_for_the_status(tmp_path: Path) -> None:
    """Those of nodes that there are."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.readings.sampled(supervised.client, monitor.Samples(nodes={
            'camera': NodeSample(generation=1, cpu_percent=12.5, memory_mb=40.0),
            'moon': NodeSample(generation=1)}))
        status = supervised.ask(GetStatus())
        camera, detector = status.nodes
        assert (camera.cpu_percent, camera.memory_mb, detector.cpu_percent) == (12.5, 40.0, None)
        assert (status.project, status.state, status.health_pid) == ('robot', 'ready', 100)
        assert set(supervised.observed.samples) == {'camera'}
    run(tmp_path, body)


def test_operation_says_what_has_changed(tmp_path: Path) -> None:
    """A stop stops what runs; a second one changes nothing."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        first = supervised.ask(operations.StopNode(name='detector'))
        assert (first.changed, first.state) == (True, 'stopping')
        second = supervised.ask(operations.StopNode(name='detector'))
        assert (second.changed, second.state) == (False, 'stopping')
    run(tmp_path, body)


@pytest.mark.parametrize('request_', [
    operations.StopNode(name='camra'), insight.Explain(name='camra'),
    insight.GetHistory(names=('camra',)), operations.Silence(name='camra', duration_s=1.0),
    operations.Acknowledge(alert='camra'),
], ids=lambda one: type(one).__name__)
def test_name_that_is_not_there_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, request_: Request[Any],
) -> None:
    """For whoever mistypes."""
    def body(supervised: Supervised) -> None:
        supervised.begin()
        with pytest.raises(RequestRefused, match="no node 'camra'; did you mean 'camera'"):
            supervised.ask(request_)
    run(tmp_path, body)


def test_operation_on_a_system_that_ends_is_refused(tmp_path: Path) -> None:
    """Nothing is started into a shutdown."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.robot.shut_down()
        with pytest.raises(RequestRefused, match='the system is stopping'):
            supervised.ask(operations.StartNode(name='camera'))
    run(tmp_path, body)


@pytest.mark.parametrize('duration_s', [-1.0, 31 * 24 * 3600.0, float('nan')])
def test_silence_has_its_bounds(tmp_path: Path, duration_s: float) -> None:
    """A slip of the finger must not silence a robot for years."""
    def body(supervised: Supervised) -> None:
        supervised.begin()
        with pytest.raises(RequestRefused, match='30 days'):
            supervised.ask(operations.Silence(duration_s=duration_s))
    run(tmp_path, body)


def test_silence_is_kept_for_the_next_supervisor(tmp_path: Path) -> None:
    """It was announced for a time, not for a process."""
    def body(supervised: Supervised) -> None:
        supervised.begin()
        assert supervised.ask(operations.Silence(name='camera', duration_s=60.0)).changed
        assert [one.node for one in supervised.kept.silences(supervised.robot.now())] == [
            'camera']
    run(tmp_path, body)


def test_explanation_leads_to_the_root(tmp_path: Path) -> None:
    """Whoever asks about the detector hears of the camera."""
    def body(supervised: Supervised) -> None:
        supervised.all_ready()
        del supervised.running['camera']
        supervised.health.exited('camera', 1, 'exit code 3', True)
        supervised.robot.feed(ProcessExited(
            at=supervised.robot.now(), unit='camera', generation=1, code=3))
        found = supervised.ask(insight.Explain(name='camera'))
        assert found.state == 'backoff'
        assert any('exit code 3' in step.detail for step in found.steps)
        assert supervised.ask(insight.Explain()).level != 'healthy'
    run(tmp_path, body)


def test_subscription_begins_with_what_is(tmp_path: Path) -> None:
    """Nobody has to ask twice."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        client = FakeClient()
        supervised.answers[session.Subscribe](cast(Client, client), session.Subscribe())
        assert client.subscribed
        assert [(event.node, event.old, event.new) for event in client.of(StateChanged)] == [
            ('camera', None, 'ready'), ('detector', None, 'ready')]
        assert client.of(Settled) == [Settled(state='ready')]
    in_memory(tmp_path, body)


def _mute(unit: str, muted: bool) -> SetMuted:
    return SetMuted(unit=unit, generation=1, muted=muted)

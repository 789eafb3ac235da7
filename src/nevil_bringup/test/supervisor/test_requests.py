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

"""What an operator asks for is answered at once: done, refused with the reason, or pending."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from typing import cast

from edges import FakeClient
from edges import plan_of
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_health.control import insight
from nevil_health.control import operations
from nevil_health.control import session
from nevil_health.control.base import Request
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.control.status import GetStatus
import pytest
from supervised import in_memory
from supervised import Supervised


def test_operation_says_what_has_changed(tmp_path: Path) -> None:
    """A stop stops what runs; a second one changes nothing."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        first = supervised.ask(operations.StopNode(name='detector'))
        assert (first.changed, first.state) == (True, 'stopping')
        second = supervised.ask(operations.StopNode(name='detector'))
        assert (second.changed, second.state) == (False, 'stopping')
    in_memory(tmp_path, body)


@pytest.mark.parametrize('request_', [
    operations.StopNode(name='camra'), insight.Explain(name='camra'),
    insight.GetHistory(names=('camra',)), operations.Silence(name='camra', duration_s=1.0),
    operations.Acknowledge(alert='camra'),
], ids=lambda one: type(one).__name__)
def test_name_that_is_not_there_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, request_: Request[Any],
) -> None:
    """For whoever mistypes."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        with pytest.raises(RequestRefused, match="no node 'camra'; did you mean 'camera'"):
            supervised.ask(request_)
    in_memory(tmp_path, body)


def test_operation_on_a_system_that_ends_is_refused(tmp_path: Path) -> None:
    """Nothing is started into a shutdown."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.robot.shut_down()
        with pytest.raises(RequestRefused, match='the system is stopping'):
            supervised.ask(operations.StartNode(name='camera'))
    in_memory(tmp_path, body)


@pytest.mark.parametrize('duration_s', [-1.0, 31 * 24 * 3600.0, float('nan')])
def test_silence_has_its_bounds(tmp_path: Path, duration_s: float) -> None:
    """A slip of the finger must not silence a robot for years."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        with pytest.raises(RequestRefused, match='30 days'):
            supervised.ask(operations.Silence(duration_s=duration_s))
    in_memory(tmp_path, body)


def test_silence_is_kept_for_the_next_supervisor(tmp_path: Path) -> None:
    """It was announced for a time, not for a process."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        assert supervised.ask(operations.Silence(name='camera', duration_s=60.0)).changed
        assert [one.node for one in supervised.kept.silences(supervised.robot.now())] == [
            'camera']
    in_memory(tmp_path, body)


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


@pytest.mark.parametrize(('request_', 'state', 'pending'), [
    (operations.StopNode, 'stopping', False), (operations.RestartNode, 'stopping', False),
    (operations.MuteNode, 'ready', True), (operations.PauseNode, 'ready', True),
    (operations.HoldNode, 'ready', False)])
def test_each_operation_is_the_core_s_to_decide(
    tmp_path: Path, request_: type[operations.NodeRequest], state: str, pending: bool,
) -> None:
    """What it leads to is answered, and what is still under way."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        found = supervised.ask(request_(name='detector'))
        view = supervised.robot.view_of('detector')
        assert found.changed
        assert (found.state == view.state, found.pending) == (
            True, supervised.transitions.pending('detector'))
        assert view.state in (state, 'paused')
        assert (view.muted, view.held) == (
            request_ is operations.MuteNode, request_ is operations.HoldNode)
    in_memory(tmp_path, body)


def test_what_an_operation_undoes_is_as_it_was(tmp_path: Path) -> None:
    """Mute and unmute, hold and release, stop and start."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for do, undo in ((operations.MuteNode, operations.UnmuteNode),
                         (operations.HoldNode, operations.ReleaseNode)):
            assert supervised.ask(do(name='detector')).changed
            assert supervised.ask(undo(name='detector')).changed
            assert not supervised.ask(undo(name='detector')).changed
        view = supervised.robot.view_of('detector')
        assert (view.muted, view.held) == (False, False)
    in_memory(tmp_path, body)


def test_an_operation_that_cannot_be_met_is_refused_with_the_reason(tmp_path: Path) -> None:
    """The core's own words."""
    async def body(supervised: Supervised) -> None:
        with pytest.raises(RequestRefused, match='camera: the system has not started yet'):
            supervised.ask(operations.StartNode(name='camera'))
        supervised.begin()
        supervised.ask(operations.StopNode(name='detector'))
        with pytest.raises(RequestRefused, match='detector is stopped: there is nothing to pause'):
            supervised.ask(operations.PauseNode(name='detector'))
    in_memory(tmp_path, body)


def test_who_shares_a_process_is_named(tmp_path: Path) -> None:
    """A stop of one is a stop of all of them."""
    plan = plan_of(tmp_path, camera=(), detector=())
    shared = replace(plan.processes[0], nodes=('camera', 'detector'))
    plan = replace(plan, processes=(shared,), nodes=(
        plan.nodes[0], replace(plan.nodes[1], process='camera')))

    async def body(supervised: Supervised) -> None:
        supervised.begin()
        supervised.start('camera')
        answer = supervised.ask(operations.StopNode(name='detector'))
        assert answer.note == 'composed with camera'
    in_memory(tmp_path, body, plan)


def test_ping_tells_what_runs_here(tmp_path: Path) -> None:
    """Clients find out whether it is the project that they mean."""
    async def body(supervised: Supervised) -> None:
        pong = supervised.ask(session.Ping())
        assert (pong.project, pong.directory) == ('robot', str(tmp_path))
    in_memory(tmp_path, body)


def test_status_shows_the_whole_robot(tmp_path: Path) -> None:
    """Nodes, alerts, logs, Nevil's own processes, how long it runs."""
    (tmp_path / 'camera.log').write_text('x')

    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        await asyncio.sleep(7.5)
        supervised.health.late('camera', 1, 'camera', 3.0, 'S')
        status = supervised.ask(GetStatus())
        assert (status.project, status.state, status.uptime_s, status.health_pid) == (
            'robot', 'degraded', 7.5, 100)
        assert [log.name for log in status.logs] == ['camera']
        assert [alert.node for alert in status.alerts] == ['camera']
        assert status.health.unhealthy == 1
        assert not status.logscope.running
    in_memory(tmp_path, body)


def test_alert_is_acknowledged_by_its_identifier_or_its_node(tmp_path: Path) -> None:
    """Whichever the operator has before them."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for node in ('camera', 'detector'):
            supervised.health.late(node, 1, node, 3.0, 'S')
        first = next(one for one in supervised.health.reports.alerts() if one.node == 'camera')
        assert supervised.ask(operations.Acknowledge(alert=first.id, reason='mine')).changed
        assert supervised.ask(operations.Acknowledge(alert='detector')).changed
        assert {one.node: one.acknowledged for one in supervised.health.reports.alerts()} == {
            'camera': 'mine', 'detector': 'seen'}
    in_memory(tmp_path, body)

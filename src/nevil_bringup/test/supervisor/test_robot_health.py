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

"""The evaluation and the alert book have their time, their listeners and their consequences."""

from __future__ import annotations

import asyncio
from dataclasses import replace
import logging
from pathlib import Path
from typing import Any

from edges import plan_of
from nevil_bringup.supervisor.kept import Kept
from nevil_health.alerts import Silence
from nevil_health.control.events import AlertRaised
from nevil_health.control.monitor import Alive
from nevil_health.control.monitor import HeartbeatReading
from nevil_health.control.monitor import PublishHealth
from nevil_health.core import ProcessExited
from nevil_health.signals import NodeSample
from nevil_health.signals.observations import CheckResult
from nevil_nodes.declarations.health_plan import HealthCheckPlan
import pytest
from supervised import in_memory
from supervised import Supervised
from virtual_time import turn


def _alerts(supervised: Supervised) -> list[tuple[str, str]]:
    return [(event.kind, event.alert.node) for event in supervised.told
            if isinstance(event, AlertRaised) and event.loud]


def _fall_silent(supervised: Supervised, node: str) -> None:
    supervised.health.late(node, 1, node, 3.0, 'S')


def test_health_is_published_soon_after_a_change_and_each_interval(tmp_path: Path) -> None:
    """Twenty changes at once are published once."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        sent = supervised.health_node
        await asyncio.sleep(0.5)
        assert 1 <= len(sent.of(PublishHealth)) <= 2
        sent.sent.clear()
        for _ in range(20):
            await asyncio.sleep(1.0)
            supervised.link.alive(supervised.client, Alive())
        assert 3 <= len(sent.of(PublishHealth)) <= 6
        sent.sent.clear()
        for node in ('camera', 'detector'):
            supervised.health.samples({node: NodeSample(generation=1, process_state='Z')}, None)
            _fall_silent(supervised, node)
        await asyncio.sleep(0.11)
        published, = sent.of(PublishHealth)
        assert {one.node: one.level for one in published.nodes} == {
            'camera': 'unhealthy', 'detector': 'unhealthy'}
    in_memory(tmp_path, body)


def test_nothing_is_published_without_a_health_node(tmp_path: Path) -> None:
    """The next one gets it within an interval."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        await asyncio.sleep(30.0)
        supervised.start('nevil_health')
        supervised.attach()
        supervised.health_node.sent.clear()
        await asyncio.sleep(5.1)
        assert supervised.health_node.of(PublishHealth)
    in_memory(tmp_path, body)


def test_silence_of_a_node_is_a_level_an_alert_and_a_failure(tmp_path: Path) -> None:
    """One road from the reading to the restart."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        _fall_silent(supervised, 'camera')
        assert supervised.state('camera') == 'unhealthy'
        assert supervised.health.evaluation.node('camera', 0.0).level == 'unhealthy'
        await asyncio.sleep(1.0)
        assert ('firing', 'camera') in _alerts(supervised)
        supervised.health.back('camera', 1)
        assert supervised.state('camera') == 'ready'
    in_memory(tmp_path, body)


def test_that_nobody_watches_is_a_signal_of_the_robot(tmp_path: Path) -> None:
    """Readiness is nobody's fault then, and status says so."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        assert supervised.health.evaluation.system(0.0).signals['monitor'].level == 'healthy'
        supervised.link.client_gone(supervised.client)
        assert supervised.health.evaluation.system(0.0).signals['monitor'].level != 'healthy'
    in_memory(tmp_path, body)


def test_a_silent_unit_of_several_nodes_is_silent_in_all_of_them(tmp_path: Path) -> None:
    """Where the reading names none, the process is meant."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.readings.heartbeat(supervised.client, HeartbeatReading(
            kind='late', unit='camera', generation=1, silent_for_s=3.0))
        level = supervised.health.evaluation.node('camera', 0.0).signals['heartbeat'].level
        assert level == 'unhealthy'
    in_memory(tmp_path, body)


@pytest.mark.parametrize(('on_failure', 'state'), [('restart', 'unhealthy'), ('alert', 'ready')])
def test_only_what_the_plan_wants_ends_a_process(
    tmp_path: Path, on_failure: Any, state: str,
) -> None:
    """The level is the same; whether the core hears of it is for the declarations to say."""
    plan = plan_of(tmp_path, camera=(), detector=('camera',))
    check = HealthCheckPlan(method='lens_is_clean', on_failure=on_failure)
    plan = replace(plan, nodes=(replace(plan.nodes[0], health_check=check), plan.nodes[1]))

    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for failures in (3, 4):
            supervised.health.samples({'camera': NodeSample(
                generation=1, process_state='S', beat_age_s=0.1,
                check=CheckResult(passed=False, failures=failures))}, None)
            await asyncio.sleep(1.0)
        found = supervised.health.evaluation.node('camera', supervised.robot.now())
        assert found.signals['health_check'].level == 'unhealthy'
        assert supervised.state('camera') == state
    in_memory(tmp_path, body, plan)


def test_who_waits_for_a_failed_node_is_told_with_it_as_the_root(tmp_path: Path) -> None:
    """Two failures of one cause are one."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.health.exited('camera', 1, 'exit 3', True)
        supervised.robot.feed(ProcessExited(
            at=supervised.robot.now(), unit='camera', generation=1, code=3))
        await asyncio.sleep(1.2)
        assert supervised.robot.view_of('detector').root == 'camera'
        report = {one.node: one for one in supervised.health.reports.nodes()}
        assert report['detector'].root == 'camera'
        assert report['camera'].root in ('', 'camera')
        assert {node for kind, node in _alerts(supervised) if kind == 'firing'} <= {'camera', ''}
    in_memory(tmp_path, body)


def test_silences_are_kept_and_taken_over(tmp_path: Path) -> None:
    """A supervisor that is started again goes on with them."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        assert supervised.health.silence('camera', 60.0, '')
        assert [(one.node, one.reason) for one in supervised.kept.silences(0.0)] == [
            ('camera', 'silenced')]
        again = Kept(tmp_path / 'desired.json')
        assert [one.node for one in again.silences(0.0)] == ['camera']
        assert supervised.health.silence('camera', 0.0, '')
        assert supervised.kept.silences(0.0) == []
        assert not supervised.health.silence('camera', 0.0, '')
    in_memory(tmp_path, body)


def test_what_was_kept_silences_from_the_start(tmp_path: Path) -> None:
    """Or an announced repair would wake somebody up."""
    async def body(supervised: Supervised) -> None:
        at = supervised.robot.now()
        supervised.kept.silence([Silence(node='camera', until=at + 600.0, reason='repair')], at)
        supervised.all_ready()
        _fall_silent(supervised, 'camera')
        await asyncio.sleep(1.0)
        alert = next(one for one in supervised.health.reports.alerts() if one.node == 'camera')
        assert alert.silenced == 'repair'
        assert ('firing', 'camera') not in _alerts(supervised)
    in_memory(tmp_path, body)


def test_an_alert_that_somebody_has_seen_is_marked(tmp_path: Path) -> None:
    """By its identifier, or all of a node's; twice is no change."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        _fall_silent(supervised, 'camera')
        assert supervised.health.acknowledge('camera', '')
        alert = next(one for one in supervised.health.reports.alerts() if one.node == 'camera')
        assert alert.acknowledged == 'seen'
        assert not supervised.health.acknowledge('moon', 'why')
    in_memory(tmp_path, body)


def test_alerts_are_in_the_log_with_their_severity(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """The end of one is no error."""
    caplog.set_level(logging.INFO)

    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        _fall_silent(supervised, 'camera')
        await asyncio.sleep(1.0)
        supervised.health.back('camera', 1)
        for _ in range(30):
            supervised.health.samples({'camera': NodeSample(
                generation=1, beat_age_s=0.1, lifecycle_state='active')}, None)
            await asyncio.sleep(5.0)
        said = [(record.getMessage().split(' ')[1], record.levelname)
                for record in caplog.records
                if record.getMessage().startswith('alert ') and 'camera' in record.getMessage()]
        assert said[0] == ('firing:', 'ERROR')
        assert said[-1] == ('resolved:', 'INFO')
    in_memory(tmp_path, body)


def test_a_given_up_node_is_told(tmp_path: Path) -> None:
    """It will not come back by itself."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        for _ in range(100):
            await asyncio.sleep(1.0)
            view = supervised.robot.view_of('camera')
            if view.state == 'failed':
                break
            if view.state in ('starting', 'ready'):
                if view.state == 'starting':
                    supervised.start('camera')
                supervised.robot.feed(ProcessExited(
                    at=supervised.robot.now(), unit='camera', generation=view.generation,
                    code=3))
        await turn()
        assert supervised.state('camera') == 'failed'
        assert any('given up' in one.text or 'failed' in one.text or one.severity == 'critical'
                   for one in supervised.health.reports.alerts() if one.node == 'camera')
    in_memory(tmp_path, body)


def test_nothing_happens_after_the_end(tmp_path: Path) -> None:
    """No timer outlives the run."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        await asyncio.sleep(1.0)
        await supervised.health.close()
        supervised.health_node.sent.clear()
        supervised.told.clear()
        await asyncio.sleep(5.5)
        assert supervised.health_node.of(PublishHealth) == []
        assert not any(isinstance(event, AlertRaised) for event in supervised.told)
    in_memory(tmp_path, body)

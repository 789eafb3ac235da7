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

"""The state of a system in a word, and what status tells of a node."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nevil_bringup.supervisor.status_answer import log_files
from nevil_bringup.supervisor.status_answer import node_status
from nevil_bringup.supervisor.status_answer import state_of
from nevil_health.control.reports import NodeReport
from nevil_health.core import UnitView
from nevil_health.signals import NodeSample
from nevil_nodes.declarations import NodePlan
import pytest
from supervised import in_memory
from supervised import Supervised


def _view(supervised: Supervised, **changes: object) -> UnitView:
    return replace(supervised.robot.view_of('camera'), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(('states', 'settled', 'expected'), [
    (('ready', 'completed', 'disabled', 'stopped'), 'ready', 'ready'),
    (('ready', 'ready'), 'degraded', 'ready'),
    (('ready', 'starting'), None, 'starting'),
    (('ready', 'waiting'), None, 'starting'),
    (('ready', 'waiting'), 'degraded', 'degraded'),
    (('ready', 'failed'), None, 'degraded'),
    (('starting', 'unhealthy'), None, 'degraded'),
    (('starting', 'backoff'), None, 'degraded'),
    (('paused', 'ready'), 'ready', 'degraded'),
    (('stopping', 'ready'), 'ready', 'degraded'),
    ((), None, 'ready'),
])
def test_state_of_a_system(
    tmp_path: Path, states: tuple[str, ...], settled: str | None, expected: str,
) -> None:
    """Scripts branch on it."""
    async def body(supervised: Supervised) -> None:
        views = {str(number): _view(supervised, state=state)
                 for number, state in enumerate(states)}
        assert state_of(views, shutting_down=False, settled=settled) == expected
        assert state_of(views, shutting_down=True, settled=settled) == 'stopping'
    in_memory(tmp_path, body)


def test_status_of_a_node_is_what_each_part_knows_of_it(tmp_path: Path) -> None:
    """State from the core, level from the evaluation, numbers from the newest sample."""
    async def body(supervised: Supervised) -> None:
        view = _view(supervised, state='paused', pid=7, generation=4, restarts=3, reason='waits',
                     paused_by=('arm',), root='arm', held=True, muted=True)
        node = NodePlan(name='camera', process='composed', criticality='critical')
        health = NodeReport(node='camera', level='degraded', cause='slow', uptime=12.5)
        found = node_status(node, view, health, NodeSample(
            generation=4, cpu_percent=1.5, memory_mb=20.0, beat_age_s=0.3))
        assert (found.name, found.process, found.state, found.pid, found.generation) == (
            'camera', 'composed', 'paused', 7, 4)
        assert (found.restarts, found.reason, found.paused_by, found.root) == (
            3, 'waits', ('arm',), 'arm')
        assert (found.held, found.muted, found.criticality) == (True, True, 'critical')
        assert (found.health, found.cause, found.uptime_s) == ('degraded', 'slow', 12.5)
        assert (found.cpu_percent, found.memory_mb, found.heartbeat_age_s) == (1.5, 20.0, 0.3)
        bare = node_status(node, replace(view, paused_by=()), health, None)
        assert (bare.cpu_percent, bare.memory_mb, bare.heartbeat_age_s, bare.paused_by) == (
            None, None, None, None)
    in_memory(tmp_path, body)


def test_newest_log_of_each_node_is_named(tmp_path: Path) -> None:
    """Neither older ones nor what else is there."""
    (tmp_path / 'camera.log').write_text('12345')
    (tmp_path / 'arm.log').touch()
    (tmp_path / 'camera.log.1').touch()
    (tmp_path / 'crash.log').mkdir()
    assert [(log.name, log.path, log.bytes) for log in log_files(tmp_path)] == [
        ('arm', str(tmp_path / 'arm.log'), 0), ('camera', str(tmp_path / 'camera.log'), 5)]
    assert log_files(tmp_path / 'none') == ()

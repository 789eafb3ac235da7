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

"""The health node is told all that runs and what it shall be, once for all changes of a turn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nevil_health.control.monitor import Expect
from nevil_health.control.monitor import PrometheusAddress
from nevil_health.core import HoldRequested
from nevil_health.core import MuteRequested
from nevil_health.core import PauseRequested
from nevil_health.core import ResumeUnit
from nevil_nodes.declarations.health_plan import AlertPlan
from nevil_nodes.declarations.plan import ComponentPlan
from nevil_nodes.declarations.plan import SecurityPlan
from supervised import in_memory
from supervised import Supervised
from virtual_time import turn


async def _expected(supervised: Supervised) -> Expect:
    supervised.health_node.sent.clear()
    supervised.robot.changed()
    await turn()
    expect, = supervised.health_node.of(Expect)
    assert isinstance(expect, Expect)
    return expect


def test_the_list_is_sent_once_a_turn(tmp_path: Path) -> None:
    """However much has changed in it."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        assert supervised.health_node.of(Expect) == []
        await turn()
        expect, = supervised.health_node.of(Expect)
        assert [(one.unit, one.pid, one.generation, one.ready) for one in expect.units] == [
            ('camera', 101, 1, True), ('detector', 102, 1, True)]
        assert (expect.project, expect.logs) == ('robot', str(tmp_path))
    in_memory(tmp_path, body)


def test_nothing_is_sent_to_nobody(tmp_path: Path) -> None:
    """The next health node gets the whole list when it attaches."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        supervised.start('nevil_health')
        supervised.start('camera')
        await turn()
        assert supervised.health_node.sent == []
        supervised.attach()
        await turn()
        assert [one.unit for one in supervised.health_node.of(Expect)[0].units] == ['camera']
    in_memory(tmp_path, body)


def test_what_does_not_run_is_not_expected(tmp_path: Path) -> None:
    """And what has not been found ready yet is not missed as if it had been."""
    async def body(supervised: Supervised) -> None:
        supervised.begin()
        supervised.start('nevil_health')
        supervised.attach()
        supervised.start('camera')
        only, = (await _expected(supervised)).units
        assert (only.unit, only.ready, only.paused, only.held) == ('camera', False, False, False)
    in_memory(tmp_path, body)


def test_what_the_operator_wants_is_expected(tmp_path: Path) -> None:
    """Muted and held units are watched in another way."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        at = supervised.robot.now()
        supervised.robot.feed(MuteRequested(at=at, unit='camera'))
        supervised.robot.feed(HoldRequested(at=at, unit='detector'))
        camera, detector = (await _expected(supervised)).units
        assert (camera.muted, camera.muted_nodes, camera.held) == (True, ('camera',), False)
        assert (detector.muted, detector.muted_nodes, detector.held) == (False, (), True)
    in_memory(tmp_path, body)


def test_a_paused_unit_is_inactive_until_it_is_on_its_way_back(tmp_path: Path) -> None:
    """Or the health node would pause again what just resumes."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        supervised.robot.feed(PauseRequested(at=supervised.robot.now(), unit='detector'))
        unit = (await _expected(supervised)).units[1]
        assert (unit.paused, unit.ready) == (supervised.state('detector') == 'paused', True)
        supervised.transitions.resume(ResumeUnit(
            unit='detector', generation=1, number=2, restored=()))
        assert not (await _expected(supervised)).units[1].paused
    in_memory(tmp_path, body)


def test_what_the_plan_says_of_a_node_is_expected_of_it(tmp_path: Path) -> None:
    """Names, namespace, components, how long it may be silent."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        plan = supervised.robot.plan
        part = ComponentPlan(package='p', plugin='p::C')
        camera = replace(plan.nodes[0], ros_name='/front/camera', kind='executable',
                         heartbeat_timeout_s=7.0, components=(part,))
        process = replace(plan.processes[0], argv=('camera', '--ros-args', '-r', '__ns:=/front/'))
        supervised.robot.plan = replace(
            plan, nodes=(camera, plan.nodes[1]), processes=(process, plan.processes[1]),
            foreign=True, security=SecurityPlan(ros_commands=True),
            alerts=AlertPlan(prometheus_port=9100, prometheus_address='127.0.0.1'))
        expect = await _expected(supervised)
        first, second = expect.units
        assert (first.kind, first.namespace, first.addresses, first.components) == (
            'executable', '/front', {'camera': '/front/camera'}, (part,))
        assert first.heartbeat_timeouts == {'camera': 7.0}
        assert (second.namespace, second.addresses) == ('', {})
        assert not first.managed and expect.ros_commands
        assert expect.prometheus == PrometheusAddress(address='127.0.0.1', port=9100)
    in_memory(tmp_path, body)


def test_a_muted_node_among_others_is_muted_alone(tmp_path: Path) -> None:
    """Its process runs for the others."""
    async def body(supervised: Supervised) -> None:
        supervised.all_ready()
        plan = supervised.robot.plan
        detector = replace(plan.nodes[1], status='muted')
        both = replace(plan.processes[0], nodes=('camera', 'detector'))
        supervised.robot.plan = replace(
            plan, nodes=(plan.nodes[0], detector), processes=(both,))
        unit, = (await _expected(supervised)).units
        assert (unit.nodes, unit.muted, unit.muted_nodes) == (
            ('camera', 'detector'), False, ('detector',))
    in_memory(tmp_path, body)

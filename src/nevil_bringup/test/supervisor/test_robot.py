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

"""Facts reach the core that they concern, hearers before it and the change after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edges import plan_of
from nevil_bringup.supervisor.robot import Robot
from nevil_health.core import AnnounceState
from nevil_health.core import Command
from nevil_health.core import CoreError
from nevil_health.core import EndSystem
from nevil_health.core import MonitorLost
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import RestartRule
from nevil_health.core import SendSignal
from nevil_health.core import StartProcess
from nevil_health.core import StartRequested
from nevil_health.core import UnitEvent
from nevil_health.core import UnitRefused
from nevil_health.core import UnitSpec
from nevil_nodes.declarations import NodePlan
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations.plan import RestartPlan
import pytest
from virtual_time import run


class _Bench:

    def __init__(self, plan: Plan) -> None:
        self.commands: list[Command] = []
        self.robot = Robot(plan, self.commands.append, asyncio.get_running_loop().time,
                           lambda: 0.5)

    def up(self, *units: str) -> None:
        for unit in units:
            self.started(unit)
            self.robot.feed(ReadyConfirmed(at=self.robot.now(), unit=unit, generation=1))

    def started(self, unit: str) -> None:
        self.robot.feed(ProcessStarted(at=self.robot.now(), unit=unit, generation=1, pid=1))

    def exited(self, unit: str, code: int = 0, generation: int = 1) -> None:
        self.robot.feed(ProcessExited(
            at=self.robot.now(), unit=unit, generation=generation, code=code))

    def units_of(self, kind: type[Command]) -> list[str]:
        return [command.unit for command in self.commands if isinstance(command, kind)
                and isinstance(command, (StartProcess, SendSignal))]


def _test(folder: Path, body: Callable[[_Bench], None], **nodes: tuple[str, ...]) -> None:
    async def main() -> None:
        body(_Bench(plan_of(folder, **(nodes or {'camera': (), 'detector': ('camera',)}))))
    run(main())


def test_the_health_node_is_started_first(tmp_path: Path) -> None:
    """It says who is ready; then come the units that require nothing."""
    def body(bench: _Bench) -> None:
        bench.robot.begin()
        assert bench.units_of(StartProcess) == ['nevil_health', 'camera']
        bench.up('camera')
        assert bench.units_of(StartProcess) == ['nevil_health', 'camera', 'detector']
    _test(tmp_path, body)


def test_what_an_operator_stopped_or_holds_is_remembered(tmp_path: Path) -> None:
    """Their word outlives a supervisor, where the policy is that it does."""
    async def main() -> None:
        plan = plan_of(tmp_path, camera=(), arm=(), lidar=())
        camera = replace(plan.nodes[0], restart=RestartPlan(policy='unless_stopped'))
        bench = _Bench(replace(plan, nodes=(camera, *plan.nodes[1:])))
        bench.robot.begin(stopped={'camera', 'arm'}, held={'lidar'})
        assert bench.robot.view_of('camera').state == 'stopped'
        assert bench.robot.view_of('lidar').held
        assert bench.units_of(StartProcess) == ['nevil_health', 'arm', 'lidar']
    run(main())


def test_who_hears_a_fact_hears_it_before_the_core(tmp_path: Path) -> None:
    """The unit is as it was when it happened; afterwards it is told that something changed."""
    seen: list[tuple[str, str]] = []

    def body(bench: _Bench) -> None:
        robot = bench.robot

        def hear(event: UnitEvent) -> None:
            seen.append((event.unit, robot.view_of(event.unit).state))
        robot.begin()
        bench.up('camera')
        robot.hearers.append(hear)
        robot.changed = lambda: seen.append(('changed', robot.view_of('camera').state))
        bench.exited('camera', 1)
        assert seen == [('camera', 'ready'), ('changed', 'backoff')]
    _test(tmp_path, body)


def test_a_fact_of_no_unit_is_heard_by_the_core_alone(tmp_path: Path) -> None:
    """A missing monitor concerns all of them."""
    heard: list[UnitEvent] = []

    def body(bench: _Bench) -> None:
        bench.robot.hearers.append(heard.append)
        bench.robot.begin()
        bench.robot.feed(MonitorLost(at=bench.robot.now()))
        assert heard == []
    _test(tmp_path, body)


def test_the_health_node_is_another_core_s(tmp_path: Path) -> None:
    """Its failures give nobody up, and it is no node of the robot."""
    def body(bench: _Bench) -> None:
        robot = bench.robot
        robot.begin()
        bench.up('nevil_health')
        assert robot.view_of('nevil_health').state == 'ready'
        bench.exited('nevil_health', 1)
        assert robot.view_of('nevil_health').state == 'backoff'
        assert robot.view_of('camera').state == 'starting'
        assert set(robot.views(robot.now())) == {'camera', 'detector'}
    _test(tmp_path, body)


def test_late_news_is_dropped_and_counted(tmp_path: Path) -> None:
    """It is of a process that is gone."""
    def body(bench: _Bench) -> None:
        bench.robot.begin()
        bench.up('camera')
        bench.exited('camera', 1, generation=0)
        assert bench.robot.dropped == 1
        assert bench.robot.view_of('camera').state == 'ready'
    _test(tmp_path, body)


def test_a_request_that_cannot_be_met_is_refused(tmp_path: Path) -> None:
    """Who asks for it hears why."""
    def body(bench: _Bench) -> None:
        bench.robot.begin()
        with pytest.raises(UnitRefused):
            bench.robot.feed(StartRequested(at=bench.robot.now(), unit='moon'))
    _test(tmp_path, body)


def test_settling_is_news_once(tmp_path: Path) -> None:
    """When every node is ready, and again when that ends."""
    def body(bench: _Bench) -> None:
        robot = bench.robot
        robot.begin()
        bench.up('camera')
        assert not robot.settle() and robot.settled is None
        bench.up('detector')
        assert robot.settle() and robot.settled == 'ready'
        assert not robot.settle()
    _test(tmp_path, body)


def test_further_unit_begins_as_the_others_did(tmp_path: Path) -> None:
    """At once where its dependencies are ready, and not where an operator had stopped it."""
    def body(bench: _Bench) -> None:
        robot = bench.robot
        with pytest.raises(CoreError):
            robot.add(UnitSpec(name='early'), stopped=(), held=())
        robot.begin()
        robot.add(UnitSpec(name='lidar'), stopped=(), held=())
        robot.add(UnitSpec(name='radar', restart=RestartRule(policy='unless_stopped')),
                  stopped={'radar'}, held=())
        assert 'lidar' in bench.units_of(StartProcess)
        assert robot.view_of('radar').state == 'stopped'
    _test(tmp_path, body)


def test_the_end_is_known_from_the_moment_it_is_asked_for(tmp_path: Path) -> None:
    """Of the units first, of the health node when somebody asks for it."""
    def body(bench: _Bench) -> None:
        robot = bench.robot
        assert not robot.running and not robot.shutting_down
        robot.begin()
        bench.up('nevil_health', 'camera')
        assert robot.running and not robot.shutting_down
        robot.shut_down()
        assert robot.shutting_down and not robot.running and not robot.own_ends
        assert bench.units_of(SendSignal) == ['camera']
        robot.end_own()
        assert robot.own_ends
        assert bench.units_of(SendSignal) == ['camera', 'nevil_health']
    _test(tmp_path, body, camera=())


def test_units_are_processes_and_members_their_nodes(tmp_path: Path) -> None:
    """Nodes of one process share a unit; one that is disabled has its own."""
    async def main() -> None:
        plan = plan_of(tmp_path, camera=(), detector=())
        shared = replace(plan.processes[0], name='composed', nodes=('camera', 'detector'))
        plan = replace(plan, processes=(shared,), nodes=(
            *(replace(node, process='composed') for node in plan.nodes),
            NodePlan(name='arm', process='arm', status='disabled')))
        robot = _Bench(plan).robot
        assert robot.unit_of == {'camera': 'composed', 'detector': 'composed', 'arm': 'arm'}
        assert robot.members('composed') == ('camera', 'detector')
        assert robot.members('moon') == ()
    run(main())


def test_every_change_of_state_is_announced(tmp_path: Path) -> None:
    """Of both cores, to the same ear; so is the end."""
    def body(bench: _Bench) -> None:
        bench.robot.begin()
        bench.robot.shut_down()
        bench.exited('camera')
        assert {command.unit for command in bench.commands
                if isinstance(command, AnnounceState)} == {'nevil_health', 'camera', 'detector'}
    _test(tmp_path, body)


def test_both_cores_tell_their_end(tmp_path: Path) -> None:
    """That of the units with the status of the run."""
    def body(bench: _Bench) -> None:
        bench.robot.shut_down()
        bench.robot.end_own()
        assert [command.status for command in bench.commands
                if isinstance(command, EndSystem)] == [0, 0]
    _test(tmp_path, body)

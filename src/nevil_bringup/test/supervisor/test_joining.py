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

"""Nodes that join a running system begin as the others did, or are refused as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from typing import cast

from edges import FakeCapture
from edges import plan_of
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.joining import Joining
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.control.monitor import Expect
from nevil_health.control.operations import Register
from nevil_health.core import EndSystem
from nevil_health.core import StartProcess
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations import to_json
import pytest
from supervised import in_memory
from supervised import Supervised
from virtual_time import turn


class _Bench:

    def __init__(self, supervised: Supervised, folder: Path) -> None:
        self.supervised, self.folder = supervised, folder
        self.capture = FakeCapture()
        self.orders = OrderBook(
            supervised.robot.plan, environ={}, run_id='r', plans=folder,
            socket=folder / 's', stack_file=lambda unit, generation: folder)
        self.joining = Joining(supervised.robot, self.orders, self.capture.capture,
                               supervised.health, supervised.kept)

    def join(self, plan: Plan) -> None:
        self.joining.answer(cast(Client, object()), Register(plan=to_json(plan)))

    def plan(self, **nodes: tuple[str, ...]) -> Plan:
        return plan_of(self.folder, **nodes)

    @property
    def started(self) -> list[str]:
        return [command.unit for command in self.supervised.commands
                if isinstance(command, StartProcess)]


def _test(folder: Path, body: Callable[[_Bench], None], *, up: bool = True) -> None:
    async def main(supervised: Supervised) -> None:
        if up:
            supervised.all_ready()
        body(_Bench(supervised, folder))
        await turn()
    in_memory(folder, main)


def test_a_node_joins_and_is_started(tmp_path: Path) -> None:
    """It is known everywhere: to the core, the evaluation, the status, the orders."""
    def body(bench: _Bench) -> None:
        bench.join(bench.plan(arm=('camera',)))
        assert bench.started[-1] == 'arm'
        assert bench.supervised.robot.unit_of['arm'] == 'arm'
        assert [node.node for node in bench.supervised.health.reports.nodes()] == [
            'camera', 'detector', 'arm']
        assert [node.name for node in bench.supervised.robot.plan.nodes][-1] == 'arm'
        assert bench.orders.order('arm', 1, muted=False).unit == 'arm'
    _test(tmp_path, body)


def test_nodes_may_require_others_that_join_with_them(tmp_path: Path) -> None:
    """In the order in which they are given."""
    def body(bench: _Bench) -> None:
        bench.join(bench.plan(arm=(), hand=('arm',)))
        assert bench.started[-1] == 'arm'
        assert bench.supervised.state('hand') == 'waiting'
    _test(tmp_path, body)


def test_a_component_joins_a_process_that_runs(tmp_path: Path) -> None:
    """Nothing is started: capture, orders and the health node hear who is in it now."""
    async def main(supervised: Supervised) -> None:
        supervised.all_ready()
        await turn()
        bench = _Bench(supervised, tmp_path)
        plan = bench.plan(lens=())
        lens = replace(plan.nodes[0], process='camera')
        before = bench.started
        supervised.health_node.sent.clear()
        bench.join(replace(plan, nodes=(lens,), processes=()))
        assert bench.started == before
        assert supervised.robot.members('camera') == ('camera', 'lens')
        assert bench.capture.told == [('camera', ('camera', 'lens'))]
        await turn()
        expect, = supervised.health_node.of(Expect)
        assert expect.units[0].nodes == ('camera', 'lens')
    in_memory(tmp_path, main)


def test_what_an_operator_has_stopped_does_not_start_when_it_joins(tmp_path: Path) -> None:
    """Their word was kept."""
    def body(bench: _Bench) -> None:
        bench.supervised.kept.hold('arm', True)
        bench.join(bench.plan(arm=()))
        assert bench.supervised.robot.view_of('arm').held
    _test(tmp_path, body)


@pytest.mark.parametrize(('nodes', 'changes', 'why'), [
    ({'camera': ()}, {}, "there is a node 'camera' already"),
    ({'arm': ('leg',)}, {}, "arm: there is no node 'leg'"),
    ({'arm': ()}, {'conflicts': ('leg',)}, "arm: there is no node 'leg'"),
    ({'arm': ()}, {'process': 'leg'}, "arm: there is no process 'leg'"),
], ids=['twice', 'requires', 'conflicts', 'process'])
def test_what_does_not_fit_is_refused_and_changes_nothing(
    tmp_path: Path, nodes: dict[str, Any], changes: dict[str, Any], why: str,
) -> None:
    """Half a launch file in a robot is worse than none."""
    def body(bench: _Bench) -> None:
        plan = bench.plan(hand=(), **nodes)
        last = replace(plan.nodes[-1], **changes)
        before = bench.supervised.robot.plan, bench.started
        with pytest.raises(RequestRefused, match=why):
            bench.join(replace(plan, nodes=(*plan.nodes[:-1], last)))
        assert (bench.supervised.robot.plan, bench.started) == before
        assert 'hand' not in bench.supervised.robot.unit_of
    _test(tmp_path, body)


def test_nobody_joins_what_has_not_begun_or_is_ending(tmp_path: Path) -> None:
    """Before and after there is nothing to join."""
    def body(bench: _Bench) -> None:
        with pytest.raises(RequestRefused, match='has not begun yet'):
            bench.join(bench.plan(arm=()))
        bench.supervised.begin()
        bench.supervised.robot.shut_down()
        with pytest.raises(RequestRefused, match='is stopping'):
            bench.join(bench.plan(arm=()))
    _test(tmp_path, body, up=False)


def test_what_is_no_plan_is_refused(tmp_path: Path) -> None:
    """The server answers with the reason."""
    def body(bench: _Bench) -> None:
        with pytest.raises(ValueError):
            bench.joining.answer(cast(Client, object()), Register(plan='{}'))
    _test(tmp_path, body)


def test_the_health_node_of_a_launch_file_starts_after_its_processes(tmp_path: Path) -> None:
    """It needs a second of CPU; a process that keeps on coming does not hold it up for ever."""
    async def main(supervised: Supervised) -> None:
        supervised.begin()
        bench = _Bench(supervised, tmp_path)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(7):
            bench.join(bench.plan(**{f'arm{number}': ()}))
            assert HEALTH_UNIT not in bench.started
            await asyncio.sleep(0.4)
        bench.join(bench.plan(leg=()))
        while HEALTH_UNIT not in bench.started:
            await asyncio.sleep(0.1)
        assert loop.time() - began == pytest.approx(3.0, abs=0.11)
        await asyncio.sleep(5.0)
        assert bench.started.count(HEALTH_UNIT) == 1
    in_memory(tmp_path, main, replace(plan_of(tmp_path), foreign=True))


def test_a_launch_that_ends_early_needs_no_health_node(tmp_path: Path) -> None:
    """Everything has ended when its processes have."""
    async def main(supervised: Supervised) -> None:
        supervised.begin()
        bench = _Bench(supervised, tmp_path)
        bench.join(bench.plan(arm=()))
        supervised.robot.shut_down()
        supervised.robot.end_own()
        await asyncio.sleep(5.0)
        assert HEALTH_UNIT not in bench.started
        assert [type(command) for command in supervised.commands].count(EndSystem) == 1
    in_memory(tmp_path, main, replace(plan_of(tmp_path), foreign=True))

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

"""A running robot goes on with other declarations, or as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import time
from typing import Any
from typing import cast

from edges import FakeCapture
from edges import plan_of
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.taking_over import TakingOver
from nevil_health.control.operations import TakenOver
from nevil_health.control.operations import TakeOver
from nevil_health.core import Command
from nevil_health.core import ProcessExited
from nevil_health.core import SendSignal
from nevil_health.core import StartProcess
from nevil_health.core import UnitsEnded
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
        self.environ: dict[str, str] = {}
        self.orders = OrderBook(
            supervised.robot.plan, environ={}, run_id='r', plans=folder,
            socket=folder / 's', stack_file=lambda unit, generation: folder)
        processes = Processes(self.orders, self.capture.capture, run_id='r', environ={},
                              preload=self.orders.preload, feed=supervised.robot.feed)
        processes.running = supervised.running
        self.taking_over = TakingOver(
            supervised.robot, self.orders, processes, self.capture.capture, supervised.health,
            supervised.kept, lambda plan: self.environ)
        supervised.on_command = self._carry_out

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, UnitsEnded):
            self.taking_over.ended(command)

    def take(self, plan: Plan, **more: Any) -> TakenOver:
        return self.taking_over.answer(
            cast(Client, object()), TakeOver(plan=to_json(plan), **more))

    def plan(self, **nodes: tuple[str, ...]) -> Plan:
        return plan_of(self.folder, **nodes)

    def end(self, unit: str, code: int = 0) -> None:
        robot, running = self.supervised.robot, self.supervised.running.pop(unit)
        robot.feed(ProcessExited(
            at=robot.now(), unit=unit, generation=running.generation, code=code))

    def of(self, kind: type[Any]) -> list[str]:
        return [one.unit for one in self.supervised.commands if isinstance(one, kind)]


def _test(folder: Path, body: Callable[[_Bench], None], *, up: bool = True) -> None:
    async def main(supervised: Supervised) -> None:
        if up:
            supervised.all_ready()
            supervised.commands.clear()
        body(_Bench(supervised, folder))
        await turn()
    in_memory(folder, main)


def test_a_new_node_is_known_everywhere_and_started(tmp_path: Path) -> None:
    """At once: nothing has to end for it."""
    def body(bench: _Bench) -> None:
        taken = bench.take(bench.plan(camera=(), detector=('camera',), arm=('detector',)))
        assert taken == TakenOver(added=('arm',))
        robot = bench.supervised.robot
        assert (bench.of(StartProcess), bench.of(SendSignal)) == (['arm'], [])
        assert robot.unit_of == {'camera': 'camera', 'detector': 'detector', 'arm': 'arm'}
        assert 'arm' in {one.node for one in bench.supervised.health.reports.nodes()}
        assert bench.orders.order('arm', 1, muted=False).unit == 'arm'
        assert bench.supervised.state('camera') == 'ready'
    _test(tmp_path, body)


def test_a_node_that_is_gone_ends_and_is_forgotten(tmp_path: Path) -> None:
    """By the status, by the evaluation, and on disk."""
    def body(bench: _Bench) -> None:
        bench.supervised.kept.hold('detector', True)
        assert bench.take(bench.plan(camera=())) == TakenOver(removed=('detector',))
        assert bench.of(SendSignal) == ['detector']
        assert 'detector' in bench.supervised.robot.unit_of  # it is shown until it has ended
        bench.end('detector')
        assert bench.supervised.robot.unit_of == {'camera': 'camera'}
        assert [one.node for one in bench.supervised.health.reports.nodes()] == ['camera']
        assert not bench.supervised.kept.held
    _test(tmp_path, body)


def test_a_changed_node_starts_again_with_its_new_plan(tmp_path: Path) -> None:
    """The others keep their process, the one that requires it too."""
    def body(bench: _Bench) -> None:
        plan = bench.plan(camera=(), detector=('camera',))
        plan = replace(plan, processes=(
            replace(plan.processes[0], argv=('false',)), plan.processes[1]))
        assert bench.take(plan).changed == {'camera': 'its process'}
        bench.end('camera')
        assert bench.of(StartProcess) == ['camera']
        assert bench.orders.order('camera', 2, muted=False).argv == ('false',)
        assert bench.supervised.robot.view_of('detector').generation == 1
    _test(tmp_path, body)


def test_code_is_newer_than_the_process_or_not(tmp_path: Path) -> None:
    """By the clock of the files."""
    def body(bench: _Bench) -> None:
        plan = bench.supervised.robot.plan
        now = time.time()
        assert bench.take(plan, edited={'camera': now - 900.0}) == TakenOver()
        assert bench.take(plan, edited={'camera': now + 900.0, 'x': now + 900.0}) == TakenOver(
            changed={'camera': 'its code'})
    _test(tmp_path, body)


@pytest.mark.parametrize(('code', 'state'), [(1, 'backoff'), (78, 'failed'), (0, 'completed')])
def test_code_that_is_mended_starts_what_had_ended(
    tmp_path: Path, code: int, state: str,
) -> None:
    """At once, without waiting for the next restart by policy; not what had been so before."""
    def body(bench: _Bench) -> None:
        bench.end('detector', code)
        plan = bench.supervised.robot.plan
        assert bench.supervised.state('detector') == state
        assert bench.take(plan, edited={'detector': time.time() - 900.0}) == TakenOver()
        bench.take(plan, edited={'detector': time.time() + 900.0})
        assert bench.of(StartProcess) == ['detector']
    _test(tmp_path, body)


def test_a_preview_changes_nothing(tmp_path: Path) -> None:
    """It says what would be."""
    def body(bench: _Bench) -> None:
        before = bench.supervised.robot.plan
        assert bench.take(bench.plan(arm=()), preview=True) == TakenOver(
            added=('arm',), removed=('camera', 'detector'))
        assert (bench.supervised.robot.plan, bench.supervised.commands) == (before, [])
    _test(tmp_path, body)


def test_settings_of_the_system_are_taken_over(tmp_path: Path) -> None:
    """But those that were read when it started, which are named."""
    def body(bench: _Bench) -> None:
        plan = bench.supervised.robot.plan
        new = replace(plan, health_check_interval_s=0.5, logs=replace(plan.logs, keep_files=9))
        assert bench.take(new) == TakenOver(later=('the log settings',))
        assert bench.supervised.robot.plan == replace(plan, health_check_interval_s=0.5)
    _test(tmp_path, body)


def test_newer_messages_are_not_those_of_the_spawner(tmp_path: Path) -> None:
    """A fork of it would have the old ones: what needs them is executed."""
    def body(bench: _Bench) -> None:
        plan = bench.plan(camera=(), detector=('camera',))
        plan = replace(plan, processes=tuple(
            replace(one, fork=True) for one in plan.processes))
        bench.environ = {'AMENT_PREFIX_PATH': '/newer'}
        bench.take(plan)
        for unit in ('detector', 'camera'):
            bench.end(unit)
        assert bench.orders.environ['AMENT_PREFIX_PATH'] == '/newer'
        assert bench.orders.order('camera', 2, muted=False).fork  # it has no messages
        assert bench.orders.order('nevil_health', 2, muted=False).env[
            'AMENT_PREFIX_PATH'] == '/newer'
    _test(tmp_path, body)


@pytest.mark.parametrize(('changes', 'why'), [
    ({'project': 'other'}, 'the project is another one'),
    ({'directory': '/other'}, 'the directory is another one'),
    ({'processes': ()}, ''),
])
def test_what_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    """The robot goes on as it was."""
    def body(bench: _Bench) -> None:
        before = bench.supervised.robot.plan
        if why:
            with pytest.raises(RequestRefused, match=why):
                bench.take(replace(before, **changes))
            assert bench.supervised.robot.plan == before
    _test(tmp_path, body)


def test_units_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    """Before anything has ended for them."""
    def body(bench: _Bench) -> None:
        with pytest.raises(RequestRefused, match='require each other'):
            bench.take(bench.plan(camera=('detector',), detector=('camera',)))
        assert bench.of(SendSignal) == []
    _test(tmp_path, body)


def test_one_change_after_the_other(tmp_path: Path) -> None:
    """A second one waits, and says so; not after the first is done."""
    def body(bench: _Bench) -> None:
        bench.take(bench.plan(camera=()))
        with pytest.raises(RequestRefused, match='is being taken over'):
            bench.take(bench.plan(camera=()))
        bench.end('detector')
        assert bench.take(bench.plan(camera=(), arm=())).added == ('arm',)
    _test(tmp_path, body)


def test_not_before_the_start_and_not_at_the_end(tmp_path: Path) -> None:
    """Of two starts at once the second one finds what the first one has read."""
    def body(bench: _Bench) -> None:
        before = bench.supervised.robot.plan
        assert bench.take(bench.plan(arm=())) == TakenOver()
        assert bench.supervised.robot.plan == before
        bench.supervised.begin()
        bench.supervised.robot.shut_down()
        with pytest.raises(RequestRefused, match='is stopping'):
            bench.take(bench.plan(arm=()))
    _test(tmp_path, body, up=False)


def test_an_end_of_the_system_is_not_delayed(tmp_path: Path) -> None:
    """What was to come does not."""
    def body(bench: _Bench) -> None:
        bench.take(bench.plan(camera=(), arm=()))
        bench.supervised.robot.shut_down()
        bench.end('detector')
        assert 'arm' not in bench.supervised.robot.unit_of
    _test(tmp_path, body)


@pytest.mark.parametrize('mark', ['foreign', 'launched'])
def test_what_launch_has_resolved_is_launchs(tmp_path: Path, mark: str) -> None:
    """The files say something else of it, always."""
    def body(bench: _Bench) -> None:
        robot = bench.supervised.robot
        robot.plan = replace(robot.plan, **{mark: True})  # type: ignore[arg-type]
        taken = bench.take(bench.plan(arm=()))
        assert taken.note.startswith('launch has brought it up')
        assert not taken.added
    _test(tmp_path, body)

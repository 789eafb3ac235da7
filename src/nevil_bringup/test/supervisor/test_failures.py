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

"""What is done about a failed process: its record, its level, and the memory is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from pathlib import Path
import signal
from typing import Any
from typing import cast

from edges import plan_of
from nevil_bringup.supervisor.crash import CrashRecords
from nevil_bringup.supervisor.failures import Failures
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.processes import Running
from nevil_bringup.supervisor.robot import Robot
from nevil_health.core import CollectEvidence
from nevil_health.core import Command
from nevil_health.core import EvidenceCollected
from nevil_health.core import HoldRequested
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import SendSignal
from nevil_health.core import SignalFailed
from nevil_health.core import StopRequested
from nevil_health.core import UnitEvent
import pytest
from virtual_time import run


class _Edges:
    """Processes and crash records that keep what they are told."""

    def __init__(self, folder: Path) -> None:
        self.running = {'camera': Running(pid=101, generation=1, started_at=0.0)}
        self.signals: list[SendSignal] = []
        self.collected: list[tuple[str, int, int]] = []
        self.records: list[tuple[str, tuple[str, ...], str]] = []
        self.exits: list[tuple[str, int, str, bool]] = []
        self.facts: list[UnitEvent] = []
        self.process_state = 'S'
        self.robot = Robot(plan_of(folder, camera=()), _ignore,
                           asyncio.get_running_loop().time, lambda: 0.5)
        self.failures = Failures(
            self.robot, cast(CrashRecords, self), cast(Processes, self),
            lambda *exit_: self.exits.append(exit_), lambda pid: self.process_state)
        self.robot.begin()
        for unit in ('nevil_health', 'camera'):
            self.robot.feed(ProcessStarted(at=self.robot.now(), unit=unit, generation=1, pid=101))
            self.robot.feed(ReadyConfirmed(at=self.robot.now(), unit=unit, generation=1))
        self.robot.hearers += [self.failures.hear, self.facts.append]

    def signal(self, command: SendSignal) -> None:
        self.signals.append(command)

    async def collect(self, unit: str, generation: int, pid: int) -> None:
        self.collected.append((unit, generation, pid))

    def ended(self, unit: str, generation: int, nodes: tuple[str, ...], cause: str) -> None:
        self.records.append((unit, nodes, cause))

    async def close(self) -> None:
        pass

    def exited(self, unit: str = 'camera', **how: Any) -> None:
        """Let a process end."""
        self.robot.feed(ProcessExited(
            at=self.robot.now(), unit=unit, generation=1, **(how or {'code': 3})))

    def hang(self) -> None:
        """Let the camera hang; the core orders evidence."""
        self.robot.feed(SignalFailed(
            at=self.robot.now(), unit='camera', generation=1, signal='heartbeat',
            cause='no heartbeat for 3.0 s', hung=True))


def _ignore(_command: Command) -> None:
    pass


def _test(folder: Path, body: Callable[[_Edges], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        edges = _Edges(folder)
        await body(edges)
        await edges.failures.close()
    run(main())


def test_a_crash_is_recorded_and_evaluated(tmp_path: Path) -> None:
    """With the cause in words, before the core restarts it."""
    async def body(edges: _Edges) -> None:
        edges.exited(signal=11)
        (unit, nodes, cause), = edges.records
        assert (unit, nodes) == ('camera', ('camera',)) and 'SIGSEGV' in cause
        assert edges.exits == [('camera', 1, cause, True)]
    _test(tmp_path, body)


def test_an_end_that_somebody_asked_for_leaves_no_record(tmp_path: Path) -> None:
    """However it ended: SIGTERM shows in the exit code."""
    async def body(edges: _Edges) -> None:
        edges.robot.feed(StopRequested(at=edges.robot.now(), unit='camera'))
        edges.exited(signal=15)
        assert edges.records == [('camera', ('camera',), '')]
        assert edges.exits == []
    _test(tmp_path, body)


def test_an_end_by_itself_is_no_failure(tmp_path: Path) -> None:
    """Exit code 0: evaluated, not recorded."""
    async def body(edges: _Edges) -> None:
        edges.exited(code=0)
        assert edges.records == [('camera', ('camera',), '')]
        assert [failed for *_, failed in edges.exits] == [False]
    _test(tmp_path, body)


def test_the_end_of_a_hung_process_says_why_it_was_ended(tmp_path: Path) -> None:
    """Killed by SIGKILL alone would hide the hang; the silence was evaluated before."""
    async def body(edges: _Edges) -> None:
        edges.hang()
        edges.exited(signal=9)
        _, _, cause = edges.records[0]
        assert 'no heartbeat for 3.0 s' in cause and 'SIGKILL' in cause
        assert edges.exits == []
    _test(tmp_path, body)


def test_a_start_that_came_to_nothing_is_a_failure(tmp_path: Path) -> None:
    """There is a record of it too."""
    async def body(edges: _Edges) -> None:
        edges.exited(code=3)
        await asyncio.sleep(10.0)
        assert edges.robot.view_of('camera').state == 'starting'
        edges.robot.feed(ProcessFailed(
            at=edges.robot.now(), unit='camera', generation=2, reason='no such file'))
        assert edges.records[-1][2] == 'could not be started: no such file'
        assert edges.exits[-1][1:] == (2, 'could not be started: no such file', True)
    _test(tmp_path, body)


def test_who_holds_a_unit_knows_of_its_end(tmp_path: Path) -> None:
    """Recovery is suspended: it is recorded, and no level changes."""
    async def body(edges: _Edges) -> None:
        edges.robot.feed(HoldRequested(at=edges.robot.now(), unit='camera'))
        edges.exited(code=3)
        assert edges.records[0][2] == 'exit 3'
        assert edges.exits == []
    _test(tmp_path, body)


def test_the_end_of_the_health_node_touches_no_node(tmp_path: Path) -> None:
    """It is recorded: it is our own program that crashed."""
    async def body(edges: _Edges) -> None:
        edges.exited('nevil_health', signal=11)
        assert edges.records[0][0] == 'nevil_health'
        assert edges.exits == []
    _test(tmp_path, body)


def test_evidence_is_taken_before_the_core_goes_on(tmp_path: Path) -> None:
    """It waits for the fact that it was taken."""
    async def body(edges: _Edges) -> None:
        edges.hang()
        edges.failures.collect(CollectEvidence(unit='camera', generation=1, cause='hung'))
        assert edges.facts[-1].unit == 'camera'
        assert not any(isinstance(fact, EvidenceCollected) for fact in edges.facts)
        await asyncio.sleep(0.1)
        assert edges.collected == [('camera', 1, 101)]
        assert isinstance(edges.facts[-1], EvidenceCollected)
        assert edges.signals == []
    _test(tmp_path, body)


def test_of_a_process_that_is_gone_there_is_no_evidence(tmp_path: Path) -> None:
    """Its successor must not be looked at instead; the core goes on."""
    async def body(edges: _Edges) -> None:
        edges.hang()
        edges.running['camera'] = Running(pid=102, generation=2, started_at=0.0)
        edges.failures.collect(CollectEvidence(unit='camera', generation=1, cause='hung'))
        await asyncio.sleep(0.1)
        assert edges.collected == []
        assert isinstance(edges.facts[-1], EvidenceCollected)
    _test(tmp_path, body)


def test_a_stopped_process_may_go_on_once_a_minute(tmp_path: Path) -> None:
    """Somebody had it in a debugger; one that is stopped again and again is ended."""
    async def body(edges: _Edges) -> None:
        edges.process_state = 'T'
        order = CollectEvidence(unit='camera', generation=1, cause='hung')

        async def after(seconds: float) -> int:
            await asyncio.sleep(seconds)
            edges.signals.clear()
            edges.hang()
            edges.failures.collect(order)
            await asyncio.sleep(2.0)
            return len(edges.signals)
        assert await after(0.0) == 1
        assert edges.signals[0].signal == signal.SIGCONT
        assert await after(50.0) == 0
        assert await after(70.0) == 1
    _test(tmp_path, body)


def test_its_heartbeat_has_a_second_to_come_back(tmp_path: Path) -> None:
    """Evidence, and so the end, comes after that."""
    async def body(edges: _Edges) -> None:
        edges.process_state = 'T'
        edges.hang()
        edges.failures.collect(CollectEvidence(unit='camera', generation=1, cause='hung'))
        await asyncio.sleep(0.9)
        assert edges.collected == []
        await asyncio.sleep(0.2)
        assert edges.collected == [('camera', 1, 101)]
    _test(tmp_path, body)


@pytest.mark.parametrize(('low', 'level', 'text'), [
    (True, 'WARNING', '3.0 % of the memory is free, restarts wait'),
    (False, 'INFO', '3.0 % of the memory is free, restarts resume')])
def test_short_memory_is_said_and_told_to_the_core(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, low: bool, level: str, text: str,
) -> None:
    """Restarts wait while there is none."""
    caplog.set_level('INFO')

    async def body(edges: _Edges) -> None:
        edges.failures._memory_low(low, 3.0)
        record = caplog.records[-1]
        assert (record.levelname, record.getMessage()) == (level, text)
        edges.exited(code=3)
        await asyncio.sleep(30.0)
        assert (edges.robot.view_of('camera').state == 'starting') is not low
    _test(tmp_path, body)

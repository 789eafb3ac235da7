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

"""A run ends in order: asked for or given up, in a hurry or not, the health node last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from pathlib import Path
import signal
from typing import Any
from typing import cast

from edges import plan_of
from nevil_bringup.control.server import Client
from nevil_bringup.supervisor.ending import Ending
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.service import ServiceNews
from nevil_health.control.session import ShutDown
from nevil_health.core import AnnounceState
from nevil_health.core import Command
from nevil_health.core import EndSystem
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import SendSignal
from nevil_health.core import StartProcess
import pytest
from virtual_time import run


class _Edges:
    """Processes and service manager of a run that ends; each keeps what it is told."""

    def __init__(self, folder: Path) -> None:
        self.signals: list[SendSignal] = []
        self.insisted: list[tuple[str, int]] = []
        self.stopping_told = 0
        self.robot = Robot(plan_of(folder, camera=()), self._carry_out,
                           asyncio.get_running_loop().time, lambda: 0.5)
        self.ending = Ending(
            self.robot, cast(Processes, self), cast(ServiceNews, self))

    def signal(self, command: SendSignal) -> None:
        self.signals.append(command)

    def insist(self, unit: str, generation: int) -> None:
        self.insisted.append((unit, generation))

    def stopping(self) -> None:
        self.stopping_told += 1

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, SendSignal):
            self.ending.signal(command)
        elif isinstance(command, EndSystem):
            self.ending.end(command)
        else:
            assert isinstance(command, (AnnounceState, StartProcess)), command

    def up(self) -> None:
        """Bring the camera and the health node up."""
        self.robot.begin()
        at = self.robot.now()
        for unit in ('nevil_health', 'camera'):
            self.robot.feed(ProcessStarted(at=at, unit=unit, generation=1, pid=1))
            self.robot.feed(ReadyConfirmed(at=at, unit=unit, generation=1))

    def gone(self, unit: str, **how: Any) -> None:
        """Let a process end."""
        self.robot.feed(ProcessExited(
            at=self.robot.now(), unit=unit, generation=1, **(how or {'code': 0})))

    @property
    def over(self) -> asyncio.Task[None]:
        """Return what is done when the run is over."""
        return asyncio.ensure_future(self.ending.wait())


def _test(folder: Path, body: Callable[[_Edges], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        await body(_Edges(folder))
    run(main())


def test_the_health_node_ends_after_the_last_unit(tmp_path: Path) -> None:
    """It watches until there is nothing left to watch; then the run is over."""
    async def body(edges: _Edges) -> None:
        edges.up()
        over = edges.over
        edges.ending.ask()
        assert [command.unit for command in edges.signals] == ['camera']
        edges.gone('camera')
        assert [command.unit for command in edges.signals] == ['camera', 'nevil_health']
        await asyncio.sleep(0)
        assert not over.done()
        edges.gone('nevil_health')
        await over
        assert (edges.ending.asked, edges.ending.status, edges.stopping_told) == (True, 0, 2)
    _test(tmp_path, body)


def test_an_end_before_the_start_is_an_end(tmp_path: Path) -> None:
    """Ctrl-C while the spawner loads."""
    async def body(edges: _Edges) -> None:
        edges.ending.ask()
        await edges.over
        assert edges.signals == []
    _test(tmp_path, body)


def test_each_further_request_to_hurry_shortens_what_is_under_way(tmp_path: Path) -> None:
    """SIGTERM at once, then SIGKILL."""
    async def body(edges: _Edges) -> None:
        edges.up()
        edges.ending.ask(hurry=True)
        assert [command.signal for command in edges.signals] == [signal.SIGINT]
        for _ in range(2):
            edges.ending.ask(hurry=True)
        assert [command.signal for command in edges.signals] == [
            signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
    _test(tmp_path, body)


def test_a_request_that_is_not_hurried_shortens_nothing(tmp_path: Path) -> None:
    """Who calls nevil stop twice wants it stopped, no more."""
    async def body(edges: _Edges) -> None:
        edges.up()
        client = cast(Client, object())
        for _ in range(3):
            edges.ending.answer(client, ShutDown())
        assert [command.signal for command in edges.signals] == [signal.SIGINT]
        edges.ending.answer(client, ShutDown(hurry=True))
        assert edges.signals[-1].signal == signal.SIGTERM
    _test(tmp_path, body)


@pytest.mark.parametrize(('apart_s', 'signals'), [
    (0.0, [signal.SIGINT]), (0.29, [signal.SIGINT]), (0.5, [signal.SIGINT, signal.SIGTERM])])
def test_posix_signals_at_the_same_time_are_one(
    tmp_path: Path, apart_s: float, signals: list[int],
) -> None:
    """A parent tells of its death once for each of its threads; Ctrl-C twice is a hurry."""
    async def body(edges: _Edges) -> None:
        edges.up()
        edges.ending.signalled()
        await asyncio.sleep(apart_s)
        edges.ending.signalled()
        assert [command.signal for command in edges.signals] == signals
    _test(tmp_path, body)


def test_a_killed_process_whose_end_nobody_tells_is_insisted_on(tmp_path: Path) -> None:
    """The spawner may hang, and everything is to end."""
    async def body(edges: _Edges) -> None:
        edges.up()
        for _ in range(3):
            edges.ending.ask(hurry=True)
        await asyncio.sleep(4.9)
        assert edges.insisted == []
        await asyncio.sleep(0.2)
        assert edges.insisted == [('camera', 1)]
    _test(tmp_path, body)


def test_a_process_that_is_killed_in_a_running_system_is_waited_for(tmp_path: Path) -> None:
    """A kill of the spawner would cost every other node."""
    async def body(edges: _Edges) -> None:
        edges.up()
        edges.ending.signal(SendSignal(unit='camera', generation=1, signal=signal.SIGKILL))
        await asyncio.sleep(60.0)
        assert edges.insisted == []
    _test(tmp_path, body)


def test_the_status_is_that_of_the_policy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:
    """A system that gave up has failed, says why, and nobody had asked for it."""
    async def body(edges: _Edges) -> None:
        edges.up()
        edges.ending.end(EndSystem(status=1, reason='camera has failed'))
        edges.gone('nevil_health')
        await edges.over
        assert (edges.ending.status, edges.ending.asked) == (1, False)
        assert 'robot ends: camera has failed' in caplog.text
    _test(tmp_path, body)

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

"""The service manager hears that the robot is ready, how it is, that it lives, that it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from typing import cast

from edges import plan_of
from nevil_bringup.supervisor.durations import start_s
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.service import ServiceNews
from nevil_health.core import Command
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
import pytest
from virtual_time import run


class _Manager:

    listens = True
    watchdog_s: float | None = None

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []

    def tell(self, **news: str) -> bool:
        self.told.append(news)
        return True

    def last(self, name: str) -> str:
        return [news[name] for news in self.told if name in news][-1]

    def count(self, name: str) -> int:
        return sum(name in news for news in self.told)


class _Bench:

    def __init__(self, folder: Path, nodes: dict[str, tuple[str, ...]]) -> None:
        self.manager = _Manager()
        self.robot = Robot(plan_of(folder, **nodes), _ignore,
                           asyncio.get_running_loop().time, lambda: 0.5)
        self.news = ServiceNews(self.robot, cast(ServiceManager, self.manager))
        self.robot.begin()

    def up(self, *units: str) -> None:
        for unit in units:
            at = self.robot.now()
            self.robot.feed(ProcessStarted(at=at, unit=unit, generation=1, pid=1))
            self.robot.feed(ReadyConfirmed(at=at, unit=unit, generation=1))
        self.robot.settle()
        self.news.changed()

    def down(self, unit: str) -> None:
        self.robot.feed(ProcessExited(at=self.robot.now(), unit=unit, generation=1, code=1))
        self.robot.settle()
        self.news.changed()


def _ignore(_command: Command) -> None:
    pass


def _test(folder: Path, body: Callable[[_Bench], Coroutine[Any, Any, None]],
          **nodes: tuple[str, ...]) -> None:
    async def main() -> None:
        bench = _Bench(folder, nodes or {'camera': (), 'arm': ()})
        try:
            await body(bench)
        finally:
            bench.news.close()
    run(main())


def test_a_robot_is_ready_when_its_nodes_are(tmp_path: Path) -> None:
    """Once; units of systemd that wait for it are started then."""
    async def body(bench: _Bench) -> None:
        bench.news.begin()
        bench.up('camera')
        assert bench.manager.count('READY') == 0
        assert bench.manager.last('STATUS').startswith('1 of 2 nodes ready; arm is starting')
        bench.up('arm')
        assert bench.manager.count('READY') == 1
        assert bench.manager.last('STATUS') == '2 of 2 nodes ready'
        bench.down('arm')
        assert bench.manager.last('STATUS').startswith('1 of 2 nodes ready; arm is backoff (exit')
        await asyncio.sleep(300.0)
        assert bench.manager.count('READY') == 1
    _test(tmp_path, body)


def test_a_robot_that_does_not_settle_in_its_time_is_told_to_be_ready(tmp_path: Path) -> None:
    """The service manager would end it, and with it the nodes that work."""
    async def body(bench: _Bench) -> None:
        bench.news.begin()
        limit_s = start_s(bench.robot.plan)
        await asyncio.sleep(limit_s - 0.1)
        assert bench.manager.count('READY') == 0
        await asyncio.sleep(0.2)
        assert bench.manager.count('READY') == 1
    _test(tmp_path, body)


def test_what_has_not_changed_is_not_told_again(tmp_path: Path) -> None:
    """Each would be a line in the journal."""
    async def body(bench: _Bench) -> None:
        bench.news.begin()
        before = len(bench.manager.told)
        for _ in range(3):
            bench.news.changed()
        assert len(bench.manager.told) == before == 1
    _test(tmp_path, body)


def test_many_nodes_that_are_down_are_counted(tmp_path: Path) -> None:
    """Three by name, in one line."""
    async def body(bench: _Bench) -> None:
        bench.news.begin()
        status = bench.manager.last('STATUS')
        assert status.startswith('0 of 5 nodes ready; a is ')
        assert status.endswith(' and 2 more')
    _test(tmp_path, body, a=(), b=(), c=(), d=(), e=())


@pytest.mark.parametrize('watchdog_s', [30.0, 4.0])
def test_signs_of_life_come_after_half_the_time(tmp_path: Path, watchdog_s: float) -> None:
    """At once, and ever again; from the loop that supervises."""
    async def body(bench: _Bench) -> None:
        bench.manager.watchdog_s = watchdog_s
        bench.news.begin()
        assert bench.manager.count('WATCHDOG') == 1
        await asyncio.sleep(10 * watchdog_s / 2 + 0.01)
        assert bench.manager.count('WATCHDOG') == 11
        bench.news.close()
        await asyncio.sleep(10 * watchdog_s)
        assert bench.manager.count('WATCHDOG') == 11
    _test(tmp_path, body)


def test_stopping_is_told_once_and_is_the_last_word(tmp_path: Path) -> None:
    """What becomes of the nodes then is no news."""
    async def body(bench: _Bench) -> None:
        bench.news.begin()
        bench.news.stopping()
        bench.news.stopping()
        bench.up('camera')
        await asyncio.sleep(300.0)
        assert bench.manager.told[-1] == {'STOPPING': '1', 'STATUS': 'stopping robot'}
        assert (bench.manager.count('STOPPING'), bench.manager.count('READY')) == (1, 0)
    _test(tmp_path, body)


def test_nothing_is_told_to_nobody(tmp_path: Path) -> None:
    """Started by hand."""
    async def body(bench: _Bench) -> None:
        bench.manager.listens = False
        bench.news.begin()
        bench.up('camera', 'arm')
        await asyncio.sleep(300.0)
        assert bench.manager.told == []
    _test(tmp_path, body)

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

"""Launch gets the starts in the order in which it executed, as without Nevil."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from typing import cast

import pytest

pytest.importorskip('launch.events', reason='the launch packages of ROS 2')
from nevil_bringup.launch.any.first_starts import FirstStarts  # noqa: E402, I100, I202

pytestmark = pytest.mark.needs_launch


class _Bench:

    def __init__(self, **states: str) -> None:
        self.processes = {
            name: cast(Any, SimpleNamespace(
                name=name, state=state, first=asyncio.get_running_loop().create_future()))
            for name, state in states.items()}
        self.reported: list[str] = []
        self.starts = FirstStarts(self.processes, self._report)

    def _report(self, process: Any, pid: int) -> None:
        if not process.first.done():
            process.first.set_result(pid)
        self.reported.append(f'{process.name} {pid}')

    def start(self, name: str, pid: int) -> list[str]:
        self.starts.started(self.processes[name], pid)
        return self.reported


def test_a_start_waits_for_those_executed_before() -> None:
    """The supervisor gets the starts as the kernel has them."""
    async def body() -> None:
        bench = _Bench(one='starting', two='starting', three='starting')
        assert bench.start('three', 3) == []
        assert bench.start('one', 1) == ['one 1']
        assert bench.start('two', 2) == ['one 1', 'two 2', 'three 3']
        assert bench.start('one', 4)[-1] == 'one 4', 'later starts are in no order'
    asyncio.run(body())


def test_what_does_not_begin_holds_up_nobody() -> None:
    """It waits for what it requires, has failed, or takes long."""
    async def body() -> None:
        bench = _Bench(one='waiting', two='starting', three='starting', four='starting')
        assert bench.start('three', 3) == []
        bench.processes['two'].state = 'failed'
        bench.starts.turn()
        assert bench.reported == ['three 3']
        bench.processes['two'].state = 'starting'
        assert bench.start('four', 4) == ['three 3']
        while len(bench.reported) < 2:
            await asyncio.sleep(0.01)
        assert bench.reported == ['three 3', 'four 4']
    asyncio.run(body())


def test_an_end_is_never_reported_before_its_start() -> None:
    """Whoever reports an end flushes the starts first."""
    async def body() -> None:
        bench = _Bench(one='starting', two='starting', three='starting')
        bench.start('three', 3)
        bench.start('two', 2)
        bench.starts.flush()
        assert bench.reported == ['two 2', 'three 3']
    asyncio.run(body())

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

"""Every start is answered once, every process is known while it runs; the spawner is a fake."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
import os
import signal
import subprocess
from typing import Any
from typing import cast

from edges import FakeCapture
from edges import FakeSpawner
from edges import Spawners
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.processes import Processes
from nevil_health.core import ProcessEvent
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import SendSignal
from nevil_health.core import StartProcess
import pytest
from virtual_time import run
from virtual_time import turn


class _Orders:

    def members(self, unit: str) -> tuple[str, ...]:
        return unit, 'other'

    def streams(self, unit: str) -> str:
        return 'apart' if unit == 'apart' else 'joined'

    def order(self, unit: str, generation: int, *, muted: bool) -> StartOrder:
        if unit == 'full':
            raise OSError(28, os.strerror(28))
        return StartOrder(unit=unit, generation=generation, argv=('sleep',), cwd='/', nice=0,
                          env={'muted': str(muted)}, fork=False)


class _Bench:

    def __init__(self) -> None:
        self.facts: list[ProcessEvent] = []
        self.capture, self.spawners = FakeCapture(), Spawners()
        self.oom_kills = 3
        self.processes = Processes(
            cast(OrderBook, _Orders()), self.capture.capture, run_id='r1', environ={'A': 'b'},
            preload=lambda: ['rclpy'], feed=self.facts.append, launch=self.spawners.launch,
            oom_kills=lambda: self.oom_kills)

    def start(self, unit: str, generation: int = 1, *, muted: bool = False) -> None:
        self.processes.start(StartProcess(unit=unit, generation=generation, muted=muted))

    def signal(self, unit: str, number: int, generation: int = 1) -> None:
        self.processes.signal(SendSignal(unit=unit, generation=generation, signal=number))

    @property
    def spawner(self) -> FakeSpawner:
        return self.spawners.one

    @property
    def told(self) -> list[tuple[type[ProcessEvent], str]]:
        return [(type(fact), fact.unit) for fact in self.facts]


def _test(body: Callable[[_Bench], Coroutine[Any, Any, None]], *, ready: bool = True) -> None:
    async def main() -> None:
        bench = _Bench()
        await bench.processes.launch()
        if ready:
            bench.spawner.ready()
        await body(bench)
        await bench.processes.close()
    run(main())


def test_a_spawner_gets_what_its_processes_need() -> None:
    """Its environment, its modules, and the log for what it says itself."""
    async def body(bench: _Bench) -> None:
        options = bench.spawners.options
        assert (options['run_id'], options['preload'], options['env'], options['log_fd']) == (
            'r1', ['rclpy'], {'A': 'b'}, 7)
        assert bench.processes.spawner_pid == bench.spawner.pid
    _test(body)


def test_starts_wait_for_the_spawner_and_keep_their_order() -> None:
    """It loads for a second; the core has begun meanwhile."""
    async def body(bench: _Bench) -> None:
        for unit in ('a', 'b', 'c'):
            bench.start(unit)
        assert bench.spawner.started_units == []
        bench.spawner.ready('numpy: no module')
        assert bench.spawner.started_units == ['a', 'b', 'c']
    _test(body, ready=False)


def test_a_start_has_its_order_and_the_pipes_of_its_unit() -> None:
    """The second start writes into the same pipes: its lines follow those of the first."""
    async def body(bench: _Bench) -> None:
        bench.start('apart', muted=True)
        bench.spawner.started('apart')
        bench.spawner.exited('apart', code=1)
        bench.start('apart', 2)
        assert [order.env['muted'] for order in bench.spawner.orders] == ['True', 'False']
        assert bench.spawner.descriptors == [(11, 12), (11, 12)]
        assert bench.capture.given == [('apart', ('apart', 'other'), 'apart')]
    _test(body)


def test_a_process_is_known_while_it_runs() -> None:
    """With its pid and start; its end is a fact with code or signal."""
    async def body(bench: _Bench) -> None:
        bench.start('a')
        bench.spawner.started('a', pid=4711)
        running = bench.processes.running['a']
        assert (running.pid, running.generation, running.started_at) == (4711, 1, 1000.0)
        bench.spawner.exited('a', signal=11)
        assert bench.processes.running == {}
        assert bench.capture.ends == [('a', 4711)], 'who gets the copies waits for the end'
        started, exited = bench.facts
        assert isinstance(started, ProcessStarted) and started.pid == 4711
        assert isinstance(exited, ProcessExited)
        assert (exited.signal, exited.code, exited.oom) == (11, None, False)
    _test(body)


def test_late_news_of_an_older_process_does_not_hide_the_one_that_runs() -> None:
    """It is told all the same: the core counts it."""
    async def body(bench: _Bench) -> None:
        bench.start('a', 2)
        bench.spawner.started('a', 2)
        bench.spawner.exited('a', generation=1, code=0)
        assert bench.processes.running['a'].generation == 2
        assert bench.told == [(ProcessStarted, 'a'), (ProcessExited, 'a')]
    _test(body)


def test_a_start_that_fails_is_answered_with_the_reason() -> None:
    """By the spawner, or by ourselves where the order cannot even be written."""
    async def body(bench: _Bench) -> None:
        bench.start('a')
        bench.spawner.failed('a', 'no such file')
        bench.start('full')
        assert bench.told == [(ProcessFailed, 'a')], 'the command is carried out first'
        await turn()
        first, second = bench.facts
        assert isinstance(first, ProcessFailed) and first.reason == 'no such file'
        assert isinstance(second, ProcessFailed)
        assert second.reason == 'cannot be started: [Errno 28] No space left on device'
        bench.spawner.lost()
        await asyncio.sleep(0.1)
        bench.spawner.ready()
        assert bench.spawner.started_units == [], 'both are answered'
    _test(body)


def test_signals_go_to_the_start_that_is_meant() -> None:
    """The spawner compares the generations."""
    async def body(bench: _Bench) -> None:
        bench.start('a', 3)
        bench.spawner.started('a', 3)
        bench.signal('a', signal.SIGTERM, 3)
        assert bench.spawner.signals == [('a', 3, signal.SIGTERM)]
    _test(body)


def test_a_start_that_still_waits_is_given_up_instead_of_signalled() -> None:
    """Nothing is there to be signalled; the core must hear that it is over."""
    async def body(bench: _Bench) -> None:
        bench.start('a', 2)
        bench.signal('a', signal.SIGINT, 1)
        await turn()
        assert bench.facts == [], 'another start was meant'
        bench.signal('a', signal.SIGINT, 2)
        await turn()
        failed, = bench.facts
        assert isinstance(failed, ProcessFailed)
        assert failed.reason == 'stopped before it was started'
        bench.spawner.ready()
        assert bench.spawner.started_units == []
    _test(body, ready=False)


def test_the_end_of_the_spawner_is_the_end_of_its_processes() -> None:
    """The kernel kills them with it; a new one carries out what was not answered."""
    async def body(bench: _Bench) -> None:
        bench.start('a')
        bench.spawner.started('a')
        bench.start('b')
        bench.start('given up')
        bench.signal('given up', signal.SIGINT)
        bench.spawner.lost()
        assert bench.processes.spawner_pid is None
        await asyncio.sleep(0.1)
        bench.spawner.ready()
        assert bench.spawner.started_units == ['b']
        assert bench.told[1:] == [(ProcessExited, 'a'), (ProcessFailed, 'given up')]
        ended = bench.facts[1]
        assert isinstance(ended, ProcessExited) and ended.signal == signal.SIGKILL
        assert not ended.oom
    _test(body)


def test_spawners_that_cannot_be_made_are_tried_again_more_and_more_slowly() -> None:
    """A machine out of memory has some again at some time."""
    async def body(bench: _Bench) -> None:
        bench.spawners.failures = [OSError(12, 'no memory')] * 8
        await asyncio.sleep(20.0)
        bench.spawners.launched_at.clear()
        bench.spawner.lost()
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(60.0)
        waited = [round(at - began, 3) for at in bench.spawners.launched_at]
        steps = [round(after - before, 3) for before, after in zip(waited, waited[1:])]
        assert waited[0] == 0.0, 'the first at once'
        assert steps == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
        assert len(bench.spawners.all) == 2
    _test(body)


@pytest.mark.parametrize(('lived_s', 'delay_s'), [(1.0, 0.1), (11.0, 0.0)])
def test_a_spawner_that_lived_long_is_replaced_at_once(lived_s: float, delay_s: float) -> None:
    """Those that die in a row are not."""
    async def body(bench: _Bench) -> None:
        bench.spawner.lost()
        await asyncio.sleep(0.01)
        await asyncio.sleep(lived_s)
        began = asyncio.get_running_loop().time()
        bench.spawner.lost()
        await asyncio.sleep(1.0)
        assert bench.spawners.launched_at[-1] - began == pytest.approx(delay_s)
    _test(body)


def test_no_spawner_follows_the_last() -> None:
    """At the end of a run it is closed, and its end is no news."""
    async def body(bench: _Bench) -> None:
        await bench.processes.close()
        assert bench.spawner.closed
        bench.spawner.lost(0)
        await asyncio.sleep(10.0)
        assert len(bench.spawners.all) == 1
    _test(body)


def test_the_end_does_not_wait_for_a_spawner_that_is_to_be_tried_again() -> None:
    """Nor is one launched after it."""
    async def body(bench: _Bench) -> None:
        bench.spawners.failures = [OSError(12, 'no memory')] * 8
        bench.spawner.lost()
        await asyncio.sleep(5.0)
        tried, began = len(bench.spawners.launched_at), asyncio.get_running_loop().time()
        await bench.processes.close()
        assert asyncio.get_running_loop().time() == began
        bench.spawners.failures.clear()
        await asyncio.sleep(60.0)
        assert len(bench.spawners.launched_at) == tried
    _test(body)


def test_a_process_that_survives_sigkill_costs_the_spawner() -> None:
    """Only where it is the very start that was meant."""
    async def body(bench: _Bench) -> None:
        bench.start('a')
        bench.spawner.started('a')
        bench.processes.insist('a', 2)
        bench.processes.insist('b', 1)
        assert not bench.spawner.killed
        bench.processes.insist('a', 1)
        assert bench.spawner.killed
    _test(body)


def test_a_kill_for_want_of_memory_is_told_as_such() -> None:
    """When the kernel has counted one, and once for each."""
    async def body(bench: _Bench) -> None:
        oom = []
        for generation, (count, number) in enumerate(
                [(3, 9), (4, 9), (4, 9), (5, 11), (6, 9)], start=1):
            bench.oom_kills = count
            bench.spawner.exited('a', generation=generation, signal=number)
            exited = bench.facts[-1]
            assert isinstance(exited, ProcessExited)
            oom.append(exited.oom)
        assert oom == [False, True, False, False, True]
    _test(body)


def test_what_a_process_left_and_what_was_not_loaded_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither stops anything."""
    async def body(bench: _Bench) -> None:
        bench.spawner.ready('numpy: no module named numpy')
        bench.spawner.exited('a', code=0, survivors=2)
        assert 'spawner: not preloaded: numpy: no module named numpy' in caplog.text
        assert 'a: left 2 processes behind, killed' in caplog.text
    _test(body)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_the_spawner_does_not_do_is_done_without_it(number: signal.Signals) -> None:
    """Each POSIX signal has its time; to a stopped process too, which goes on to obey."""
    async def body(bench: _Bench) -> None:
        with subprocess.Popen(['sleep', '60'], start_new_session=True) as process:
            os.kill(process.pid, signal.SIGSTOP)
            bench.start('a')
            bench.spawner.started('a', pid=process.pid)
            bench.spawner.hangs = True
            bench.signal('a', number)
            assert process.wait(20) == -number
            assert bench.spawner.signals == []
    _test(body)

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

"""A large system: the work per event does not grow with the number of units."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
import gc
import random
import time
import tracemalloc
from typing import Any

from nevil_health.core import CollectEvidence
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import EndSystem
from nevil_health.core import EvidenceCollected
from nevil_health.core import HoldRequested
from nevil_health.core import MemoryLow
from nevil_health.core import Paused
from nevil_health.core import PauseRequested
from nevil_health.core import PauseUnit
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import ReleaseRequested
from nevil_health.core import RestartRule
from nevil_health.core import ResumeRequested
from nevil_health.core import ResumeUnit
from nevil_health.core import SendSignal
from nevil_health.core import ShutdownRequested
from nevil_health.core import SignalFailed
from nevil_health.core import StartProcess
from nevil_health.core import SystemStarted
from nevil_health.core import UnitSpec
import pytest

UNITS = 10_000
LIMIT_S = 20.0


class Robot:
    """Processes that start at once and end when they are told to."""

    def __init__(self, core: Core) -> None:
        """Attach to a core."""
        self.core = core
        self.at = 0.0
        self.running: dict[str, int] = {}
        self.ended = 0
        self.pauses = 0
        self.faults = 0

    def carry_out(self, commands: Iterable[Command]) -> None:
        """Do what the core wants, and what follows from it."""
        todo = list(commands)
        while todo:
            command = todo.pop()
            if isinstance(command, StartProcess):
                unit, generation = command.unit, command.generation
                self.running[unit] = generation
                todo += self.core.handle(ProcessStarted(
                    at=self.at, unit=unit, generation=generation, pid=1))
                todo += self.core.handle(ReadyConfirmed(
                    at=self.at, unit=unit, generation=generation))
            elif isinstance(command, SendSignal):
                todo += self.end(command.unit)
            elif isinstance(command, CollectEvidence):
                todo += self.core.handle(EvidenceCollected(
                    at=self.at, unit=command.unit, generation=command.generation))
            elif isinstance(command, PauseUnit):
                self.pauses += 1
                todo += self.core.handle(Paused(
                    at=self.at, unit=command.unit, generation=command.generation,
                    number=command.number))
            elif isinstance(command, ResumeUnit):
                todo += self.core.handle(ReadyConfirmed(
                    at=self.at, unit=command.unit, generation=command.generation,
                    number=command.number))
            elif isinstance(command, EndSystem):
                self.ended += 1

    def end(self, unit: str) -> list[Command]:
        """Let a process end."""
        generation = self.running.pop(unit)
        return self.core.handle(
            ProcessExited(at=self.at, unit=unit, generation=generation, code=1))

    def trouble(self, unit: str, draw: random.Random) -> None:
        """Let something go wrong with a unit, or the operator interfere."""
        kind = draw.randrange(8)
        of: dict[str, Any] = {'at': self.at, 'unit': unit}
        view = self.core.view_of(unit)
        if kind == 0:
            self.carry_out(self.core.handle(MemoryLow(
                at=self.at, low=draw.randrange(3) == 0, free_percent=3.0)))
        elif kind == 1:
            request = draw.choice([HoldRequested, ReleaseRequested, ResumeRequested])
            self.carry_out(self.core.handle(request(**of)))
        elif kind == 2 and view.state in ('ready', 'paused') and int(unit[1:]) % 7:
            self.carry_out(self.core.handle(PauseRequested(**of)))
        elif kind == 3 and view.state == 'ready' and not view.held:
            self.faults += 1
            self.carry_out(self.core.handle(SignalFailed(
                signal='heartbeat', cause='silent', hung=True, generation=view.generation, **of)))
        elif kind > 3 and unit in self.running:
            self.faults += not view.held
            self.carry_out(self.end(unit))

    def wait(self) -> None:
        """Let time pass until the core has nothing to do."""
        while (deadline := self.core.next_deadline()) is not None:
            self.at = deadline
            self.carry_out(self.core.advance(deadline))


def star(number: int) -> tuple[str, ...]:
    """Require the first unit only."""
    return ('u0',) if number else ()


def chain(number: int) -> tuple[str, ...]:
    """Require the unit before."""
    return (f'u{number - 1}',) if number else ()


def groups(number: int) -> tuple[str, ...]:
    """Require, in a group of ten, the first and the one before."""
    return (f'u{number - number % 10}', f'u{number - 1}') if number % 10 else ()


def layers(number: int) -> tuple[str, ...]:
    """Require three of the hundred units before the last hundred."""
    return tuple(f'u{number - 100 - step}' for step in (0, 7, 31)) if number > 200 else ()


@pytest.mark.parametrize('parallel', [True, False])
@pytest.mark.parametrize('shape', [star, chain, layers])
def test_ten_thousand_units_take_seconds(
    shape: Callable[[int], tuple[str, ...]], parallel: bool,
) -> None:
    """Start, 10 000 crashes with restarts, and the end, in every shape of dependencies."""
    settings = CoreSettings(parallel=parallel, startup_delay_s=0.001, dependency_grace_s=1000.0)
    rule = RestartRule(delay_s=0.5, max_restarts=50)
    specs = [UnitSpec(name=f'u{number}', requires=shape(number), restart=rule)
             for number in range(UNITS)]
    draw = random.Random(7)
    began = time.process_time()
    robot = Robot(Core(specs, settings, draw.random))
    robot.carry_out(robot.core.handle(SystemStarted(at=0.0)))
    robot.wait()
    assert robot.core.settled == 'ready'
    for _ in range(UNITS):
        unit = f'u{draw.randrange(UNITS)}'
        robot.at += 0.01
        if unit in robot.running:
            robot.carry_out(robot.end(unit))
        robot.carry_out(robot.core.advance(robot.at))
    robot.wait()
    assert len(robot.running) == UNITS
    assert robot.core.settled == 'ready'
    robot.carry_out(robot.core.handle(ShutdownRequested(at=robot.at)))
    assert not robot.running
    assert robot.ended == 1
    assert time.process_time() - began < LIMIT_S


def test_ten_thousand_units_with_faults_of_every_kind_take_seconds() -> None:
    """Crashes, hangs, pauses, holds and shortages of memory: all is well when they end."""
    settings = CoreSettings(parallel=True, dependency_grace_s=0.2)
    rule = RestartRule(delay_s=0.5, max_restarts=100)
    specs = [UnitSpec(name=f'u{number}', requires=groups(number), restart=rule,
                      pausable=number % 7 > 0) for number in range(UNITS)]
    draw = random.Random(11)
    began = time.process_time()
    robot = Robot(Core(specs, settings, draw.random))
    robot.carry_out(robot.core.handle(SystemStarted(at=0.0)))
    robot.wait()
    for _ in range(UNITS // 2):
        robot.at += 0.005
        robot.carry_out(robot.core.advance(robot.at))
        robot.trouble(f'u{draw.randrange(UNITS)}', draw)
    robot.carry_out(robot.core.handle(MemoryLow(at=robot.at, low=False, free_percent=50.0)))
    for number in range(UNITS):
        for kind in (ReleaseRequested, ResumeRequested):
            robot.carry_out(robot.core.handle(kind(at=robot.at, unit=f'u{number}')))
    robot.wait()
    assert robot.core.settled == 'ready'
    assert all(view.state == 'ready' for view in robot.core.view(robot.at).values())
    assert robot.pauses > UNITS / 10
    assert sum(view.restarts for view in robot.core.view(robot.at).values()) == robot.faults
    assert time.process_time() - began < LIMIT_S


def test_memory_is_bounded() -> None:
    """A robot that fails for a year needs no more memory than one that failed for a day."""
    def play(days: int) -> int:
        for day in range(days):
            robot.at += 86400.0
            for unit in ('u0', 'u3', 'u7'):
                robot.carry_out(robot.end(unit))
                robot.wait()
            robot.carry_out(robot.core.handle(MemoryLow(
                at=robot.at, low=bool(day % 2), free_percent=1.0)))
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    specs = [UnitSpec(name=f'u{number}', requires=groups(number)) for number in range(10)]
    robot = Robot(Core(specs, CoreSettings(parallel=True), lambda: 0.5))
    robot.carry_out(robot.core.handle(SystemStarted(at=0.0)))
    tracemalloc.start()
    try:
        after_a_while = play(20)
        assert play(200) < after_a_while + 4096
    finally:
        tracemalloc.stop()

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
import random
import time

from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import EndSystem
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import RestartRule
from nevil_health.core import SendSignal
from nevil_health.core import ShutdownRequested
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
            elif isinstance(command, EndSystem):
                self.ended += 1

    def end(self, unit: str) -> list[Command]:
        """Let a process end."""
        generation = self.running.pop(unit)
        return self.core.handle(
            ProcessExited(at=self.at, unit=unit, generation=generation, code=1))

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


def layers(number: int) -> tuple[str, ...]:
    """Require three of the hundred units before the last hundred."""
    return tuple(f'u{number - 100 - step}' for step in (0, 7, 31)) if number > 200 else ()


@pytest.mark.parametrize('parallel', [True, False])
@pytest.mark.parametrize('shape', [star, chain, layers])
def test_ten_thousand_units_take_seconds(
    shape: Callable[[int], tuple[str, ...]], parallel: bool,
) -> None:
    """Start, 10 000 crashes with restarts, and the end, in every shape of dependencies."""
    settings = CoreSettings(parallel=parallel, startup_delay_s=0.001)
    rule = RestartRule(delay_s=0.5, max_restarts=50)
    specs = [UnitSpec(name=f'u{number}', requires=shape(number), restart=rule)
             for number in range(UNITS)]
    draw = random.Random(7)
    began = time.monotonic()
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
    assert time.monotonic() - began < LIMIT_S

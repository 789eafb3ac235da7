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

"""The parts of a supervisor around a robot in memory: no process, no socket, no disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import cast

from edges import FakeClient
from edges import paths_in
from edges import plan_of
from nevil_bringup.control.server import Client
from nevil_bringup.supervisor.announcements import Announcements
from nevil_bringup.supervisor.expectations import Expectations
from nevil_bringup.supervisor.health import RobotHealth
from nevil_bringup.supervisor.health_link import HealthLink
from nevil_bringup.supervisor.kept import Kept
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_bringup.supervisor.processes import Running
from nevil_bringup.supervisor.readings import Readings
from nevil_bringup.supervisor.reports import Observed
from nevil_bringup.supervisor.requests import About
from nevil_bringup.supervisor.requests import Requests
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.service import ServiceNews
from nevil_bringup.supervisor.transitions import Transitions
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.control.base import Event
from nevil_health.control.base import Request
from nevil_health.control.monitor import AttachHealth
from nevil_health.core import AnnounceState
from nevil_health.core import Command
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_nodes.declarations import Plan
from virtual_time import run

__all__ = ['in_memory', 'Supervised']

_PIDS = {'camera': 101, 'detector': 102, HEALTH_UNIT: 100}


class Supervised:
    """A robot of a camera and a detector that requires it, and all parts around it."""

    def __init__(self, folder: Path, plan: Plan | None = None) -> None:
        """Connect everything as the supervisor does, with fakes at the edges."""
        self.commands: list[Command] = []
        self.on_command: Callable[[Command], None] = lambda command: None
        self.told: list[Event] = []
        self.running: dict[str, Running] = {}
        self.process_states: dict[int, str] = {}
        self.sent: list[tuple[int, int]] = []
        self.robot = robot = Robot(
            plan or plan_of(folder, camera=(), detector=('camera',)), self._carry_out,
            asyncio.get_running_loop().time, lambda: 0.5)
        self.kept = Kept(folder / 'desired.json')
        self.crash_records: dict[str, Path] = {}
        self.observed = Observed(running=self.running, crash_records=self.crash_records)
        self.link = HealthLink(robot, self.running, lambda pid: self.process_states.get(pid, 'S'),
                               lambda pid, number: self.sent.append((pid, number)))
        self.transitions = Transitions(robot, self.link.send, self.told.append)
        self.health = RobotHealth(
            robot, self.link, self.observed, self.kept, self.told.append, {})
        self.service = ServiceNews(robot, ServiceManager({}))
        self.announcements = Announcements(
            robot, self.running, self.health, self.service, self.told.append)
        self.expectations = Expectations(
            robot, self.link, self.running, self.transitions, folder)
        self.readings = Readings(robot, self.link, self.running, self.health,
                                 self.transitions, self.observed.samples)
        self.answers = Requests(
            robot, self.health, self.transitions.pending, About(
                paths=paths_in(folder), middleware={}, samples=self.observed.samples,
                pids=lambda: {'health_pid': 100}, take_problem=self.kept.take_problem)).answers()
        robot.hearers += [self.announcements.hear, self.transitions.hear, self.link.hear]
        robot.changed = self.expectations.changed
        self.link.listeners += [self.health.monitor, self.transitions.monitor]
        self.health_node = FakeClient()

    def ask(self, request: Request[Any]) -> Any:
        """Return what a client is answered."""
        return self.answers[type(request)](cast(Client, FakeClient()), request)

    def begin(self) -> None:
        """Let the robot start; nothing runs yet."""
        self.health.begin()
        self.robot.begin()

    def start(self, unit: str) -> None:
        """Let the process of a unit be there."""
        generation = self.robot.view_of(unit).generation
        self.running[unit] = Running(
            pid=_PIDS[unit], generation=generation, started_at=self.robot.now())
        self.robot.feed(ProcessStarted(
            at=self.robot.now(), unit=unit, generation=generation, pid=_PIDS[unit]))

    def attach(self) -> None:
        """Let the health node attach."""
        self.link.attach(self.client, AttachHealth(pid=_PIDS[HEALTH_UNIT]))

    @property
    def client(self) -> Client:
        """Return the health node's connection."""
        return cast(Client, self.health_node)

    def all_ready(self) -> None:
        """Bring everything up."""
        self.begin()
        self.start(HEALTH_UNIT)
        self.attach()
        for unit in ('camera', 'detector'):
            self.start(unit)
            self.robot.feed(ReadyConfirmed(
                at=self.robot.now(), unit=unit, generation=self.robot.view_of(unit).generation))

    def state(self, unit: str) -> str:
        """Return the state of a unit."""
        return self.robot.view_of(unit).state

    def _carry_out(self, command: Command) -> None:
        self.commands.append(command)
        if isinstance(command, AnnounceState):
            self.announcements.state(command)
        self.on_command(command)


def in_memory(folder: Path, body: Callable[[Supervised], Awaitable[None]],
              plan: Plan | None = None) -> None:
    """Run a test with a supervised robot, in virtual time."""
    async def main() -> None:
        supervised = Supervised(folder, plan)
        try:
            await body(supervised)
        finally:
            await supervised.health.close()
    run(main())

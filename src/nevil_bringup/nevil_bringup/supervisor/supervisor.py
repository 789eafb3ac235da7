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

"""Connect the parts that run one project: the one owner of every process of a robot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping
import random
from typing import Any

from nevil_bringup.capture.client import Capture
from nevil_bringup.control.server import Answers
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import ControlServer
from nevil_bringup.dds import middleware_env
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.announcements import Announcements
from nevil_bringup.supervisor.crash import CrashRecords
from nevil_bringup.supervisor.ending import Ending
from nevil_bringup.supervisor.expectations import Expectations
from nevil_bringup.supervisor.failures import Failures
from nevil_bringup.supervisor.first_spawner import standby_of
from nevil_bringup.supervisor.health import RobotHealth
from nevil_bringup.supervisor.health_link import HealthLink
from nevil_bringup.supervisor.joining import Joining
from nevil_bringup.supervisor.kept import Kept
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.processes import LaunchSpawner
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.readings import Readings
from nevil_bringup.supervisor.reports import Observed
from nevil_bringup.supervisor.requests import About
from nevil_bringup.supervisor.requests import Requests
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.runtime_folder import RuntimeFolder
from nevil_bringup.supervisor.service import ServiceNews
from nevil_bringup.supervisor.taking_over import TakingOver
from nevil_bringup.supervisor.transitions import Transitions
from nevil_bringup.supervisor.twins import Twins
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health import core
from nevil_health.control import session
from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.events import Ended
from nevil_health.control.operations import Register
from nevil_health.control.operations import TakeOver
from nevil_nodes.declarations.plan import Plan

__all__ = ['Supervisor']

# Seconds the output of ended nodes gets to reach the log files.
_DRAIN_S = 5.0


class Supervisor:
    """
    Runs one project from start to end.

    :param environment: returns the environment for a plan, with the messages built last
    :ivar ending: how it is brought to its end
    """

    def __init__(self, plan: Plan, *, runtime: RuntimeFolder, environ: Mapping[str, str],
                 run_id: str, capture: Capture, manager: ServiceManager,
                 environment: Callable[[Plan], Mapping[str, str]],
                 launch: LaunchSpawner | None = None) -> None:
        """Connect everything, start nothing; ``launch`` replaces that of a real spawner."""
        self._runtime, paths = runtime, runtime.paths
        self._capture, self._kept = capture, (kept := Kept(paths.desired))
        self._crashes = crashes = CrashRecords(stacks=paths.stacks, logs=paths.logs)
        self._orders = orders = OrderBook(
            plan, environ=environ, run_id=run_id, plans=paths.plans, socket=paths.socket,
            stack_file=crashes.stack_file)
        self._server = ControlServer(paths.socket, self._answer, self._client_gone)
        publish = self._server.broadcast
        self._robot = robot = Robot(
            plan, self._carry_out, asyncio.get_running_loop().time, random.random)
        self._processes = processes = Processes(
            orders, capture, run_id=run_id, environ=environ, preload=orders.preload,
            feed=robot.feed, launch=launch, standby_s=standby_of(plan))
        running = processes.running
        observed = Observed(running=running, crash_records=crashes.newest)
        self._link = link = HealthLink(robot, running)
        transitions = Transitions(robot, link.send, publish)
        self._health = health = RobotHealth(robot, link, observed, kept, publish, environ)
        self._failures = failures = Failures(robot, crashes, processes, health.exited)
        self._service = service = ServiceNews(robot, manager)
        announcements = Announcements(robot, running, health, service, publish)
        expectations = Expectations(robot, link, running, transitions, paths.logs)
        readings = Readings(robot, link, running, health, transitions, observed.samples)
        self.ending = ending = Ending(robot, processes, service)
        requests = Requests(robot, health, transitions.pending, self._about(observed, environ))
        joining = Joining(robot, orders, capture, health, kept)
        readings.doubled = Twins(robot, orders.argv, environ, run_id).look
        taking_over = TakingOver(robot, orders, processes, capture, health, kept, environment)
        robot.hearers += [announcements.hear, transitions.hear, failures.hear, link.hear]
        robot.changed = expectations.changed
        processes.spawner_changed = health.spawner
        link.listeners += [health.monitor, transitions.monitor]
        self._answers = _answers(requests, link, readings, ending, joining, taking_over)
        self._carriers = _carriers(
            processes, ending, announcements, failures, transitions, kept, taking_over)

    async def run(self) -> int:
        """
        Run the project until it has ended.

        :returns: 0, or 1 when a node ended as failed
        """
        await self._server.open()
        self._runtime.begin(self._server, self._moved)
        try:
            await self._processes.launch()
            if not self._robot.shutting_down:
                self._begin()
            await self.ending.wait()
        finally:
            await self._processes.close()
            await self._health.close()
            await self._failures.close()
            await self._capture.drain(_DRAIN_S)
            self._server.broadcast(Ended(status=self.ending.status))
            await self._runtime.end()
            await self._server.close()
            self._service.close()
        return self.ending.status

    def _begin(self) -> None:
        self._crashes.clear()
        self._health.begin()
        self._robot.begin(stopped=self._kept.stopped, held=self._kept.held)
        self._service.begin()

    def _carry_out(self, command: core.Command) -> None:
        self._carriers[type(command)](command)

    def _answer(self, client: Client, request: Request[Any]) -> Reply:
        return self._answers[type(request)](client, request)

    def _client_gone(self, client: Client) -> None:
        self._link.client_gone(client)

    def _moved(self, paths: ProjectPaths) -> None:
        self._orders.move(plans=paths.plans, socket=paths.socket)
        self._crashes.move(paths.stacks)

    def _about(self, observed: Observed, environ: Mapping[str, str]) -> About:
        return About(
            paths=self._runtime.paths, middleware=middleware_env(environ),
            samples=observed.samples, pids=self._own_pids, take_problem=self._kept.take_problem)

    def _own_pids(self) -> dict[str, int | None]:
        health = self._processes.running.get(HEALTH_UNIT)
        return {'spawner_pid': self._processes.spawner_pid, 'capture_pid': self._capture.pid,
                'health_pid': health.pid if health else None}


def _answers(
    requests: Requests, link: HealthLink, readings: Readings, ending: Ending, joining: Joining,
    taking_over: TakingOver,
) -> Answers:
    """Return who answers each kind of request."""
    return {
        **requests.answers(), **link.answers(), **readings.answers(),
        session.ShutDown: ending.answer, Register: joining.answer, TakeOver: taking_over.answer}


def _carriers(
    processes: Processes, ending: Ending, announcements: Announcements, failures: Failures,
    transitions: Transitions, kept: Kept, taking_over: TakingOver,
) -> dict[type[core.Command], Callable[[Any], None]]:
    """Return who carries out each kind of command."""
    return {
        core.StartProcess: processes.start, core.SendSignal: ending.signal,
        core.AnnounceState: announcements.state, core.CollectEvidence: failures.collect,
        core.SetMuted: transitions.mute, core.PauseUnit: transitions.pause,
        core.ResumeUnit: transitions.resume, core.EndSystem: ending.end,
        core.UnitsEnded: taking_over.ended,
        core.RememberStopped: lambda command: kept.stop(command.unit, command.stopped),
        core.RememberHeld: lambda command: kept.hold(command.unit, command.held)}

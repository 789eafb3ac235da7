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
import logging
import random
import signal
from typing import Any

from nevil_bringup.capture.client import Capture
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import ControlServer
from nevil_bringup.dds import middleware_env
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.announcements import Announcements
from nevil_bringup.supervisor.crash import CrashRecords
from nevil_bringup.supervisor.expectations import Expectations
from nevil_bringup.supervisor.failures import Failures
from nevil_bringup.supervisor.health import RobotHealth
from nevil_bringup.supervisor.health_link import HealthLink
from nevil_bringup.supervisor.joining import join
from nevil_bringup.supervisor.kept import Kept
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.readings import Readings
from nevil_bringup.supervisor.reports import Observed
from nevil_bringup.supervisor.requests import About
from nevil_bringup.supervisor.requests import Requests
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.service import ServiceNews
from nevil_bringup.supervisor.transitions import Transitions
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.control import monitor
from nevil_health.control import session
from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.events import Ended
from nevil_health.control.operations import Register
from nevil_health.core import AnnounceState
from nevil_health.core import CollectEvidence
from nevil_health.core import Command
from nevil_health.core import EndSystem
from nevil_health.core import MonitorLost
from nevil_health.core import PauseUnit
from nevil_health.core import RememberHeld
from nevil_health.core import RememberStopped
from nevil_health.core import ResumeUnit
from nevil_health.core import SendSignal
from nevil_health.core import SetMuted
from nevil_health.core import ShutdownRequested
from nevil_health.core import StartProcess
from nevil_health.core import SystemStarted
from nevil_health.core import UnitEvent
from nevil_nodes.declarations.plan import Plan

__all__ = ['Supervisor']

_log = logging.getLogger('supervisor')
# Seconds the output of ended nodes gets to reach the log files.
_DRAIN_S = 5.0
# Seconds until the end by SIGKILL has to be known when everything is to end anyway.
_KILLED_S = 5.0


class Supervisor:
    """Runs one project from start to end."""

    def __init__(self, plan: Plan, *, paths: ProjectPaths, environ: Mapping[str, str],
                 run_id: str, capture: Capture, manager: ServiceManager) -> None:
        """Prepare everything; nothing is started yet."""
        self.asked_to_end = False
        self._status = 0
        self._ended = asyncio.Event()
        self._capture = capture
        self._kept = Kept(paths.desired)
        self._crashes = CrashRecords(stacks=paths.stacks, logs=paths.logs)
        self._orders = OrderBook(
            plan, environ=environ, run_id=run_id, plans=paths.plans, socket=paths.socket,
            stack_file=self._crashes.stack_file)
        self._server = ControlServer(paths.socket, self._answer, self._client_gone)
        publish = self._server.broadcast
        self._robot = robot = Robot(
            plan, self._carry_out, asyncio.get_running_loop().time, random.random)
        self._processes = Processes(
            self._orders, capture, run_id=run_id, environ=environ,
            preload=self._orders.preload(), feed=self._feed)
        running = self._processes.running
        observed = Observed(running=running, crash_records=self._crashes.newest)
        self._link = link = HealthLink(robot, running)
        self._transitions = Transitions(robot, link.send, publish)
        self._health = RobotHealth(robot, link, observed, self._kept, publish, environ)
        self._failures = Failures(robot, self._crashes, self._processes, self._health.exited)
        self._service = ServiceNews(robot, manager)
        self._announcements = Announcements(
            robot, running, self._health, self._service, publish)
        expectations = Expectations(robot, link, running, self._transitions, paths.logs)
        readings = Readings(
            robot, link, running, self._health, self._transitions, observed.samples)
        requests = Requests(robot, self._health, self._transitions.pending, About(
            paths=paths, middleware=middleware_env(environ), samples=observed.samples,
            pids=self._own_pids))
        robot.hearers += [
            self._announcements.hear, self._transitions.hear, self._failures.hear]
        robot.changed = expectations.changed
        link.listeners += [self._health.monitor, self._transitions.monitor]
        self._answers: dict[type[Request[Any]], Callable[[Client, Any], Reply]] = {
            **requests.answers(), session.ShutDown: self._shut_down, Register: self._register,
            monitor.AttachHealth: link.attach, monitor.Alive: link.alive,
            monitor.HeartbeatReading: readings.heartbeat, monitor.Samples: readings.sampled,
            monitor.LifecycleChanged: readings.transitioned}

    # -- life ------------------------------------------------------------------------------

    async def run(self) -> int:
        """
        Run the project until it has ended.

        :returns: 0, or 1 when a node ended as failed
        """
        await self._server.open()
        try:
            await self._processes.launch()
            if not self._robot.shutting_down:
                self._begin()
            await self._ended.wait()
        finally:
            await self._processes.close()
            await self._health.close()
            await self._failures.close()
            await self._capture.drain(_DRAIN_S)
            self._server.broadcast(Ended(status=self._status))
            await self._server.close()
            self._service.close()
        return self._status

    def _begin(self) -> None:
        now = self._robot.now()
        self._robot.own.feed(SystemStarted(at=now))
        self._robot.units.feed(MonitorLost(at=now))
        self._crashes.clear()
        self._health.begin()
        self._robot.units.feed(SystemStarted(
            at=now, stopped=self._kept.stopped, held=self._kept.held))
        self._service.begin()

    def now(self) -> float:
        """Return monotonic seconds."""
        return self._robot.now()

    def request_shutdown(self, *, hurry: bool = False) -> None:
        """
        End everything in order.

        :param hurry: shorten the stop escalations of a shutdown under way; once more, kill
        """
        hurry = hurry and self._robot.shutting_down
        if not self._robot.shutting_down:
            _log.info('stopping %s', self._robot.plan.project)
            self.asked_to_end = True
            self._service.stopping()
        self._robot.shutting_down = True
        self._robot.units.feed(ShutdownRequested(at=self._robot.now(), hurry=hurry))

    def _end(self, command: EndSystem) -> None:
        if self._robot.own.core.ending:
            self._ended.set()
            return
        self._service.stopping()
        self._status = command.status
        if command.reason:
            _log.error('%s ends: %s', self._robot.plan.project, command.reason)
        self._robot.own.feed(ShutdownRequested(at=self._robot.now()))

    # -- what comes in, and the commands of the cores --------------------------------------

    def _feed(self, event: UnitEvent) -> None:
        self._robot.feed(event)

    def _answer(self, client: Client, request: Request[Any]) -> Reply:
        return self._answers[type(request)](client, request)

    def _client_gone(self, client: Client) -> None:
        self._link.client_gone(client)

    def _shut_down(self, _client: Client, request: session.ShutDown) -> session.Done:
        self.request_shutdown(hurry=request.hurry)
        return session.Done()

    def _register(self, _client: Client, request: Register) -> session.Done:
        join(self._robot, request.plan, orders=self._orders, capture=self._capture,
             health=self._health, kept=self._kept)
        return session.Done()

    def _own_pids(self) -> dict[str, int | None]:
        health = self._processes.running.get(HEALTH_UNIT)
        return {'spawner_pid': self._processes.spawner_pid, 'capture_pid': self._capture.pid,
                'health_pid': health.pid if health else None}

    def _carry_out(self, command: Command) -> None:
        match command:
            case StartProcess():
                self._processes.start(command)
            case SendSignal():
                self._processes.signal(command)
                if self._robot.shutting_down and command.signal == signal.SIGKILL:
                    asyncio.get_running_loop().call_later(
                        _KILLED_S, self._processes.insist, command.unit, command.generation)
            case AnnounceState():
                self._announcements.state(command)
            case SetMuted():
                self._transitions.mute(command)
            case PauseUnit():
                self._transitions.pause(command)
            case ResumeUnit():
                self._transitions.resume(command)
            case CollectEvidence():
                self._failures.collect(command)
            case RememberStopped(unit=unit, stopped=stopped):
                self._kept.stop(unit, stopped)
            case RememberHeld(unit=unit, held=held):
                self._kept.hold(unit, held)
            case EndSystem():
                self._end(command)
            case _:
                raise AssertionError(f'unknown command {command!r}')

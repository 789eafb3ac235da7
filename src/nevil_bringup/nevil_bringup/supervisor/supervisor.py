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

"""Feed the policy core, carry out its commands: the one owner of every process of a robot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
import logging
import os
import random
import signal
from typing import Any

from nevil_bringup.capture.client import Capture
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import ControlServer
from nevil_bringup.dds import middleware_env
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.clocked import ClockedCore
from nevil_bringup.supervisor.crash import CrashRecords
from nevil_bringup.supervisor.failures import Failures
from nevil_bringup.supervisor.health import HealthLink
from nevil_bringup.supervisor.judging import Judging
from nevil_bringup.supervisor.kept import Kept
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.requests import Requests
from nevil_bringup.supervisor.service import ServiceNews
from nevil_bringup.supervisor.units import core_settings
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_bringup.supervisor.units import health_unit
from nevil_bringup.supervisor.units import unit_specs
from nevil_health.control.events import Ended
from nevil_health.control.events import ProcessChanged
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.core import AnnounceState
from nevil_health.core import CollectEvidence
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import EndSystem
from nevil_health.core import MonitorLost
from nevil_health.core import PauseUnit
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
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
_LEVELS = {'INFO': logging.INFO, 'WARN': logging.WARNING, 'ERROR': logging.ERROR}
# Seconds the output of ended nodes gets to reach the log files.
_DRAIN_S = 5.0
# Seconds until the end by SIGKILL has to be known when everything is to end anyway.
_KILLED_S = 5.0


class Supervisor:
    """
    Runs one project from start to end.

    Two cores share one policy: the robot's units, and Nevil's own health node, which starts with
    the first and ends after the last of them.
    """

    def __init__(self, plan: Plan, *, paths: ProjectPaths, environ: Mapping[str, str],
                 run_id: str, capture: Capture, manager: ServiceManager) -> None:
        """Prepare everything; nothing is started yet."""
        self.plan = plan
        self.middleware = middleware_env(environ)
        self.paths = paths
        self.capture = capture
        self.shutting_down = False
        self.asked_to_end = False
        self.settled: str | None = None
        self._status = 0
        self._ended = asyncio.Event()
        self.kept = Kept(paths.desired)
        self.crashes = CrashRecords(stacks=paths.stacks, logs=paths.logs)
        self.orders = OrderBook(
            plan, environ=environ, run_id=run_id, plans=paths.plans, socket=paths.socket,
            stack_file=self.crashes.stack_file)
        self.processes = Processes(self.orders, capture, run_id=run_id, environ=environ,
                                   preload=self.orders.preload(), feed=self.feed)
        self.robot = ClockedCore(
            Core(unit_specs(plan), core_settings(plan), random.random), self._carry_out)
        self.own = ClockedCore(
            Core([health_unit()], CoreSettings(parallel=True), random.random), self._carry_out)
        self.unit_of = {name: process.name for process in plan.processes
                        for name in process.nodes}
        self.unit_of.update(
            {node.name: node.name for node in plan.nodes if node.name not in self.unit_of})
        self.health = HealthLink(self)
        self.judging = Judging(self, environ)
        self._failures = Failures(self, self.crashes)
        self._service = ServiceNews(self, manager)
        requests = Requests(self)
        self.server = ControlServer(paths.socket, requests.answer, self._client_gone)

    # -- life ------------------------------------------------------------------------------

    async def run(self) -> int:
        """
        Run the project until it has ended.

        :returns: 0, or 1 when a node ended as failed
        """
        await self.server.open()
        try:
            await self.processes.launch()
            if not self.shutting_down:
                self._begin()
            await self._ended.wait()
        finally:
            await self.processes.close()
            await self.judging.close()
            await self._failures.close()
            await self.capture.drain(_DRAIN_S)
            self.server.broadcast(Ended(status=self._status))
            await self.server.close()
            self._service.close()
        return self._status

    def _begin(self) -> None:
        now = self.now()
        self.own.feed(SystemStarted(at=now))
        self.robot.feed(MonitorLost(at=now))
        self.crashes.clear()
        self.judging.begin()
        self.robot.feed(SystemStarted(at=now, stopped=self.kept.stopped, held=self.kept.held))
        self._service.begin()

    def request_shutdown(self, *, hurry: bool = False) -> None:
        """
        End everything in order.

        :param hurry: shorten the ladders of a shutdown that is under way; once more, kill
        """
        hurry = hurry and self.shutting_down
        if not self.shutting_down:
            _log.info('stopping %s', self.plan.project)
            self.asked_to_end = True
            self._service.stopping()
        self.shutting_down = True
        self.robot.feed(ShutdownRequested(at=self.now(), hurry=hurry))

    def now(self) -> float:
        """Return monotonic seconds, the time of every event."""
        return asyncio.get_running_loop().time()

    def cores(self, unit: str) -> ClockedCore:
        """Return the core that knows the unit."""
        return self.own if unit == HEALTH_UNIT else self.robot

    # -- commands of the cores -------------------------------------------------------------

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, StartProcess):
            self.processes.start(command)
        elif isinstance(command, SendSignal):
            self.processes.signal(command)
            if self.shutting_down and command.signal == signal.SIGKILL:
                asyncio.get_running_loop().call_later(
                    _KILLED_S, self.processes.insist, command.unit, command.generation)
        elif isinstance(command, AnnounceState):
            self._announce(command)
        elif isinstance(command, SetMuted):
            self.health.transitions.mute(command)
        elif isinstance(command, PauseUnit):
            self.health.transitions.pause(command)
        elif isinstance(command, ResumeUnit):
            self.health.transitions.resume(command)
        elif isinstance(command, CollectEvidence):
            self._failures.collect(command)
        elif isinstance(command, RememberStopped):
            self.kept.stop(command.unit, command.stopped)
        elif isinstance(command, RememberHeld):
            self.kept.hold(command.unit, command.held)
        elif isinstance(command, EndSystem):
            self._end(command)
        else:
            raise AssertionError(f'unknown command {command!r}')

    def _announce(self, change: AnnounceState) -> None:
        if change.unit != HEALTH_UNIT or change.level != 'INFO':
            _log.log(_LEVELS[change.level], '%s: %s -> %s: %s',
                     change.unit, change.old, change.new, change.reason)
        if change.unit == HEALTH_UNIT:
            return
        self.shutting_down = self.shutting_down or self.robot.core.ending  # on_failed: shutdown
        running = self.processes.running.get(change.unit)
        for node in self.members(change.unit):
            self.server.broadcast(StateChanged(
                at=self.now(), node=node, old=change.old, new=change.new, reason=change.reason,
                level=change.level, pid=running.pid if running is not None else None))
        self.judging.state(change, self.robot.core.view_of(change.unit))
        asyncio.get_running_loop().call_soon(self._settle)

    def _settle(self) -> None:
        settled = self.robot.core.settled
        if settled != self.settled:
            self.settled = settled
            if settled is not None and not self.shutting_down:
                _log.info('%s is %s', self.plan.project, settled)
                self.server.broadcast(Settled(state=settled))
        self._service.changed()

    def _end(self, command: EndSystem) -> None:
        if not self.own.core.ending:
            self._service.stopping()
            self._status = command.status
            if command.reason:
                _log.error('%s ends: %s', self.plan.project, command.reason)
            self.own.feed(ShutdownRequested(at=self.now()))
        else:
            self._ended.set()

    # -- facts -----------------------------------------------------------------------------

    def feed(self, event: UnitEvent) -> None:
        """Feed a fact of one unit to the core that knows it, and keep the health node informed."""
        if isinstance(event, (ProcessStarted, ProcessExited)):
            self._tell_process(event)
        if isinstance(event, (ProcessExited, ProcessFailed)):
            self.health.transitions.ended(event.unit)
            self._failures.ended(event)
        if isinstance(event, ProcessExited):
            self.capture.ended(event.unit)
        self.cores(event.unit).feed(event)
        self.health.expectations_changed()

    def _tell_process(self, event: ProcessStarted | ProcessExited) -> None:
        nodes = tuple(self.members(event.unit))
        if not nodes:
            return
        if isinstance(event, ProcessStarted):
            self.server.broadcast(ProcessChanged(nodes=nodes, pid=event.pid))
        else:
            self.server.broadcast(ProcessChanged(
                nodes=nodes, pid=self.cores(event.unit).core.view_of(event.unit).pid,
                returncode=-event.signal if event.signal else event.code))

    def members(self, unit: str) -> list[str]:
        """Return the nodes of a unit."""
        return [node for node, of in self.unit_of.items() if of == unit]

    def _client_gone(self, client: Client) -> None:
        self.health.client_gone(client)

    def own_pids(self) -> dict[str, Any]:
        """Return the pids of Nevil's own processes, for the status."""
        health = self.processes.running.get(HEALTH_UNIT)
        return {
            'pid': os.getpid(),
            'spawner_pid': self.processes.spawner_pid,
            'capture_pid': self.capture.pid,
            'health_pid': health.pid if health else None,
        }

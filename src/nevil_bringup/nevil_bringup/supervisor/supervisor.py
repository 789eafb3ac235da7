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
from dataclasses import dataclass
import logging
import os
import random
from typing import Any

from nevil_bringup.capture.client import Capture
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import ControlServer
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.spawner import protocol
from nevil_bringup.spawner.client import Spawner
from nevil_bringup.supervisor.clocked import ClockedCore
from nevil_bringup.supervisor.desired import DesiredState
from nevil_bringup.supervisor.health import HealthLink
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.requests import Requests
from nevil_bringup.supervisor.units import core_settings
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_bringup.supervisor.units import health_unit
from nevil_bringup.supervisor.units import unit_specs
from nevil_health.core import AnnounceState
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import EndSystem
from nevil_health.core import ProcessEvent
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import RememberStopped
from nevil_health.core import SendSignal
from nevil_health.core import SetMuted
from nevil_health.core import ShutdownRequested
from nevil_health.core import StartProcess
from nevil_health.core import SystemStarted
from nevil_health.core import UnitEvent
from nevil_nodes.declarations.plan import Plan

__all__ = ['Running', 'Supervisor']

_log = logging.getLogger('supervisor')
_LEVELS = {'INFO': logging.INFO, 'WARN': logging.WARNING, 'ERROR': logging.ERROR}
# What every NevilNode and the health node load, and the interface packages of rclpy's own services.
_PRELOADED = (
    'nevil_nodes.run', 'nevil_nodes.node.process', 'nevil_framework.base_node',
    'nevil_health.monitor', 'nevil_msgs', 'lifecycle_msgs', 'rcl_interfaces', 'builtin_interfaces',
    'type_description_interfaces', 'rosgraph_msgs', 'service_msgs', 'std_msgs')
# Seconds the output of ended nodes gets to reach the log files.
_DRAIN_S = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A live process as the spawner reported it."""

    pid: int
    generation: int
    started_at: float


class Supervisor:
    """
    Runs one project from start to end.

    Two cores share one policy: the robot's units, and Nevil's own health node, which starts with
    the first and ends after the last of them.
    """

    def __init__(self, plan: Plan, *, paths: ProjectPaths, environ: Mapping[str, str],
                 run_id: str, capture: Capture) -> None:
        """Prepare everything; nothing is started yet."""
        self.plan = plan
        self.paths = paths
        self.capture = capture
        self.running: dict[str, Running] = {}
        self.shutting_down = False
        self.settled: str | None = None
        self._environ = dict(environ)
        self._run_id = run_id
        self._status = 0
        self._ended = asyncio.Event()
        self._desired = DesiredState(paths.desired)
        self._orders = OrderBook(plan, environ=environ, run_id=run_id, plans=paths.plans,
                                 socket=paths.socket)
        self.robot = ClockedCore(
            Core(unit_specs(plan), core_settings(plan), random.random), self._carry_out)
        self.own = ClockedCore(
            Core([health_unit()], CoreSettings(parallel=True), random.random), self._carry_out)
        self.unit_of = {name: process.name for process in plan.processes
                        for name in process.nodes}
        self.unit_of.update(
            {node.name: node.name for node in plan.nodes if node.name not in self.unit_of})
        self.health = HealthLink(self)
        requests = Requests(self)
        self.server = ControlServer(paths.socket, requests.answer, self._client_gone)
        self._outputs: dict[str, int] = {}
        self._spawner: Spawner | None = None
        self._relaunching: asyncio.Task[None] | None = None
        self._spawner_ready = False
        # Starts that no spawner has answered yet; a new spawner is given them again.
        self._unanswered: dict[str, StartProcess] = {}

    # -- life ------------------------------------------------------------------------------

    async def run(self) -> int:
        """
        Run the project until it has ended.

        :returns: 0, or 1 when a node ended as failed
        """
        await self.server.open()
        try:
            await self._launch_spawner()
            now = asyncio.get_running_loop().time()
            self.own.feed(SystemStarted(at=now))
            self.robot.feed(SystemStarted(at=now, stopped=self._desired.stopped))
            await self._ended.wait()
        finally:
            if self._spawner is not None:
                await self._spawner.close(2.0)
            await self.capture.drain(_DRAIN_S)
            self.server.broadcast({'event': 'ended', 'status': self._status})
            await self.server.close()
        return self._status

    def request_shutdown(self, *, hurry: bool = False) -> None:
        """
        End everything in order.

        :param hurry: shorten the ladders of a shutdown that is under way; once more, kill
        """
        hurry = hurry and self.shutting_down
        if not self.shutting_down:
            _log.info('stopping %s', self.plan.project)
        self.shutting_down = True
        self.robot.feed(ShutdownRequested(at=self.now(), hurry=hurry))

    def now(self) -> float:
        """Return monotonic seconds, the time of every event."""
        return asyncio.get_running_loop().time()

    def cores(self, unit: str) -> ClockedCore:
        """Return the core that knows the unit."""
        return self.own if unit == HEALTH_UNIT else self.robot

    def muted(self, unit: str) -> bool:
        """Tell whether the unit shall be inactive."""
        return self.cores(unit).core.view_of(unit).muted

    # -- commands of the cores -------------------------------------------------------------

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, StartProcess):
            self._start(command)
        elif isinstance(command, SendSignal):
            if self._spawner is not None:
                self._spawner.signal(command.unit, command.generation, command.signal)
        elif isinstance(command, AnnounceState):
            self._announce(command)
        elif isinstance(command, SetMuted):
            self.health.set_muted(command.unit, command.generation, muted=command.muted)
        elif isinstance(command, RememberStopped):
            self._desired.remember(command.unit, stopped=command.stopped)
        elif isinstance(command, EndSystem):
            self._end(command)
        else:
            raise AssertionError(f'unknown command {command!r}')

    def _start(self, command: StartProcess) -> None:
        unit, generation = command.unit, command.generation
        self._unanswered[unit] = command
        if self._spawner is None or not self._spawner_ready:
            return
        try:
            order = self._orders.order(unit, generation, muted=self.muted(unit))
            if unit not in self._outputs:
                nodes = () if unit == HEALTH_UNIT else self._orders.process(unit).nodes
                self._outputs[unit] = self.capture.pipe(unit, nodes)
            self._spawner.start(order, self._outputs[unit])
        except OSError as error:
            reason = f'cannot be started: {error}'
            asyncio.get_running_loop().call_soon(
                lambda: self.feed(ProcessFailed(
                    at=self.now(), unit=unit, generation=generation, reason=reason)))

    def _announce(self, change: AnnounceState) -> None:
        if change.unit != HEALTH_UNIT or change.level != 'INFO':
            _log.log(_LEVELS[change.level], '%s: %s -> %s: %s',
                     change.unit, change.old, change.new, change.reason)
        if change.unit == HEALTH_UNIT:
            return
        for node, unit in self.unit_of.items():
            if unit == change.unit:
                self.server.broadcast({
                    'event': 'state', 'at': self.now(), 'node': node, 'old': change.old,
                    'new': change.new, 'reason': change.reason, 'level': change.level,
                    'pid': self.running[unit].pid if unit in self.running else None})
        asyncio.get_running_loop().call_soon(self._settle)

    def _settle(self) -> None:
        settled = self.robot.core.settled
        if settled != self.settled:
            self.settled = settled
            if settled is not None and not self.shutting_down:
                _log.info('%s is %s', self.plan.project, settled)
                self.server.broadcast({'event': 'settled', 'state': settled})

    def _end(self, command: EndSystem) -> None:
        if not self.own.core.ending:
            self._status = command.status
            self.own.feed(ShutdownRequested(at=self.now()))
        else:
            self._ended.set()

    # -- news of processes -----------------------------------------------------------------

    async def _launch_spawner(self) -> None:
        self._spawner_ready = False
        modules = [*_PRELOADED, *self._interface_packages()]
        self._spawner = await Spawner.launch(
            run_id=self._run_id, preload=list(dict.fromkeys(modules)), env=self._environ,
            log_fd=self.capture.system_fd, on_event=self._on_spawner)

    def _interface_packages(self) -> list[str]:
        types = {topic.ros_type for node in self.plan.nodes
                 for topic in (*node.publishes, *node.subscribes)}
        return sorted({name.split('/')[0] for name in types})

    def _on_spawner(self, event: protocol.SpawnerEvent) -> None:
        if isinstance(event, protocol.ProcessStarted):
            self.running[event.unit] = Running(
                pid=event.pid, generation=event.generation, started_at=event.at)
            self.feed(ProcessStarted(
                at=event.at, unit=event.unit, generation=event.generation, pid=event.pid))
        elif isinstance(event, protocol.ProcessExited):
            if event.survivors:
                _log.warning('%s: left %d processes behind, killed', event.unit, event.survivors)
            self.feed(ProcessExited(
                at=event.at, unit=event.unit, generation=event.generation, code=event.code,
                signal=event.signal, core_dumped=event.core_dumped))
        elif isinstance(event, protocol.ProcessFailed):
            self.feed(ProcessFailed(
                at=event.at, unit=event.unit, generation=event.generation, reason=event.reason))
        elif isinstance(event, protocol.SpawnerReady):
            _log.info('spawner ready after %.2f s', event.preload_s)
            self._spawner_ready = True
            for command in list(self._unanswered.values()):
                self._start(command)
        elif isinstance(event, protocol.SpawnerLost):
            self._spawner_lost(event)

    def feed(self, event: UnitEvent) -> None:
        """Feed a fact of one unit to the core that knows it, and keep the health node informed."""
        unit = event.unit
        waiting = self._unanswered.get(unit)
        if isinstance(event, ProcessEvent) and waiting and event.generation == waiting.generation:
            del self._unanswered[unit]
        if isinstance(event, ProcessExited):
            running = self.running.get(unit)
            if running is not None and running.generation == event.generation:
                del self.running[unit]
        self.cores(unit).feed(event)
        self.health.expectations_changed()

    def _spawner_lost(self, event: protocol.SpawnerLost) -> None:
        """Every node of the lost spawner is dead; a new one starts them again by their policies."""
        self._spawner, self._spawner_ready = None, False
        if self._ended.is_set():
            return
        _log.error('the spawner ended (status %d), starting a new one', event.status)
        for unit, running in list(self.running.items()):
            self.feed(ProcessExited(
                at=event.at, unit=unit, generation=running.generation, signal=9))
        self._relaunching = asyncio.get_running_loop().create_task(self._launch_spawner())

    def _client_gone(self, client: Client) -> None:
        self.health.client_gone(client)

    def own_pids(self) -> dict[str, Any]:
        """Return the pids of Nevil's own processes, for the status."""
        health = self.running.get(HEALTH_UNIT)
        return {
            'pid': os.getpid(),
            'spawner_pid': self._spawner.pid if self._spawner else None,
            'capture_pid': self.capture.pid,
            'health_pid': health.pid if health else None,
        }

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

"""The robot that a launch file is: its supervisor, its processes, its end."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from launch.actions import OpaqueFunction
from launch.event_handler import EventHandler
from launch.event_handlers import OnShutdown
from launch.events import Shutdown
from launch.events.process import ShutdownProcess
import launch.logging
from nevil_bringup.launch.any.author import waits_for_end
from nevil_bringup.launch.any.author import waits_for_start
from nevil_bringup.launch.any.components import Containers
from nevil_bringup.launch.any.first_starts import FirstStarts
from nevil_bringup.launch.any.house import House
from nevil_bringup.launch.any.isolation import Isolation
from nevil_bringup.launch.any.lifecycle import repeat_transitions
from nevil_bringup.launch.any.names import Names
from nevil_bringup.launch.any.names import ros_name
from nevil_bringup.launch.any.process import OwnedProcess
from nevil_bringup.launch.any.program import Program
from nevil_bringup.launch.any.registration import Registration
from nevil_bringup.launch.any.reruns import Reruns
from nevil_bringup.launch.any.rules import Rules
from nevil_bringup.launch.failed import Failed
from nevil_bringup.launch.failed import raise_failed
from nevil_bringup.launch.signals import Ending
from nevil_bringup.launch.supervisor_link import SupervisorFailed
from nevil_health.control.base import Event
from nevil_health.control.events import Ended
from nevil_health.control.events import ProcessChanged
from nevil_health.control.events import StateChanged
from nevil_health.control.operations import NodeRequest
from nevil_health.control.operations import StartNode
from nevil_health.control.operations import StopNode

__all__ = ['AnyRobot', 'robot_of', 'RobotFailed']

_KEY = 'nevil_any_robot'
_LOAD_TIMEOUT_S = 60.0  # as in a project


class RobotFailed(Exception):
    """The robot has not ended as it should; launch's exit status says so too."""


def robot_of(context: Any) -> AnyRobot:
    """Return the robot of a launch, whose description begins with ``AnyRobot.begin``."""
    found: AnyRobot = context.get_locals_as_dict()[_KEY]
    return found


class AnyRobot:
    """Registers each process with the supervisor when launch executes it; passes on its news."""

    def __init__(self, house: House, rules: Rules) -> None:
        """Make the robot of a supervisor that is starting."""
        self._project = house.plan.project
        self._rules = rules
        self._output = house.output
        self._link = house.link
        self._names = Names()
        self._processes: dict[str, OwnedProcess] = {}
        self._first_starts = FirstStarts(self._processes, self._started)
        self._stopping = self._finished = False
        self._context: Any = None
        self._ending: Ending
        self._ended: asyncio.Future[None]
        self._problem = ''
        self._log = launch.logging.get_logger('nevil')
        self._tasks: set[asyncio.Task[None]] = set()
        self._reruns = Reruns(lambda name: self._ask(StartNode(name=name)))
        self._registration = Registration(house, rules, self._note)
        self.containers: Containers

    def begin(self, context: Any) -> None:
        """Begin with a launch: to be called by the first action of its description."""
        context.extend_globals({_KEY: self})
        self._context = context
        self._ended = context.asyncio_loop.create_future()
        self._ending = Ending(context, self._stop)
        self._ending.begin()
        context.register_event_handler(
            OnShutdown(on_shutdown=lambda _event, _context: self._wait_for_end()))
        context.register_event_handler(EventHandler(
            matcher=lambda event: isinstance(event, ShutdownProcess),
            entities=OpaqueFunction(function=self._on_shutdown_process)))
        context.register_event_handler(EventHandler(
            matcher=lambda event: isinstance(event, Failed),
            entities=OpaqueFunction(function=raise_failed)))
        self._output.begin(self._printed)
        isolation = Isolation(context, self._rules, self._process_of)
        self.containers = Containers(
            context, isolation.container_for, self._loaded,
            float(os.environ.get('NEVIL_LOAD_TIMEOUT') or _LOAD_TIMEOUT_S))
        self._task(self._run())

    async def execute(
        self, protocol: Any, details: dict[str, Any], program: Program,
    ) -> OwnedProcess | None:
        """
        Start a process and return when it is there.

        :returns: None when everything is ending already
        :raises OSError: it cannot be executed, or Nevil does not take it
        """
        if self._stopping:
            return None
        name = self._names.take(details)
        try:
            program.check()
        except OSError as error:
            self._note(f'{name}: {error}')
            raise
        waits = program.on_exit or waits_for_end(self._context, details)
        node = await self._registration.prepare(
            self._context, name, details['action'], program, waits=waits)
        process = OwnedProcess(name, protocol, self._context, details, program,
                               stop=lambda: self._ask(StopNode(name=name)))
        process.authors_end = waits and not self._rules.says(node)
        self._reruns.add(name, self._rules.serves(node, program.argv))
        self._processes[name] = process
        await self._registration.register(node, program)
        try:
            await process.first
        except OSError:
            if self._stopping:
                return None
            raise
        # In the next turn: launch reports the start first, then the output.
        asyncio.get_running_loop().call_soon(process.hear)
        return process

    # -- life --------------------------------------------------------------------------------

    async def _run(self) -> None:
        """Handle the supervisor's events until it has ended; then launch ends too."""
        try:
            async for event in self._link.events():
                self._hear(event)
            status = await self._link.wait()
            if status not in (0, 1):
                self._problem = f'the supervisor ended unexpectedly (status {status})'
        except SupervisorFailed as error:
            self._problem = str(error)
        await self._finish()

    async def _finish(self) -> None:
        self._shut_down(self._problem or f'{self._project} was stopped')
        self._stopping = self._finished = True
        self._output.close()
        for process in self._processes.values():
            process.not_started('not started: everything ends')
            process.over()
            process.spoken()
        for process in list(self._processes.values()):
            await process.settle()
        for problem in self._registration.unmatched():
            self._log.warning(problem)
        given_up = [name for name, process in self._processes.items()
                    if process.state == 'failed' and not process.authors_end]
        if given_up and not self._problem:
            self._problem = f'given up: {", ".join(given_up)}'
        if self._problem:
            self._context.emit_event_sync(
                Failed(RobotFailed(f'{self._project}: {self._problem}')))
        self._ending.end()
        self._ended.set_result(None)

    def _note(self, problem: str) -> None:
        """Note why the robot has failed; what comes after the first follows from it."""
        self._problem = self._problem or problem

    def _shut_down(self, reason: str) -> None:
        if not self._context.is_shutdown:
            self._context.emit_event_sync(Shutdown(reason=reason))

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._link.stop()

    def _wait_for_end(self) -> None:
        """Launch ends: so does the robot, in order, and launch waits for that."""
        self._stop()
        if not self._ended.done():
            self._context.add_completion_future(self._ended)

    def _on_shutdown_process(self, context: Any) -> None:
        event = context.locals.event
        for process in list(self._processes.values()):
            if event.process_matcher(process.details['action']):
                process.shutdown()

    # -- news from the supervisor ------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        if isinstance(event, Ended):
            self._stopping = True
            self._shut_down(f'{self._project} was stopped')
        elif isinstance(event, ProcessChanged):
            for name in event.nodes:
                process = self._processes.get(name)
                if process is None:
                    continue
                if event.returncode is not None:
                    self._first_starts.flush()
                    process.exited(event.returncode, last=self._stopping)
                elif event.pid is not None:
                    self._first_starts.started(process, event.pid)
        elif isinstance(event, StateChanged) and event.node in self._processes:
            self._changed(self._processes[event.node], event)

    def _started(self, process: OwnedProcess, pid: int) -> None:
        """Report a start; give a process that was started again what launch had given it."""
        process.started(pid)
        action = process.details['action']
        name = ros_name(action)
        if name:
            self.containers.started(name, process.generation)
        # With respawn the launch file gets the start, and may request the same itself.
        if process.generation > 1 and not (
                process.respawn and waits_for_start(self._context, process.details)):
            repeat_transitions(self._context, action, name)

    def _loaded(self, container: str, full_name: str, request: Any) -> None:
        """Show a component; called from a thread of launch."""
        self._context.asyncio_loop.call_soon_threadsafe(
            lambda: self._task(self._show(container, full_name)))

    def _process_of(self, full_name: str) -> OwnedProcess | None:
        return next((process for process in self._processes.values()
                     if ros_name(process.details['action']) == full_name), None)

    async def _show(self, container: str, full_name: str) -> None:
        process = self._process_of(container)
        if process is None:
            return  # its process is not of this launch
        name = self._names.unique(full_name.strip('/').replace('/', '.'))
        try:
            await self._registration.show(process.name, name, full_name)
        except SupervisorFailed as error:
            if not self._stopping:
                self._log.warning(f'{name}: is not shown: {error}')

    def _changed(self, process: OwnedProcess, event: StateChanged) -> None:
        if event.level == 'WARN':
            self._log.warning(f'{process.name}: {event.reason}')
        elif event.level == 'ERROR':
            self._log.error(f'{process.name}: {event.reason}')
        if (event.new == 'backoff' and not self._rules.says(self._registration.nodes[process.name])
                and process.first.done() and waits_for_end(self._context, process.details)
                and not process.respawn):
            process.authors_end = True  # the handler came after the start
            process.shutdown()
        process.changed(event.new, event.reason)
        self._first_starts.turn()
        self._reruns.changed(process.name, event.new, process.generation)

    def _printed(self, unit: str, kind: bytes, data: bytes) -> None:
        process = self._processes.get(unit)
        if process is not None:
            process.printed(kind, data)

    def _ask(self, request: NodeRequest) -> None:
        self._task(self._asked(request))

    async def _asked(self, request: NodeRequest) -> None:
        try:
            await self._link.request(request)
        except SupervisorFailed as error:
            if not self._stopping:
                self._log.warning(f'{request.name}: {error}')

    def _task(self, work: Any) -> None:
        task = self._context.asyncio_loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

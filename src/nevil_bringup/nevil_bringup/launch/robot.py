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

"""One robot of a launch: its plan as launch has resolved it, its supervisor, its news."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
import signal
from typing import Any

from launch.actions import OpaqueFunction
from launch.event_handler import EventHandler
from launch.event_handlers import OnShutdown
from launch.events.process import ShutdownProcess
from launch.events.process import SignalProcess
import launch.logging
from nevil_bringup.api.supervisor_process import launch_supervisor
from nevil_bringup.build import build
from nevil_bringup.build import is_stale
from nevil_bringup.launch.assembly import assemble
from nevil_bringup.launch.assembly import further
from nevil_bringup.launch.console import Console
from nevil_bringup.launch.supervisor_link import SupervisorFailed
from nevil_bringup.launch.supervisor_link import SupervisorLink
from nevil_bringup.paths import project_paths
from nevil_health.control.base import Event
from nevil_health.control.events import ProcessChanged
from nevil_health.control.events import StateChanged
from nevil_health.control.operations import Register
from nevil_health.control.operations import StopNode
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations import to_json

__all__ = ['Robot', 'RobotFailed']

_OVER = frozenset({'completed', 'failed', 'disabled'})


class RobotFailed(Exception):
    """A robot has not ended as it should; launch's exit status says so too."""


class Robot:
    """Begins with its first nodes, passes on what happens to them, ends with its supervisor."""

    def __init__(self, context: Any, plan: Plan, types: Any) -> None:
        """
        Make a robot that has not begun.

        :param plan: of its project; without nodes where it has none
        :param types: the message types of the project, None where it has none
        """
        self.types = types
        self.plan = plan
        self._context = context
        self._nodes: dict[str, Any] = {}
        self._states: dict[str, str] = {}
        self._link: SupervisorLink | None = None
        self._first, self._stopping = True, False
        # The first process has been started, however long the build before took; or it has ended.
        self._begun = asyncio.Event()
        self._log = launch.logging.get_logger('nevil')

    async def add(self, nodes: list[Any]) -> None:
        """
        Run with these nodes until the end, or add them to the running robot.

        :raises Exception: something went wrong; launch's exit status shows it too
        """
        if self._first:
            self._first = False
            await self._run(nodes)
        else:
            await self._register(nodes)

    # -- life --------------------------------------------------------------------------------

    async def _run(self, nodes: list[Any]) -> None:
        try:
            self.plan = assemble(self.plan, nodes, os.environ)
            self._nodes = {node.nevil_name: node for node in nodes}
            self._listen()
            if self.types is not None:
                await asyncio.get_running_loop().run_in_executor(None, self._build)
            if not self._stopping and not self._context.is_shutdown:
                await self._supervise()
        finally:
            self._begun.set()  # or never will: whoever wants to join need not wait
            for node in self._nodes.values() or nodes:
                node.finished()

    async def _supervise(self) -> None:
        paths = project_paths(Path(self.plan.directory))
        with Console(paths.logs, self._nodes) as console:
            self._link = SupervisorLink(
                paths, launch_supervisor(paths, self.plan, attached=True))
            self._log.info(f'{self.plan.project}: nevil status --project {paths.project}')
            showing = asyncio.get_running_loop().create_task(console.show())
            try:
                async for event in self._link.events():
                    self._hear(event)
                status = await self._link.wait()
            finally:
                showing.cancel()
        for node in self._nodes.values():
            if node.pid:
                node.exited(node.pid, -9)  # it dies with its spawner
        if status not in (0, 1):
            raise RobotFailed(f'{self.plan.project}: the supervisor ended unexpectedly '
                              f'(status {status})')
        if status:
            failed = [name for name, state in self._states.items() if state == 'failed']
            raise RobotFailed(f'{self.plan.project}: failed: {", ".join(failed)}')

    def _build(self) -> None:
        stale = is_stale(self.plan, self.types, os.environ)
        if stale is not None:
            self._log.info(stale)
            build(self.plan, self.types, os.environ, progress=lambda _: None)

    async def _register(self, nodes: list[Any]) -> None:
        """Add nodes to the running robot."""
        for node in nodes:
            try:
                await self._begun.wait()
                if self._link is None:
                    raise SupervisorFailed('the robot has not begun')
                plan = further(self.plan, node, os.environ)
                self._nodes[node.nevil_name] = node
                await self._link.request(Register(plan=to_json(plan)))
            except (SupervisorFailed, ValueError) as error:
                node.finished()
                raise RobotFailed(f'{node.nevil_name} cannot join: {error}') from None

    # -- what launch says --------------------------------------------------------------------

    def _listen(self) -> None:
        self._context.register_event_handler(
            OnShutdown(on_shutdown=lambda _event, _context: self.stop()))
        self._context.register_event_handler(EventHandler(
            matcher=lambda event: isinstance(event, (ShutdownProcess, SignalProcess)),
            entities=OpaqueFunction(function=self._on_process_event)))

    def stop(self) -> None:
        """End the robot in order."""
        if not self._stopping:
            self._stopping = True
            if self._link is not None:
                self._link.stop()

    def _on_process_event(self, context: Any) -> None:
        """Do to a node what an event asks for: Nevil's stop, or the signal itself."""
        event = context.locals.event
        for name, node in self._nodes.items():
            if not event.process_matcher(node):
                continue
            if isinstance(event, ShutdownProcess):
                context.add_completion_future(
                    context.asyncio_loop.create_task(self._stop_node(name)))
            elif node.pid:
                os.kill(node.pid, signal.Signals[event.signal_name])

    async def _stop_node(self, name: str) -> None:
        try:
            if self._link is not None:
                await self._link.request(StopNode(name=name))
        except SupervisorFailed as error:
            self._log.warning(f'{name}: {error}')

    # -- news from the supervisor ------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        if isinstance(event, ProcessChanged) or isinstance(event, StateChanged) and event.old:
            self._begun.set()
        if isinstance(event, StateChanged):
            self._states[event.node] = event.new
            node = self._nodes.get(event.node)
            if node is not None and event.old is None and event.pid:
                node.started(event.pid)  # before we listened
            if all(state in _OVER for state in self._states.values()):
                self._log.info(f'{self.plan.project}: every node has ended')
                self.stop()
        elif isinstance(event, ProcessChanged):
            for node in filter(None, map(self._nodes.get, event.nodes)):
                if event.returncode is not None:
                    node.exited(event.pid, event.returncode)
                else:
                    node.started(event.pid)

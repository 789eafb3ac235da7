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

"""How a process of the plan is started: its whole environment and the document it reads."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import replace
import os
from pathlib import Path
import sys
from typing import Literal

from nevil_bringup.dds import security_env
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.supervisor.first_spawner import preload_of
from nevil_bringup.supervisor.line_buffering import line_buffered
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_nodes.declarations.plan import Plan
from nevil_nodes.declarations.plan import ProcessPlan
from nevil_nodes.declarations.serial import process_document
from nevil_nodes.declarations.serial import to_json

__all__ = ['OrderBook']

# What capture reads the levels of ROS from; a user's own format hides them.
_CAPTURED = {'RCUTILS_CONSOLE_OUTPUT_FORMAT': '[{severity}] [{time}] [{name}]: {message}'}


class OrderBook:
    """
    Makes start orders for the processes of one plan.

    :ivar environ: what is set for all of them
    """

    def __init__(self, plan: Plan, *, environ: Mapping[str, str], run_id: str, plans: Path,
                 socket: Path, stack_file: Callable[[str, int], Path]) -> None:
        """
        Remember what all orders share.

        :param environ: environment of the run (the supervisor's own and its overlays)
        :param plans: folder for the resolved documents
        :param socket: control socket, for the health node
        :param stack_file: where the process of that start may write its stacks
        """
        self._run_id = run_id
        self._plans = plans
        self._socket = socket
        self._stack_file = stack_file
        self._preloaded = ''
        self.replan(plan, environ)
        self.preload()

    def replan(self, plan: Plan, environ: Mapping[str, str]) -> None:
        """Make orders for the processes of another plan from now on."""
        self._plan = plan
        self.environ = {
            **environ, 'NEVIL_RUN_ID': self._run_id, 'NEVIL_PROJECT': plan.directory,
            'PYTHONUNBUFFERED': '1', 'PYTHONFAULTHANDLER': '1'}
        self._written: dict[str, bool] = {}
        self._processes = {process.name: process for process in plan.processes}
        self._processes[HEALTH_UNIT] = ProcessPlan(
            name=HEALTH_UNIT, nodes=(HEALTH_UNIT,), cwd=plan.directory,
            argv=(sys.executable, '-m', 'nevil_health.monitor'), line_buffered=False)

    def move(self, *, plans: Path, socket: Path) -> None:
        """Write further documents there, and give that socket to the next health node."""
        self._plans, self._socket = plans, socket

    def streams(self, unit: str) -> Literal['joined', 'apart', 'terminal']:
        """Return into what a unit's process prints."""
        return self._processes[unit].streams

    def members(self, unit: str) -> tuple[str, ...]:
        """Return the nodes of a unit."""
        return self._processes[unit].nodes

    def argv(self, unit: str) -> tuple[str, ...]:
        """Return the command line of a unit's process."""
        return self._processes[unit].argv

    def preload(self) -> list[str]:
        """Return the modules for a new spawner; its forks have the messages built last."""
        self._preloaded = self.environ.get('AMENT_PREFIX_PATH', '')
        return preload_of(self._plan)

    def order(self, unit: str, generation: int, *, muted: bool) -> StartOrder:
        """
        Write the unit's document and return the order to start it.

        :raises OSError: the document cannot be written
        """
        process = self._processes[unit]
        env = {'NEVIL_RUN_ID': self._run_id, 'NEVIL_UNIT': unit,
               'NEVIL_GENERATION': str(generation)}
        if process.whole_env:
            env = {**process.env, **env}
        else:
            env = {**self.environ, **process.env, **_CAPTURED, **env,
                   **security_env(self._plan.security.keystore, unit),
                   'NEVIL_CRASH_FILE': str(self._stack_file(unit, generation))}
            if process.line_buffered:
                env = line_buffered(env)
        if unit == HEALTH_UNIT:
            env['NEVIL_SOCKET'] = str(self._socket)
            env['PYTHONSAFEPATH'] = '1'  # it runs in the project, whose modules are not its own
        elif not process.whole_env:
            env['NEVIL_PLAN'] = str(self._write(process, muted=muted))
        return StartOrder(unit=unit, generation=generation, argv=process.argv, env=env,
                          cwd=process.cwd or self._plan.directory, nice=process.nice,
                          fork=process.fork and not self._outdated(process),
                          open_input=process.streams != 'joined')

    def _outdated(self, process: ProcessPlan) -> bool:
        """Return whether a process needs messages that are newer than those of the spawner."""
        package = f'{self._plan.messages_package}/'
        return self._preloaded != self.environ.get('AMENT_PREFIX_PATH', '') and any(
            topic.ros_type.startswith(package)
            for node in self._plan.nodes if node.name in process.nodes
            for topic in (*node.publishes, *node.subscribes))

    def _write(self, process: ProcessPlan, *, muted: bool) -> Path:
        path = self._plans / f'{process.name}.json'
        if self._written.get(process.name) == muted and path.exists():
            return path
        plan = self._plan
        declared_muted = all(plan.node(name).status == 'muted' for name in process.nodes)
        if muted != declared_muted:  # the operator's newest word
            plan = replace(plan, nodes=tuple(
                replace(node, status='muted' if muted else 'live')
                if node.name in process.nodes else node for node in plan.nodes))
        temporary = path.with_suffix('.tmp')
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(fd, 'w', encoding='utf-8') as file:
            file.write(to_json(process_document(plan, process.name)))
        temporary.replace(path)
        self._written[process.name] = muted
        return path

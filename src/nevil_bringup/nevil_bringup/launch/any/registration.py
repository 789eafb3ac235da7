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

"""What is registered with the supervisor: a process or a component of launch, as a unit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import replace
import os
from typing import Any

from launch.utilities import perform_substitutions
from nevil_bringup.launch.any.house import House
from nevil_bringup.launch.any.names import ros_name
from nevil_bringup.launch.any.program import Program
from nevil_bringup.launch.any.rules import Rules
from nevil_bringup.launch.supervisor_link import SupervisorFailed
from nevil_health.control.operations import Register
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations import to_json
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import ProcessPlan

__all__ = ['Registration']

# What the policy file requires may be executed later, by a timer or an event handler.
_REQUIRED_S = 30.0


class Registration:
    """Registers units with the supervisor, each after those that it requires."""

    def __init__(self, house: House, rules: Rules, failed: Callable[[str], None]) -> None:
        """
        Register nothing yet.

        :param failed: called with why a process could not be registered
        """
        self._plan = house.plan
        self._link = house.link
        self._rules = rules
        self._failed = failed
        self._done: set[str] = set()
        self._registered = asyncio.Condition()
        self.nodes: dict[str, NodePlan] = {}
        self._components: dict[str, str] = {}

    async def prepare(
        self, context: Any, name: str, action: Any, program: Program, *, waits: bool,
    ) -> NodePlan:
        """
        Return the plan of a process when what it requires has been registered.

        :param waits: its action has ``on_exit``, or a handler waits for its end
        :raises OSError: what it requires is not there in time
        """
        def seconds(substitutions: Any) -> float:
            return float(perform_substitutions(context, substitutions))

        node = self._rules.apply(NodePlan(
            name=name, process=name, ros_name=ros_name(action), kind='executable',
            restart=self._rules.restart(
                waits=waits, respawn=program.respawn, delay_s=program.respawn_delay,
                max_retries=program.respawn_max_retries),
            shutdown_timeout_s=seconds(action.sigterm_timeout),
            kill_timeout_s=seconds(action.sigkill_timeout)))
        await self._wait_for(node)
        self.nodes[name] = node
        return node

    async def register(self, node: NodePlan, program: Program) -> None:
        """
        Have a process started.

        :raises OSError: Nevil does not take it
        """
        env = os.environ if program.env is None else program.env
        process = ProcessPlan(
            name=node.name, nodes=(node.name,), argv=program.argv, whole_env=True,
            env={**env, **(self._rules.policy.environment if self._rules.policy else {})},
            cwd=program.cwd or os.getcwd(), fork=False,
            streams='terminal' if program.terminal else 'apart')
        plan = Plan(project=self._plan.project, directory=self._plan.directory,
                    messages_package='', nodes=(node,), processes=(process,),
                    logs=self._plan.logs)
        try:
            await self._link.request(Register(plan=to_json(plan)))
            async with self._registered:
                self._done.add(node.name)
                self._registered.notify_all()
        except SupervisorFailed as error:
            self._failed(f'{node.name}: {error}')
            raise OSError(f'Nevil cannot start it: {error}') from None

    async def show(self, unit: str, name: str, full_name: str) -> None:
        """
        Show a component.

        :param unit: the process that it was loaded into
        :raises SupervisorFailed: the supervisor does not take it
        """
        node = replace(self.nodes[unit], name=name, ros_name=full_name)
        self._components[name] = full_name
        plan = replace(self._plan, nodes=(node,), processes=())
        await self._link.request(Register(plan=to_json(plan)))

    def unmatched(self) -> Iterator[str]:
        """Yield what the policy beside says of processes that there are not."""
        if self._rules.policy is not None:
            yield from map(str, self._rules.policy.unmatched(
                [*((name, node.ros_name) for name, node in self.nodes.items()),
                 *self._components.items()]))

    async def _wait_for(self, node: NodePlan) -> None:
        """
        Wait until what a process requires has been registered, whatever stands first in the file.

        :raises OSError: it is not in time
        """
        async def known() -> None:
            async with self._registered:
                await self._registered.wait_for(lambda: set(node.requires) <= set(self._done))
        try:
            await asyncio.wait_for(known(), _REQUIRED_S)
        except asyncio.TimeoutError:
            missing = ', '.join(sorted(set(node.requires) - set(self._done)))
            self._failed(f'{node.name} requires {missing}, which is not there')
            raise OSError(f'{node.name} requires {missing}, which is not there') from None

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

"""Take further nodes into a running system: the verb ``register``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from nevil_bringup.capture.client import Capture
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.health import RobotHealth
from nevil_bringup.supervisor.kept import Kept
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.units import unit_specs
from nevil_health.control.operations import Register
from nevil_health.control.session import Done
from nevil_health.core import CoreError
from nevil_health.core import UnitSpec
from nevil_nodes.declarations import from_json
from nevil_nodes.declarations.plan import NodePlan
from nevil_nodes.declarations.plan import Plan

__all__ = ['Joining']


# Seconds without a further process of a launch file after which its health node starts, and after
# the first one at the latest: it needs a second of CPU, which the processes that somebody waits
# for get first.
_QUIET_S = 0.5
_HEALTH_MAX_S = 3.0


class Joining:
    """Takes further nodes into the running robot."""

    def __init__(self, robot: Robot, orders: OrderBook, capture: Capture, health: RobotHealth,
                 kept: Kept) -> None:
        """Remember who has to know of them."""
        self._robot, self._orders, self._capture = robot, orders, capture
        self._health, self._kept = health, kept
        self._timer: asyncio.TimerHandle | None = None
        self._first_at: float | None = None

    def answer(self, _client: Client, request: Register) -> Done:
        """
        Add the nodes of a plan: a process each, or in a process that runs.

        :raises RequestRefused: they do not fit to those that are there; nothing has changed
        :raises ValueError: the text is no plan
        """
        robot, further = self._robot, from_json(request.plan)
        _check(robot, further)
        plan = replace(robot.plan, nodes=robot.plan.nodes + further.nodes,
                       processes=robot.plan.processes + further.processes)
        components = [node for node in further.nodes if node.process != node.name]
        for node in components:
            plan = _with_member(plan, node)
        robot.plan = plan
        self._orders.replan(plan, self._orders.environ)
        robot.unit_of.update({node.name: node.process for node in further.nodes})
        names = [node.name for node in further.nodes]
        self._health.add(plan, names)
        self._start(unit_specs(plan, names))
        for unit in {node.process for node in components}:
            self._capture.members(unit, self._orders.members(unit))
        if components:
            robot.changed()
        if robot.plan.foreign and names:
            self._begin_health()
        return Done()

    def _begin_health(self) -> None:
        loop = asyncio.get_running_loop()
        if self._first_at is None:
            self._first_at = loop.time()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(
            min(loop.time() + _QUIET_S, self._first_at + _HEALTH_MAX_S), self._robot.begin_own)

    def _start(self, specs: Iterable[UnitSpec]) -> None:
        try:
            for spec in specs:
                self._robot.add(spec, stopped=self._kept.stopped, held=self._kept.held)
        except CoreError as error:
            raise RequestRefused(str(error)) from error


def _with_member(plan: Plan, node: NodePlan) -> Plan:
    """Return a plan in which a process that is there has one more node in it."""
    return replace(plan, processes=tuple(
        replace(process, nodes=(*process.nodes, node.name)) if process.name == node.process
        else process for process in plan.processes))


def _check(robot: Robot, further: Plan) -> None:
    if robot.shutting_down:
        raise RequestRefused('the system is stopping')
    if not robot.running:
        raise RequestRefused('the system has not begun yet')
    known = set(robot.unit_of)
    running = {process.name for process in robot.plan.processes}
    for node in further.nodes:
        if node.name in known:
            raise RequestRefused(f'there is a node {node.name!r} already')
        if node.process not in (node.name, *running):
            raise RequestRefused(f'{node.name}: there is no process {node.process!r}')
        for name in (*node.requires, *node.conflicts):
            if name not in known:
                raise RequestRefused(f'{node.name}: there is no node {name!r}')
        known.add(node.name)

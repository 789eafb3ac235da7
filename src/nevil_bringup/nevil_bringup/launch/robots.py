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

"""Which robots a launch brings up, and which of them a node belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
import hashlib
import os
from pathlib import Path
from typing import Any

from launch.actions import OpaqueFunction
from launch.event_handler import EventHandler
from nevil_bringup.launch.failed import Failed
from nevil_bringup.launch.failed import raise_failed
from nevil_bringup.launch.robot import Robot
from nevil_bringup.launch.signals import Ending
from nevil_bringup.paths import state_root
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import Plan

__all__ = ['Robots', 'robots_of']

_KEY = 'nevil_robots'
_LAUNCH_SUFFIXES = ('.py', '.xml', '.yaml', '.yml', '.launch', '_launch')


def robots_of(context: Any) -> Robots:
    """Return the robots of a launch; the same for the same context."""
    found = context.get_locals_as_dict().get(_KEY)
    if not isinstance(found, Robots):
        found = Robots(context)
        context.extend_globals({_KEY: found})
    return found


class Robots:
    """
    Collects the nodes of one launch and begins their robots.

    A robot begins when launch has visited all that it visits at once, so that its nodes are known
    together. Nodes that come later (from timers and event handlers) are added to it.
    """

    def __init__(self, context: Any) -> None:
        """Make a launch without robots."""
        self._context = context
        self._robots: dict[Path, Robot] = {}
        self._waiting: list[Any] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = Ending(context, self._stop)
        self._own: Robot | None = None
        context.register_event_handler(EventHandler(
            matcher=lambda event: isinstance(event, Failed),
            entities=OpaqueFunction(function=raise_failed)))

    def add(self, node: Any) -> None:
        """Register a node that launch has resolved."""
        if not self._waiting:
            self._ending.begin()
            self._watch(self._begin())  # runs when the visit under way is over
        self._waiting.append((node, _launch_file(self._context)))

    async def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        new: dict[Robot, list[Any]] = {}
        for node in (node for node, _ in waiting if node.plan is not None):
            directory = Path(node.plan.directory)
            if directory not in self._robots:
                self._robots[directory] = Robot(self._context, node.plan, node.types)
            new.setdefault(self._robots[directory], []).append(node)
        for node, file in waiting:
            if node.plan is None:
                new.setdefault(self._robot_of(file), []).append(node)
        for robot, nodes in new.items():
            self._watch(robot.add(nodes))

    def _robot_of(self, file: str) -> Robot:
        """
        Return the robot of nodes that name no project: the only one there is, else their own.

        :param file: the launch file that the node is in, '' where there is none
        """
        if len(self._robots) == 1:
            return next(iter(self._robots.values()))
        if self._own is None:
            directory = state_root() / 'launch' / _name(file)
            directory.mkdir(parents=True, exist_ok=True)
            plan = Plan(
                project=_stem(file), directory=str(directory), messages_package='', nodes=(),
                processes=(), logs=LogPlan(directory=str(directory / 'logs')), parallel=True)
            self._own = self._robots[directory] = Robot(self._context, plan, None)
        return self._own

    # -- what runs -----------------------------------------------------------------------------

    def _stop(self) -> None:
        for robot in self._robots.values():
            robot.stop()

    def _watch(self, work: Coroutine[Any, Any, None]) -> None:
        """Keep launch going while something is done; what it raises is an error of launch."""
        task = self._context.asyncio_loop.create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        self._context.add_completion_future(task)

    async def _guard(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: B902 - launch reports it and ends
            # Not from here: launch misses what a task raises while it waits for others.
            self._context.emit_event_sync(Failed(error))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self._tasks:
            self._ending.end()


def _launch_file(context: Any) -> str:
    return str(context.get_locals_as_dict().get('current_launch_file_path') or '')


def _stem(file: str) -> str:
    stem = os.path.basename(file)
    for suffix in _LAUNCH_SUFFIXES:
        stem = stem.removesuffix(suffix)
    return stem or 'launch'


def _name(file: str) -> str:
    """Return a name that two launch files do not share, though many are called bringup."""
    return f'{_stem(file)}-{hashlib.sha256(os.fsencode(file)).hexdigest()[:6]}'

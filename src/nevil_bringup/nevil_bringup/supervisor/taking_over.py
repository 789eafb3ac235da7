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

"""Go on with other declarations while the robot runs: the verb ``take_over``."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
import logging
import os
import time

from nevil_bringup.build.installed import changed_types
from nevil_bringup.capture.client import Capture
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.differences import Difference
from nevil_bringup.supervisor.differences import difference
from nevil_bringup.supervisor.health import RobotHealth
from nevil_bringup.supervisor.kept import Kept
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.units import check_units
from nevil_health.control.operations import TakenOver
from nevil_health.control.operations import TakeOver
from nevil_health.core import CoreError
from nevil_health.core import UnitsEnded
from nevil_nodes.declarations import from_json
from nevil_nodes.declarations.plan import Plan

__all__ = ['TakingOver']

_log = logging.getLogger('supervisor')
# By themselves: a start may lead to something else now.
_ENDED = frozenset({'failed', 'backoff', 'completed'})
_BY_LAUNCH = 'launch has brought it up: what has changed counts after its next launch'


@dataclass(frozen=True, slots=True)
class _Next:
    """What comes once everything that changes has ended."""

    plan: Plan
    environ: Mapping[str, str]
    news: Difference


class TakingOver:
    """Takes the place of the plan that the robot runs by; at most one is under way."""

    def __init__(self, robot: Robot, orders: OrderBook, processes: Processes, capture: Capture,
                 health: RobotHealth, kept: Kept,
                 environment: Callable[[Plan], Mapping[str, str]]) -> None:
        """
        Remember who has to know of it.

        :param environment: returns the environment for a plan, with the messages built last
        """
        self._robot, self._orders, self._processes = robot, orders, processes
        self._capture, self._health, self._kept = capture, health, kept
        self._environment = environment
        self._next: _Next | None = None

    def answer(self, _client: Client, request: TakeOver) -> TakenOver:
        """
        Begin to take over a plan, or say what that would be.

        :raises RequestRefused: it does not fit, or is not the time; nothing has changed
        :raises ValueError: the text is no plan
        """
        robot = self._robot
        if robot.plan.foreign or robot.plan.launched:
            return TakenOver(note=_BY_LAUNCH)
        plan = from_json(request.plan)
        if not robot.running and not robot.shutting_down:
            return TakenOver()  # it begins in a moment, with what another start has just read
        self._check(plan)
        environ = self._environment(plan)
        prefixes = [each.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
                    for each in (self._orders.environ, environ)]
        news = difference(
            robot.plan, plan, edited=self._edited(request.edited),
            types=changed_types(plan.messages_package, *prefixes),
            held={unit for unit, view in robot.views(robot.now()).items() if view.held})
        if not request.preview and (news.any or plan != robot.plan):
            _log.info('taking over: %s', _words(news))
            self._next = _Next(replace(plan, logs=robot.plan.logs, alerts=robot.plan.alerts),
                               environ, news)
            robot.withdraw(news.units)
        return TakenOver(added=news.added, removed=news.removed, changed=news.changed,
                         held=news.held, later=news.later)

    def ended(self, _command: UnitsEnded) -> None:
        """Put the new declarations in the place of the old ones."""
        coming, self._next = self._next, None
        if coming is None or self._robot.shutting_down:
            return
        robot, plan, news = self._robot, coming.plan, coming.news
        units = {process.name: process.nodes for process in robot.plan.processes}
        self._orders.replan(plan, coming.environ)
        self._processes.renew(coming.environ)
        for name in news.removed:
            self._kept.stop(name, False)
            self._kept.hold(name, False)
        for process in plan.processes:
            if units.get(process.name, process.nodes) != process.nodes:
                self._capture.members(process.name, process.nodes)
        robot.declare(plan)
        self._health.replan(plan, removed=news.removed, anew=(*news.added, *news.changed))
        robot.replace(stopped=self._kept.stopped, held=self._kept.held)
        quiet = [name for name in (*news.added, *news.changed)  # of the others it was announced
                 if robot.view_of(robot.unit_of[name]).state not in ('starting', 'waiting')]
        self._health.look(quiet, planned=True)

    def _check(self, plan: Plan) -> None:
        robot = self._robot
        if robot.shutting_down:
            raise RequestRefused('the system is stopping')
        if self._next is not None:
            raise RequestRefused('a change is being taken over; try again when it is done')
        for field in ('directory', 'project'):
            if getattr(plan, field) != getattr(robot.plan, field):
                raise RequestRefused(
                    f'the {field} is another one: nevil restart starts the system with it')
        try:
            check_units(plan)
        except CoreError as error:
            raise RequestRefused(str(error)) from error

    def _edited(self, edited: Mapping[str, float]) -> set[str]:
        """Return the nodes whose code is newer than their process, or the end of their last."""
        ago = time.time() - self._robot.now()
        return {name for name, at in edited.items()
                if (since := self._since(self._robot.unit_of.get(name, ''))) is not None
                and at > since + ago}

    def _since(self, unit: str) -> float | None:
        running = self._processes.running.get(unit)
        if running is not None:
            return running.started_at
        view = self._robot.views(self._robot.now()).get(unit)
        return view.since if view is not None and view.state in _ENDED else None


def _words(news: Difference) -> str:
    parts = [('new', news.added), ('gone', news.removed), ('changed', tuple(news.changed)),
             ('held', news.held)]
    return '; '.join(f'{word}: {", ".join(names)}' for word, names in parts if names) or 'settings'

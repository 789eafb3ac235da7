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

"""Announce states and processes: log, subscribers, service manager, evaluation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping
import logging

from nevil_bringup.supervisor.health import RobotHealth
from nevil_bringup.supervisor.processes import Running
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.service import ServiceNews
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.control.base import Event
from nevil_health.control.events import ProcessChanged
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.core import AnnounceState
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessStarted
from nevil_health.core import UnitEvent

__all__ = ['Announcements']

_log = logging.getLogger('supervisor')
_LEVELS = {'INFO': logging.INFO, 'WARN': logging.WARNING, 'ERROR': logging.ERROR}


class Announcements:
    """Everybody gets a change once."""

    def __init__(self, robot: Robot, running: Mapping[str, Running], health: RobotHealth,
                 service: ServiceNews, publish: Callable[[Event], None]) -> None:
        """Have announced nothing."""
        self._robot, self._running, self._health = robot, running, health
        self._service, self._publish = service, publish

    def state(self, change: AnnounceState) -> None:
        """Announce that a unit has another state."""
        if change.unit != HEALTH_UNIT or change.level != 'INFO':
            _log.log(_LEVELS[change.level], '%s: %s -> %s: %s',
                     change.unit, change.old, change.new, change.reason)
        if change.unit == HEALTH_UNIT:
            return
        robot = self._robot
        running = self._running.get(change.unit)
        for node in robot.members(change.unit):
            self._publish(StateChanged(
                at=robot.now(), node=node, old=change.old, new=change.new, reason=change.reason,
                level=change.level, pid=running.pid if running is not None else None))
        self._health.state(change, robot.view_of(change.unit))
        asyncio.get_running_loop().call_soon(self._settle)

    def hear(self, event: UnitEvent) -> None:
        """Announce that a process has started or ended; before the core knows it."""
        nodes = self._robot.members(event.unit)
        if nodes and isinstance(event, ProcessStarted):
            self._publish(ProcessChanged(nodes=nodes, pid=event.pid))
        elif nodes and isinstance(event, ProcessExited):
            self._publish(ProcessChanged(
                nodes=nodes, pid=self._robot.view_of(event.unit).pid,
                returncode=-event.signal if event.signal else event.code))

    def _settle(self) -> None:
        robot = self._robot
        if robot.settle() and robot.settled is not None and not robot.shutting_down:
            _log.info('%s is %s', robot.plan.project, robot.settled)
            self._publish(Settled(state=robot.settled))
        self._service.changed()

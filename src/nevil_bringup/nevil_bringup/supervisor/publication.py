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

"""Let the health node publish the robot's health: soon after a change, and in any case."""

from __future__ import annotations

import asyncio

from nevil_bringup.supervisor.health_link import HealthLink
from nevil_bringup.supervisor.reports import HealthReports
from nevil_bringup.supervisor.robot import Robot
from nevil_health.control.monitor import PublishHealth

__all__ = ['Publication']

_BETWEEN_S = 0.1
_SHARE = 0.05  # of the supervisor's time, at most


class Publication:
    """Sends what is known, again and again."""

    def __init__(self, robot: Robot, link: HealthLink, reports: HealthReports) -> None:
        """Wait for the first change."""
        self._robot, self._link, self._reports = robot, link, reports
        self._timer: asyncio.TimerHandle | None = None
        self._pause_s = _BETWEEN_S

    def soon(self) -> None:
        """Publish soon what has changed."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._pause_s
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = loop.call_at(due, self._publish)

    def close(self) -> None:
        """Publish nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _publish(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._timer = loop.call_later(self._robot.plan.health_check_interval_s, self._publish)
        if not self._link.attached:
            return
        self._link.send(PublishHealth(
            nodes=self._reports.nodes(), system=self._reports.system(),
            alerts=self._reports.alerts(),
            counters={'events_dropped': self._robot.dropped}))
        self._pause_s = max(_BETWEEN_S, (loop.time() - began) / _SHARE)

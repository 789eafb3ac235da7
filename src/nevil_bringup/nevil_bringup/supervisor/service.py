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

"""Notify the service manager: ready, a status line, watchdog, stopping."""

from __future__ import annotations

import asyncio

from nevil_bringup.supervisor.durations import start_s
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_bringup.supervisor.robot import Robot

__all__ = ['ServiceNews']

_UP = frozenset({'ready', 'completed'})
_UNWANTED = frozenset({'disabled', 'stopped'})
_MOST_NAMED = 3


class ServiceNews:
    """
    Notifies the service manager from the supervisor's own loop, so that a hung loop is noticed.

    Ready is a robot whose nodes are, or that has settled with some given up. One that has not
    settled in the time of its plan is told to be ready as well: whether a node gets another try
    is decided here, and the service manager's answer would be to end them all.
    """

    def __init__(self, robot: Robot, manager: ServiceManager) -> None:
        """Send nothing yet."""
        self._robot = robot
        self._manager = manager
        self._ready = False
        self._stopping = False
        self._said = ''
        self._timers: list[asyncio.TimerHandle] = []

    def begin(self) -> None:
        """Begin to notify."""
        if not self._manager.listens:
            return
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(start_s(self._robot.plan), self._declare_ready))
        if self._manager.watchdog_s:
            self._beat(loop, self._manager.watchdog_s / 2, loop.time())
        self.changed()

    def changed(self) -> None:
        """Send a status line, if it has changed."""
        if self._stopping or not self._timers:
            return
        text = self._text()
        if self._robot.settled is not None and not self._ready:
            self._declare_ready()
        elif text != self._said:
            self._manager.tell(STATUS=text)
        self._said = text

    def stopping(self) -> None:
        """Notify that the robot is stopping."""
        if not self._stopping:
            self._stopping = True
            self._manager.tell(STOPPING='1', STATUS=f'stopping {self._robot.plan.project}')

    def close(self) -> None:
        """Send no more notifications."""
        for timer in self._timers:
            timer.cancel()

    def _declare_ready(self) -> None:
        if not self._ready and not self._stopping:
            self._ready = True
            self._manager.tell(READY='1', STATUS=self._text())

    def _beat(self, loop: asyncio.AbstractEventLoop, every_s: float, due: float) -> None:
        """Give a sign of life now and again after half the time of the watchdog."""
        self._manager.tell(WATCHDOG='1')
        due = max(due + every_s, loop.time())
        self._timers[1:] = [loop.call_at(due, self._beat, loop, every_s, due)]

    def _text(self) -> str:
        """Return ``3 of 4 nodes ready; camera is backoff (exit code 1)``."""
        views = {node: self._robot.view_of(unit) for node, unit in self._robot.unit_of.items()}
        wanted = {node: view for node, view in views.items() if view.state not in _UNWANTED}
        down = [f'{node} is {view.state}' + (f' ({view.reason})' if view.reason else '')
                for node, view in wanted.items() if view.state not in _UP]
        more = f' and {len(down) - _MOST_NAMED} more' if len(down) > _MOST_NAMED else ''
        count = f'{len(wanted) - len(down)} of {len(wanted)} nodes ready'
        return '; '.join([count, *down[:_MOST_NAMED]]) + more

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

"""The health node's end of the control socket: one at a time, replaced when it hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping
import logging
import os
import signal
from typing import Any

from nevil_bringup.control.server import Answers
from nevil_bringup.control.server import Client
from nevil_bringup.control.server import RequestRefused
from nevil_bringup.supervisor.evidence import process_state
from nevil_bringup.supervisor.processes import Running
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.control.base import Event
from nevil_health.control.monitor import Alive
from nevil_health.control.monitor import AttachHealth
from nevil_health.control.session import Done
from nevil_health.core import MonitorAttached
from nevil_health.core import MonitorLost
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import SignalFailed
from nevil_health.core import UnitEvent
from nevil_health.signals.silence import no_heartbeat

__all__ = ['HealthLink']

_log = logging.getLogger('supervisor')
# It sends a sign of life every second. One that hangs watches nobody, so it is replaced.
_SILENT_S = 10.0
# What is stopped says nothing, however little there is to do.
_STOPPED_S = 2.0
# It looks for the supervisor five times a second.
_ABSENT_S = 2.0
_OWN_LAG_S = 0.5


class HealthLink:
    """
    Speaks with the one health node that is attached, if any.

    :ivar listeners: called at each change with whether there is one
    """

    def __init__(self, robot: Robot, running: Mapping[str, Running],
                 state_of: Callable[[int], str] = process_state,
                 signal_to: Callable[[int, int], None] = os.kill) -> None:
        """
        Start without a health node.

        :param state_of: the state of a process as in proc(5)
        :param signal_to: sends a POSIX signal to a process
        """
        self._signal_to = signal_to
        self._state_of = state_of
        self._robot, self._running = robot, running
        self._client: Client | None = None
        self._alive_timer: asyncio.TimerHandle | None = None
        self._told: bool | None = None
        self.listeners: list[Callable[[bool], None]] = []

    @property
    def attached(self) -> bool:
        """Return whether there is a health node to send to."""
        return self._client is not None

    def send(self, event: Event) -> bool:
        """Send an event to the health node; False when there is none."""
        if self._client is None:
            return False
        self._client.send(event)
        return True

    def answers(self) -> Answers:
        """Return what answers each kind of request about being there."""
        return {AttachHealth: self.attach, Alive: self.alive}

    def expect_from(self, client: Client) -> None:
        """
        Accept what only the health node may say.

        :raises RequestRefused: somebody else says it
        """
        if client is not self._client:
            raise RequestRefused('only the attached health node may say this')

    def hear(self, event: UnitEvent) -> None:
        """Look at a health node from its start: stopped, it would never attach; nor ended."""
        if event.unit != HEALTH_UNIT:
            return
        if isinstance(event, ProcessStarted):
            self._stop_timer()
            self._later(_STOPPED_S, self._starting, self._running.get(HEALTH_UNIT))
        elif isinstance(event, (ProcessExited, ProcessFailed)) and self._client is None:
            self._tell(False)

    def attach(self, client: Client, request: AttachHealth) -> Done:
        """
        Accept the health node that this supervisor has started.

        :raises RequestRefused: it is another process
        """
        running = self._running.get(HEALTH_UNIT)
        if running is None or running.pid != request.pid:
            raise RequestRefused(
                f'process {request.pid} is not the health node of this supervisor')
        self._client = client
        self._watch(client)
        at = self._robot.now()
        self._robot.feed(MonitorAttached(at=at))
        self._robot.feed(ReadyConfirmed(at=at, unit=HEALTH_UNIT, generation=running.generation))
        self._tell(True)
        return Done()

    def client_gone(self, client: Client) -> None:
        """Forget the health node when its connection has ended."""
        if client is self._client:
            self._client = None
            self._stop_timer()
            self._robot.feed(MonitorLost(at=self._robot.now()))
            self._tell(False)
            self._later(_ABSENT_S, self._absent, self._running.get(HEALTH_UNIT))

    def alive(self, client: Client, _request: Alive) -> Done:
        """Handle that the health node's executor turns."""
        if client is self._client:
            self._watch(client)
        return Done()

    def _tell(self, attached: bool) -> None:
        if attached != self._told:
            self._told = attached
            for tell in self.listeners:
                tell(attached)

    def _watch(self, client: Client) -> None:
        self._stop_timer()
        self._later(_STOPPED_S, self._look, client)

    def _look(self, client: Client) -> None:
        """Replace one that is stopped; wait longer for one that has much to do."""
        running = self._running.get(HEALTH_UNIT)
        if running is not None and self._state_of(running.pid) == 'T':
            self._replace(client, 'stopped (SIGSTOP)')
        else:
            self._later(_SILENT_S - _STOPPED_S, self._replace, client, no_heartbeat(_SILENT_S))

    def _starting(self, running: Running | None) -> None:
        if self._client is not None or running is None or (
                self._running.get(HEALTH_UNIT) != running):
            return
        if self._state_of(running.pid) == 'T':
            _log.warning('the health node was stopped (SIGSTOP) while it starts, continuing it')
            try:
                self._signal_to(running.pid, signal.SIGCONT)
            except ProcessLookupError:
                return
        self._later(_STOPPED_S, self._starting, running)

    def _replace(self, client: Client, cause: str) -> None:
        """Let go of a health node that hangs; its next start attaches."""
        running = self._running.get(HEALTH_UNIT)
        self.client_gone(client)
        client.close()
        self._fail(running, cause, hung=True)

    def _absent(self, running: Running | None) -> None:
        """Replace one that lives and does not come back: somebody deactivated it, for one."""
        if self._client is None and self._running.get(HEALTH_UNIT) == running:
            self._fail(running, 'not attached to the supervisor', hung=False)

    def _fail(self, running: Running | None, cause: str, *, hung: bool) -> None:
        if running is not None:
            self._robot.feed(SignalFailed(
                at=self._robot.now(), unit=HEALTH_UNIT, generation=running.generation,
                signal='heartbeat', cause=cause, hung=hung))

    def _later(self, delay_s: float, function: Callable[..., None], *args: Any) -> None:
        """Do something unless there is a sign of life; what came while we were away is heard."""
        loop = asyncio.get_running_loop()
        due = loop.time() + delay_s

        def run() -> None:
            if loop.time() - due > _OWN_LAG_S:
                self._later(_OWN_LAG_S, function, *args)
            else:
                function(*args)
        self._alive_timer = loop.call_at(due, run)

    def _stop_timer(self) -> None:
        if self._alive_timer is not None:
            self._alive_timer.cancel()
            self._alive_timer = None

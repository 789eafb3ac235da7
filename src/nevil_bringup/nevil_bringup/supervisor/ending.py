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

"""How a run ends: every unit in order, then Nevil's own health node, then everything."""

from __future__ import annotations

import asyncio
import logging
import math
import signal

from nevil_bringup.control.server import Client
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.service import ServiceNews
from nevil_health.control.session import Done
from nevil_health.control.session import ShutDown
from nevil_health.core import EndSystem
from nevil_health.core import SendSignal

__all__ = ['Ending']

_log = logging.getLogger('supervisor')
# Seconds until the end by SIGKILL has to be known when everything is to end anyway.
_KILLED_S = 5.0
# Seconds between two POSIX signals that are one: a parent's death signals once for each of its
# threads (PR_SET_PDEATHSIG), and a signal to a whole group may follow.
_SAME_S = 0.3


class Ending:
    """
    Brings a run to its end once somebody has asked for it, or the policy has given up.

    :ivar asked: somebody has asked for it
    :ivar status: 0, or 1 when a node ended as failed
    """

    def __init__(self, robot: Robot, processes: Processes, service: ServiceNews) -> None:
        """Go on until further notice."""
        self._robot, self._processes, self._service = robot, processes, service
        self.asked = False
        self.status = 0
        self._over = asyncio.Event()
        self._signalled_at = -math.inf

    async def wait(self) -> None:
        """Wait until nothing of the run is left but what the supervisor itself needs."""
        await self._over.wait()

    def ask(self, *, hurry: bool = False) -> None:
        """
        End everything in order.

        :param hurry: shorten the stop escalations of a shutdown under way; once more, kill
        """
        hurry = hurry and self._robot.shutting_down
        if not self._robot.shutting_down:
            _log.info('stopping %s', self._robot.plan.project)
            self.asked = True
            self._service.stopping()
        self._robot.shut_down(hurry=hurry)

    def signalled(self) -> None:
        """Handle a POSIX signal: the first one ends everything in order, later ones hurry."""
        before, self._signalled_at = self._signalled_at, self._robot.now()
        if self._signalled_at - before >= _SAME_S:
            self.ask(hurry=True)

    def answer(self, _client: Client, request: ShutDown) -> Done:
        """Answer who asks over the control socket."""
        self.ask(hurry=request.hurry)
        return Done()

    def signal(self, command: SendSignal) -> None:
        """Signal a process; at the end of a run nothing waits longer for one that was killed."""
        self._processes.signal(command)
        if self._robot.shutting_down and command.signal == signal.SIGKILL:
            asyncio.get_running_loop().call_later(
                _KILLED_S, self._processes.insist, command.unit, command.generation)

    def end(self, command: EndSystem) -> None:
        """Handle that no unit is left, or then, that no health node is."""
        if self._robot.own_ends:
            self._over.set()
            return
        self._service.stopping()
        self.status = command.status
        if command.reason:
            _log.error('%s ends: %s', self._robot.plan.project, command.reason)
        self._robot.end_own()

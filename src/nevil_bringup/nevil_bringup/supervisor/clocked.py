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

"""Give a policy core its clock: facts go in with their time, due deadlines are carried out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from collections.abc import Iterable
import logging

from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import Event
from nevil_health.core import SystemStarted
from nevil_health.core import UnexpectedEvent
from nevil_health.core import UnitSpec

__all__ = ['ClockedCore']

_log = logging.getLogger('supervisor')
# A deadline reached this late was missed by us: what has arrived meanwhile is handled
# first, for a moment.
_LATE_S = 0.5
_HEAR_S = 0.1


class ClockedCore:
    """A core on an event loop; everything happens in the loop's thread."""

    def __init__(self, core: Core, carry_out: Callable[[Command], None]) -> None:
        """
        Connect a core with who carries out its commands.

        :param carry_out: called for each command, in order; may feed further events, whose
            commands follow those that are there already
        """
        self.core = core
        self._carry_out = carry_out
        self._commands: deque[Command] = deque()
        self._running = False
        self._timer: asyncio.TimerHandle | None = None
        self._hearing = False

    def feed(self, event: Event) -> None:
        """Feed one fact; a fact that the unit's state does not know is logged and dropped."""
        try:
            commands = self.core.handle(event)
        except UnexpectedEvent as error:
            _log.warning('%s', error)
            return
        self._run(commands)

    def add(self, spec: UnitSpec, begin: SystemStarted) -> None:
        """
        Add one more unit of the running system.

        :raises CoreError: it does not fit, or the system does not run
        """
        self._run(self.core.add(spec, begin))

    def _run(self, commands: Iterable[Command]) -> None:
        """Carry out all commands: what goes wrong with one must not keep us from the others."""
        self._commands.extend(commands)
        if self._running:
            return
        self._running = True
        while self._commands:
            command = self._commands.popleft()
            try:
                self._carry_out(command)
            except Exception:
                _log.exception('not carried out: %r', command)
        self._running = False
        self._arm()

    def _arm(self) -> None:
        if self._hearing:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.core.next_deadline()
        if deadline is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(deadline, self._due, deadline)

    def _due(self, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        self._hearing = not self._hearing and loop.time() - deadline > _LATE_S
        if self._hearing:
            loop.call_later(_HEAR_S, self._due, deadline)
        else:
            self._run(self.core.advance(loop.time()))

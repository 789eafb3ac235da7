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
from collections.abc import Callable
import logging

from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import Event
from nevil_health.core import UnexpectedEvent

__all__ = ['ClockedCore']

_log = logging.getLogger('supervisor')


class ClockedCore:
    """A core on an event loop; everything happens in the loop's thread."""

    def __init__(self, core: Core, carry_out: Callable[[Command], None]) -> None:
        """
        Connect a core with who carries out its commands.

        :param carry_out: called for each command, in order; may feed further events
        """
        self.core = core
        self._carry_out = carry_out
        self._timer: asyncio.TimerHandle | None = None

    def feed(self, event: Event) -> None:
        """Feed one fact; a fact that the unit's state does not know is logged and dropped."""
        try:
            commands = self.core.handle(event)
        except UnexpectedEvent as error:
            _log.warning('%s', error)
            return
        self._run(commands)

    def _run(self, commands: list[Command]) -> None:
        for command in commands:
            self._carry_out(command)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.core.next_deadline()
        if deadline is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(deadline, self._due)

    def _due(self) -> None:
        self._timer = None
        self._run(self.core.advance(asyncio.get_running_loop().time()))

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

"""The pause of a unit: its commands, and which news answers them."""

from __future__ import annotations

from typing import Literal

from nevil_health.core.commands import PauseUnit
from nevil_health.core.commands import ResumeUnit
from nevil_health.core.system import System

__all__ = ['Pause', 'PAUSE_EXPLAINS']

# Health signals that a paused node gives because it is paused.
PAUSE_EXPLAINS = frozenset({
    'progress', 'health_check', 'readiness', 'lifecycle', 'throughput', 'response_time',
    'error_rate'})


class Pause:
    """
    The last command to pause or to resume a unit.

    :param phase: the command that is not answered yet, '' when there is none
    :param since: when it was given
    :param number: of the last command; an answer with another number is late news
    """

    def __init__(self, name: str, system: System) -> None:
        """Make the pause of a unit that has not been paused yet."""
        self.phase: Literal['', 'pausing', 'resuming'] = ''
        self.since = 0.0
        self.number = 0
        self._name = name
        self._system = system
        self._lost: tuple[str, ...] = ()

    def begin(self, generation: int, lost: tuple[str, ...]) -> None:
        """Command that process to pause for the loss of some units."""
        self._lost = lost
        self.command('pausing')
        self._system.commands.append(PauseUnit(
            unit=self._name, generation=generation, number=self.number, lost=lost))

    def finish(self, generation: int) -> None:
        """Command that process to resume."""
        self.command('resuming')
        self._system.commands.append(ResumeUnit(
            unit=self._name, generation=generation, number=self.number, restored=self._lost))

    def command(self, phase: Literal['pausing', 'resuming']) -> None:
        """Record a command; what answers an older one is late news from now on."""
        self.phase = phase
        self.number += 1
        self.since = self._system.now

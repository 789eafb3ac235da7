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

"""What all units of a system share: its time, its phase, and the commands on their way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Literal

from nevil_health.core.commands import Command
from nevil_health.core.spec import CoreSettings

__all__ = ['System']


@dataclass(slots=True)
class System:
    """
    The one system that the units of a core belong to.

    :param jitter: source of jitter, gives a number from 0 to below 1
    :param now: newest time of any event, monotonic seconds
    :param hurry: 0: every POSIX signal has its time; 1: SIGTERM, and SIGKILL soon; 2: SIGKILL
    :param monitored: whether a monitor reports readiness
    :param given_up: why it has to end, where a unit failed that it cannot do without
    :param short_of_memory: share of free memory, percent, while there is too little of it
    :param commands: what the event in hand has led to so far
    """

    settings: CoreSettings
    jitter: Callable[[], float]
    now: float = 0.0
    phase: Literal['new', 'running', 'ending', 'ended'] = 'new'
    hurry: int = 0
    monitored: bool = True
    given_up: str = ''
    short_of_memory: float | None = None
    commands: list[Command] = field(default_factory=list)

    @property
    def ending(self) -> bool:
        """Return whether the end was asked for: nothing starts any more."""
        return self.phase in ('ending', 'ended')

    @property
    def end_reason(self) -> str:
        """Return why it ends."""
        return f'the system stops{": " if self.given_up else ""}{self.given_up}'

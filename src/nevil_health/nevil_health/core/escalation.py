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

"""How a process is ended: SIGINT, then SIGTERM, then SIGKILL, each after the last had its time."""

from __future__ import annotations

import signal

from nevil_health.core.commands import SendSignal
from nevil_health.core.spec import UnitSpec
from nevil_health.core.system import System

__all__ = ['StopEscalation']

# After a second Ctrl-C or stop: a person is waiting.
HURRY_S = 1.0
# A process that hangs seldom listens, so it does not get its whole time.
HUNG_S = 2.0
_SIGNALS = (int(signal.SIGINT), int(signal.SIGTERM), int(signal.SIGKILL))


class StopEscalation:
    """
    The POSIX signals on their way to one process of a unit.

    :param spec: how much time each has
    :param generation: of the process that got the last signal, 0 for none

    Every method returns the time of the next step, None after SIGKILL. When the system is in a
    hurry, it begins with a later signal and its steps are 1 s apart.
    """

    def __init__(self, spec: UnitSpec, system: System) -> None:
        """Start before the first signal."""
        self.spec = spec
        self._system = system
        self.generation = 0
        self._step = 0
        self._hung = False

    def begin(self, generation: int, *, hung: bool = False) -> float | None:
        """Send the first signal to the process of that generation."""
        self.generation = generation
        self._hung = hung
        return self._send(self._system.hurry)

    def escalate(self) -> float | None:
        """Send the next signal."""
        return self._send(self._step + 1)

    def hurry(self, deadline: float | None) -> float | None:
        """Go where the system's hurry asks for, or shorten the step, which ends at deadline."""
        if self._step < self._system.hurry:
            return self._send(self._system.hurry)
        return None if deadline is None else min(deadline, self._system.now + HURRY_S)

    def _send(self, step: int) -> float | None:
        self._step = step
        self._system.commands.append(SendSignal(
            unit=self.spec.name, generation=self.generation, signal=_SIGNALS[step]))
        if step == len(_SIGNALS) - 1:
            return None
        return self._system.now + (HURRY_S if self._system.hurry else self._time_s(step))

    def _time_s(self, step: int) -> float:
        spec = self.spec
        time_s = spec.stop_timeout_s
        if step > 0 and spec.kill_timeout_s is not None:
            time_s = spec.kill_timeout_s
        return min(time_s, HUNG_S) if self._hung else time_s

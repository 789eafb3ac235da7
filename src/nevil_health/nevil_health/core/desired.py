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

"""What the operator, and before him the declarations, want of one unit."""

from __future__ import annotations

from nevil_health.core.commands import RememberHeld
from nevil_health.core.commands import RememberStopped
from nevil_health.core.spec import UnitSpec
from nevil_health.core.system import System

__all__ = ['DesiredState']


class DesiredState:
    """
    What is wanted of a unit now; what outlives the supervisor is commanded to disk.

    :param running: it should run
    :param muted: it should run inactive
    :param paused: it should be paused until the operator says otherwise
    :param held: the policy leaves it alone
    """

    def __init__(self, spec: UnitSpec, system: System) -> None:
        """Start with what the declarations want of a system that has not started yet."""
        self.running = False
        self.muted = spec.muted
        self.paused = False
        self.held = False
        self._spec = spec
        self._system = system
        self._stopped = False  # as it is on disk

    def declare(self, spec: UnitSpec) -> None:
        """Want what another declaration says where that is another thing."""
        if spec.muted != self._spec.muted:
            self.muted = spec.muted
        self._spec = spec

    def restore(self, *, stopped: bool, held: bool) -> bool:
        """Use what is on disk; return whether the operator's stop still counts."""
        self._stopped = stopped
        self.held = held
        if stopped and self._spec.restart.policy == 'unless_stopped':
            return True
        self._remember(False)
        return False

    def run(self) -> None:
        """Want the unit running, and active."""
        self.running = True
        self.paused = False
        self._remember(False)

    def stop(self) -> None:
        """Want the unit stopped, for as long as its policy says."""
        self.running = self.paused = False
        self._remember(self._spec.restart.policy == 'unless_stopped')

    def hold(self, held: bool) -> None:
        """Want the policy to leave the unit alone, or no longer."""
        self.held = held
        self._system.commands.append(RememberHeld(unit=self._spec.name, held=held))

    def _remember(self, stopped: bool) -> None:
        if stopped != self._stopped:
            self._stopped = stopped
            self._system.commands.append(
                RememberStopped(unit=self._spec.name, stopped=stopped))

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

"""How a unit stands: what is known of it, and what follows from that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nevil_health.core import states
from nevil_health.core.ladder import Ladder
from nevil_health.core.pause import Pause
from nevil_health.core.spec import UnitSpec
from nevil_health.core.states import State
from nevil_health.core.system import System
from nevil_health.core.wishes import Wishes

if TYPE_CHECKING:
    from nevil_health.core.unit import Unit

__all__ = ['Standing']


class Standing:
    """
    What is known of a unit.

    What other units mean for this one is counted elsewhere: ``unmet`` and ``hopeless`` by
    ``Gates``; ``cut`` (required units that are away or cut off), ``burden`` (units that work and
    require this one) and ``source`` (the unit it all comes from; None when this one is neither
    away nor cut off) by ``Cascade``.

    :param queued: waits for its turn in the start-up in sequence
    :param restarting: its last end is being answered with a restart by policy
    :param blames: the unit for which it was paused, or ended, by the cascade
    :param planned: the operator or the system wanted the state it is in
    :param failures: restarts by policy since the last stable run
    """

    def __init__(self, spec: UnitSpec, index: int, system: System) -> None:
        """Know a unit that has not been started yet; ``index`` is its place in the order."""
        self.spec = spec
        self.index = index
        self.system = system
        self.state: State = 'stopped' if spec.enabled else 'disabled'
        self.reason = 'not started yet' if spec.enabled else 'disabled by its declaration'
        self.generation = 0
        self.pid: int | None = None
        self.deadline: float | None = None
        self.since = 0.0
        self.restarts = self.failures = 0
        self.last_exit: str | None = None
        self.queued = self.restarting = False
        self.planned = True
        self.wishes = Wishes(spec, system)
        self.pause = Pause(spec.name, system)
        self.ladder = Ladder(spec, system)
        self.requires: list[Unit] = []
        self.dependents: list[Unit] = []
        self.rivals: list[Unit] = []
        self.unmet = self.hopeless = self.cut = self.burden = 0
        self.source: Unit | None = None
        self.blames: Unit | None = None

    @property
    def live(self) -> bool:
        """Tell whether a process exists or is being created."""
        return self.state in states.LIVE

    @property
    def hands_off(self) -> bool:
        """Tell whether faults are not to be answered."""
        return self.wishes.held or self.system.ending

    @property
    def signalled(self) -> bool:
        """Tell whether its process has got a signal to end."""
        return self.ladder.generation == self.generation

    @property
    def blocked(self) -> bool:
        """Tell whether something that it requires, or conflicts with, keeps it from starting."""
        return self.unmet > 0 or self.cut > 0

    @property
    def at_gate(self) -> bool:
        """Tell whether nothing but the gate of restarts is in its way."""
        if self.state == 'backoff':
            return self.deadline is None
        return self.state == 'waiting' and self.restarting and not self.blocked

    @property
    def cut_off(self) -> bool:
        """Tell whether it shall not work, for the sake of the operator or for lack of others."""
        return not self.wishes.held and (self.wishes.paused or self.cut > 0)

    @property
    def working(self) -> bool:
        """Tell whether what it requires shall not pause before it."""
        return self.state == 'ready' and not self.wishes.held or self.pause.phase != ''

    @property
    def suffers(self) -> bool:
        """Tell whether it is what it is because of others."""
        return (self.state in ('ready', 'paused', 'waiting')
                or self.state == 'stopping' and self.blames is not None)

    @property
    def must_pause(self) -> bool:
        """Tell whether its turn to pause has come."""
        works = self.state == 'ready' or self.pause.phase == 'resuming'
        return works and self.cut_off and not self.burden

    @property
    def may_resume(self) -> bool:
        """Tell whether its turn to resume has come."""
        rests = self.state == 'paused' and not self.pause.phase
        return rests and not (self.cut_off or self.unmet or self.wishes.held)

    def failures_at(self, at: float) -> int:
        """Return the restarts that still count: a stable run, found when it ends, clears them."""
        stable = self.state == 'ready' and at - self.since >= self.spec.restart.stable_after_s
        return 0 if stable else self.failures

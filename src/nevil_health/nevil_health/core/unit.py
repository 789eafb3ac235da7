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

"""One unit: what is known of it, and the steps that it can make."""

from __future__ import annotations

from typing import Literal
from typing import Protocol

from nevil_health.core import states
from nevil_health.core.commands import AnnounceState
from nevil_health.core.commands import CollectEvidence
from nevil_health.core.commands import SetMuted
from nevil_health.core.commands import StartProcess
from nevil_health.core.desired import DesiredState
from nevil_health.core.errors import ForbiddenTransition
from nevil_health.core.escalation import StopEscalation
from nevil_health.core.events import Event
from nevil_health.core.events import SignalFailed
from nevil_health.core.faults import EVIDENCE_S
from nevil_health.core.faults import Faults
from nevil_health.core.pause import Pause
from nevil_health.core.spec import UnitSpec
from nevil_health.core.states import State
from nevil_health.core.system import System

__all__ = ['Unit']


class Surroundings(Protocol):
    """What a unit may ask about the units around it; it changes none of them."""

    def unmet(self, unit: Unit) -> bool:
        """Return whether something that it requires is not ready, or a rival of it runs."""

    def blocked(self, unit: Unit) -> bool:
        """Return whether what it requires, or conflicts with, keeps it from starting."""

    def waiting_reason(self, unit: Unit) -> str:
        """Say what a waiting unit waits for."""


class Unit:
    """
    The state of one unit. ``reactions`` says which step follows from which event.

    :param event: the kind of the event in hand; the table says where it may lead
    :param queued: waits for its turn in the start-up in sequence
    :param restarting: its last end is being answered with a restart by policy
    :param again: it is started again once its process has ended
    :param withdrawn: its declaration counts no more, and no other does yet
    :param blames: the unit for which it was paused, or ended, by the cascade; '' if none
    :param planned: the operator or the system wanted the state it is in
    :param failures: restarts by policy since the last stable run
    """

    def __init__(
        self, spec: UnitSpec, index: int, system: System, around: Surroundings,
    ) -> None:
        """Make a unit that has not been started yet; ``index`` is its place in the order."""
        self.spec = spec
        self.index = index
        self.system = system
        self.around = around
        self.event: type[Event] | None = None
        self.state: State = 'stopped' if spec.enabled else 'disabled'
        self.reason = 'not started yet' if spec.enabled else 'disabled by its declaration'
        self.generation = 0
        self.pid: int | None = None
        self.deadline: float | None = None
        self.since = 0.0
        self.restarts = self.failures = 0
        self.last_exit: str | None = None
        self.queued = self.restarting = self.again = self.withdrawn = False
        self.planned = True
        self.blames = ''
        self.desired = DesiredState(spec, system)
        self.pause = Pause(spec.name, system)
        self.escalation = StopEscalation(spec, system)
        self.faults = Faults()
        self._told_muted = spec.muted

    def declare(self, spec: UnitSpec, index: int) -> None:
        """Give it another declaration of its name, and another place in the order."""
        self.desired.declare(spec)
        self.escalation.spec = spec
        self.spec, self.index = spec, index

    @property
    def live(self) -> bool:
        """Return whether a process exists or is being created."""
        return self.state in states.LIVE

    @property
    def recovery_suspended(self) -> bool:
        """Return whether faults are not to be answered."""
        return self.desired.held or self.system.ending

    @property
    def signalled(self) -> bool:
        """Return whether its process has got a POSIX signal to end."""
        return self.escalation.generation == self.generation

    @property
    def curable(self) -> bool:
        """Return whether it is about to be ended for a fault, and can still be left running."""
        return self.state == 'unhealthy' and not self.signalled

    @property
    def working(self) -> bool:
        """Return whether what it requires should not pause before it."""
        return self.state == 'ready' and not self.desired.held or self.pause.phase != ''

    @property
    def suffers(self) -> bool:
        """Return whether it is in its state because of others."""
        return (self.state in ('ready', 'paused', 'waiting')
                or self.state == 'stopping' and self.blames != '')

    def failures_at(self, at: float) -> int:
        """Return the restarts that still count: a stable run, found when it ends, clears them."""
        stable = self.state == 'ready' and at - self.since >= self.spec.restart.stable_after_s
        return 0 if stable else self.failures

    # -- the one step --------------------------------------------------------------------------

    def enter(
        self, state: State, reason: str, level: Literal['INFO', 'WARN', 'ERROR'] = 'INFO',
        *, deadline: float | None = None, planned: bool | None = None,
    ) -> None:
        """
        Go where the table lets the event in hand lead, and announce it.

        :param planned: stays as it was where it is not given
        :raises ForbiddenTransition: the table does not know this step, or the event has led to
            a step already: one fact changes a state once
        """
        event, self.event = self.event, None
        if event is None or state not in states.TRANSITIONS[self.state].get(event, ()):
            kind = event.__name__ if event else 'no event'
            raise ForbiddenTransition(
                f'{self.spec.name}: {self.state} -> {state} by {kind} is not in the table')
        self.failures = self.failures_at(self.system.now)
        self.planned = self.planned if planned is None else planned
        self.system.commands.append(AnnounceState(
            unit=self.spec.name, old=self.state, new=state, reason=reason, level=level,
            planned=self.planned, event=event))
        if state not in ('backoff', 'waiting', 'starting'):
            self.restarting = False
        if state in ('ready', 'stopped', 'completed', 'failed'):
            self.blames = ''
        self.state = state
        self.reason = reason
        self.deadline = deadline
        self.pause.phase = ''
        self.since = self.system.now

    # -- to a process, and while it lives ------------------------------------------------------

    def start_or_wait(self, reason: str, planned: bool | None = None) -> None:
        """Start the unit, or let it wait for what it needs."""
        if not self.around.blocked(self) and not self.queued:
            self.launch(reason, planned)
        elif self.state != 'waiting':
            self.enter('waiting', self.around.waiting_reason(self), planned=planned)

    def launch(self, reason: str, planned: bool | None = None) -> None:
        """Command the start of its next process."""
        self.enter('starting', reason, planned=planned)
        self.queued = False
        self.generation += 1
        self._told_muted = self.desired.muted
        self.system.commands.append(StartProcess(
            unit=self.spec.name, generation=self.generation, muted=self._told_muted))

    def time_start(self) -> None:
        """Let the time until ready run from now; without a monitor it does not run."""
        if self.state == 'starting' and self.pid is not None:
            limit_s = self.spec.start_timeout_s
        elif self.pause.phase == 'resuming':
            limit_s = self.system.settings.resume_timeout_s
        else:
            return
        self.deadline = self.system.now + limit_s if self.system.monitored else None

    def apply_muting(self) -> None:
        """Mute or unmute the process, if it is ready and is otherwise."""
        if self.state == 'ready' and self.desired.muted != self._told_muted:
            self._told_muted = self.desired.muted
            self.system.commands.append(SetMuted(
                unit=self.spec.name, generation=self.generation, muted=self._told_muted))

    def answer_faults(self) -> None:
        """End a running process for the first of its faults, unless recovery is suspended."""
        fault = self.faults.first
        if fault and self.state in ('ready', 'paused') and not self.recovery_suspended:
            self.mark_unhealthy(fault)

    def mark_unhealthy(self, fault: SignalFailed) -> None:
        """Begin to end the process for a fault: its evidence comes first."""
        self.faults.blame(fault, self.state)
        self.enter('unhealthy', f'{fault.cause}, stopping it', 'WARN', planned=False,
                   deadline=self.system.now + EVIDENCE_S)
        self.system.commands.append(CollectEvidence(
            unit=self.spec.name, generation=self.generation, cause=fault.cause))

    def recover(self, state: State, reason: str) -> None:
        """Leave the process running that was about to be ended."""
        self.enter(state, reason, 'WARN')
        self.time_start()
        self.apply_muting()

    # -- to its end ----------------------------------------------------------------------------

    def bring_down(self, reason: str, *, planned: bool = True) -> None:
        """End the process; signals that are on their way already stay so."""
        if self.state == 'stopping':
            self.reason = reason
            self.planned = planned
            return
        self.enter('stopping', reason, planned=planned, deadline=self.deadline)
        if not self.signalled:
            self.send_signals()

    def send_signals(self) -> None:
        """Send the first signal, or the next."""
        if self.signalled:
            self.deadline = self.escalation.escalate()
        else:
            self.deadline = self.escalation.begin(self.generation, hung=self.faults.hung)

    def hurry(self) -> None:
        """Shorten the rest of the escalation as far as the system's hurry asks for."""
        self.deadline = self.escalation.hurry(self.deadline)

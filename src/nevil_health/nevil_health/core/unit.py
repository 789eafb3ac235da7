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

"""One unit: its state, and what each event does to it."""

from __future__ import annotations

from typing import Literal

from nevil_health.core import commands
from nevil_health.core import events
from nevil_health.core import states
from nevil_health.core.faults import Faults
from nevil_health.core.requests import obey
from nevil_health.core.restart import describe_exit
from nevil_health.core.restart import judge
from nevil_health.core.spec import UnitSpec
from nevil_health.core.standing import Standing
from nevil_health.core.states import State
from nevil_health.core.system import System
from nevil_health.core.words import missing
from nevil_health.core.words import waiting_reason

__all__ = ['Unit']


class Unit(Standing):
    """
    The state machine of one unit.

    The core has looked into the table before it hands an event over, so every handler may rely
    on the state being one that knows the event.
    """

    def __init__(self, spec: UnitSpec, index: int, system: System) -> None:
        """Make a unit that has not been started yet; ``index`` is its place in the order."""
        super().__init__(spec, index, system)
        self.faults = Faults(self)
        self._told_muted = spec.muted
        self.again = False

    # -- what happens --------------------------------------------------------------------------

    def apply(self, event: events.Event) -> None:
        """Do what an event, which the state knows, does to this unit."""
        if isinstance(event, events.ProcessEvent):
            self._hear(event)
        elif isinstance(event, events.UnitEvent):
            obey(self, event)
        else:
            self._go_on(event)

    def _hear(self, event: events.ProcessEvent) -> None:
        match event:
            case events.ProcessStarted(pid=pid):
                self.pid = pid
                self.time_start()
            case events.ReadyConfirmed(number=number):
                self._ready(number)
            case events.Paused(number=number, problem=problem) if (
                    self.pause.phase == 'pausing' and number == self.pause.number):
                self.pause.phase = ''
                self.reason += f'; could not be paused: {problem}' if problem else ''
            case events.SignalFailed():
                self.faults.failed(event)
            case events.SignalCleared(signal=signal):
                self.faults.cleared(signal)
            case events.EvidenceCollected() if self.state == 'unhealthy' and not self.signalled:
                self._send_signals()
            case events.ProcessExited(code=code):
                self._end(describe_exit(event), failed=code != 0,
                          prevented=code in self.spec.prevent_exit_status)
            case events.ProcessFailed(reason=reason):
                self._end(f'could not be started: {reason}', failed=True)

    def _go_on(self, event: events.Event) -> None:
        match event:
            case states.StartTimedOut():
                self.deadline = None
                pausing = self.state == 'paused'
                self.faults.start_overdue(self.system.settings.resume_timeout_s if pausing
                                          else self.spec.start_timeout_s)
            case states.StopTimedOut():
                self._send_signals()
            case states.BackoffElapsed():
                self.deadline = None  # the gate comes next
            case states.StartAllowed() if self.restarting:
                self.start_or_wait('restart by policy')
            case states.StartAllowed():
                self._launch('its turn' if self.queued else 'nothing is in its way any more')
            case states.RequirementLost():
                self._lose()
            case states.RequirementsRestored():
                self._resume()
            case events.SystemStarted():
                self._system_started(event)
            case events.ShutdownRequested():
                self._shut_down()

    # -- what the system and its operator want -----------------------------------------------

    def _system_started(self, event: events.SystemStarted) -> None:
        name = self.spec.name
        if not self.spec.enabled:
            return
        if self.wishes.begin(stopped=name in event.stopped, held=name in event.held):
            self.reason = 'stopped by the operator, before this start of the system'
        elif not self.spec.auto_start:
            self.reason = 'starts when the operator asks'
        else:
            self.wishes.running = True
            self.queued = not self.system.settings.parallel
            self.start_or_wait('the system starts')

    def _shut_down(self) -> None:
        self.again = False
        if self.live:
            self.bring_down(self.system.end_reason)
        elif self.state in ('waiting', 'backoff'):
            self.enter('stopped', self.system.end_reason, planned=True)

    def apply_muting(self) -> None:
        """Mute or unmute the process, if it is ready and is otherwise."""
        if self.state == 'ready' and self.wishes.muted != self._told_muted:
            self._told_muted = self.wishes.muted
            self.system.commands.append(commands.SetMuted(
                unit=self.spec.name, generation=self.generation, muted=self._told_muted))

    # -- start ---------------------------------------------------------------------------------

    def start_or_wait(self, reason: str, planned: bool | None = None) -> None:
        """Start the unit, or let it wait for what is in its way."""
        if not self.blocked and not self.queued:
            self._launch(reason, planned)
        elif self.state != 'waiting':
            self.enter('waiting', waiting_reason(self), planned=planned)

    def _launch(self, reason: str, planned: bool | None = None) -> None:
        self.queued = False
        self.generation += 1
        self._told_muted = self.wishes.muted
        self.enter('starting', reason, planned=planned)
        self.system.commands.append(commands.StartProcess(
            unit=self.spec.name, generation=self.generation, muted=self._told_muted))

    def time_start(self) -> None:
        """Let the time until ready run from now; while nobody hears of it, it does not."""
        if self.state == 'starting' and self.pid is not None:
            limit_s = self.spec.start_timeout_s
        elif self.pause.phase == 'resuming':
            limit_s = self.system.settings.resume_timeout_s
        else:
            return
        self.deadline = self.system.now + limit_s if self.system.monitored else None

    def _ready(self, number: int) -> None:
        took = f'{self.system.now - self.since:.1f} s'
        if self.state == 'starting':
            self.enter('ready', f'ready after {took}', planned=False)
        elif self.pause.phase == 'resuming' and number == self.pause.number:
            self.enter('ready', f'ready again after a pause of {took}', planned=False)
        else:
            self.faults.ready_after_all(number)
        self.apply_muting()

    def recover(self, state: State, reason: str) -> None:
        """Leave the process running that was about to be ended."""
        self.enter(state, reason, 'WARN')
        self.time_start()
        self.apply_muting()

    # -- pause ---------------------------------------------------------------------------------

    def _lose(self) -> None:
        """Pause for what it requires, or for the operator; what cannot pause ends, and waits."""
        lost = missing(self)
        why = f'{", ".join(lost)} away' if lost else 'paused by the operator'
        source = self.source or self
        planned = source.planned or source is self
        self.blames = self.blames if source is self else source
        if not self.spec.pausable:
            self.again = True
            self.bring_down(f'{why}, ended until it is back', planned=planned)
            self.pause.order('pausing')
            return
        if self.state == 'ready':
            self.enter('paused', why, planned=planned)
        self.reason = why
        self.deadline = None
        self.pause.begin(self.generation, lost)

    def _resume(self) -> None:
        self.reason = 'resuming'
        self.pause.finish(self.generation)
        self.time_start()

    # -- end -----------------------------------------------------------------------------------

    def _send_signals(self) -> None:
        """Send the first signal, or the next."""
        if self.signalled:
            self.deadline = self.ladder.climb()
        else:
            self.deadline = self.ladder.begin(self.generation, hung=self.faults.hung)

    def bring_down(self, reason: str, *, planned: bool = True) -> None:
        """Let the process end; signals that are on their way already stay so."""
        if self.state == 'stopping':
            self.reason = reason
            self.planned = planned
            return
        self.enter('stopping', reason, planned=planned, deadline=self.deadline)
        if not self.signalled:
            self._send_signals()

    def hurry(self) -> None:
        """Shorten the rest of the ladder as far as the system's hurry asks for."""
        self.deadline = self.ladder.hurry(self.deadline)

    def _end(self, how: str, *, failed: bool, prevented: bool = False) -> None:
        self.last_exit = how
        self.pid = None
        fault = self.faults.cause
        self.faults.forget()
        if self.state == 'unhealthy':
            self._unasked_end(f'{fault}, {how}', failed=True, prevented=prevented)
        elif self.state != 'stopping':
            self._unasked_end(how, failed=failed, prevented=prevented)
        elif self.again and not (self.wishes.held and self.blames):
            self.again = False
            self.start_or_wait(
                'nothing is in its way any more' if self.blames else self.reason)
        else:
            self.again = False
            self.enter('stopped', f'{self.reason}: {how}')

    def _unasked_end(self, cause: str, *, failed: bool, prevented: bool) -> None:
        if self.system.ending:
            cause += ', while the system stopped'
            self.enter(*('failed', cause, 'ERROR') if failed else ('stopped', cause),
                       planned=not failed)
        elif self.wishes.held:
            self.enter('stopped', f'ended while held by the operator: {cause}', 'WARN',
                       planned=True)
        elif self.state == 'paused' and self.unmet and not failed and (
                self.spec.restart.policy in ('always', 'unless_stopped')):
            self.enter('waiting', waiting_reason(self))  # for the others; that is not charged
        else:
            self._answer(cause, failed=failed, prevented=prevented)

    def _answer(self, cause: str, *, failed: bool, prevented: bool) -> None:
        """Do what the policy says about the end of the process."""
        self.failures = self.failures_at(self.system.now)
        verdict = judge(
            self.spec.restart, cause=cause, failed=failed, failures=self.failures,
            jitter=self.system.settings.jitter * self.system.jitter(), prevented=prevented)
        self.blames = None
        self.enter(verdict.state, verdict.reason, verdict.level, planned=False)
        if verdict.state == 'backoff':
            self.restarting = True
            self.failures += 1
            self.restarts += 1
            self.deadline = self.system.now + verdict.delay_s if verdict.delay_s else None
        elif verdict.state == 'failed' and self.spec.on_failed == 'shutdown':
            self.system.given_up = f'{self.spec.name} failed (on_failed: shutdown)'

    def enter(
        self, state: State, reason: str, level: Literal['INFO', 'WARN', 'ERROR'] = 'INFO',
        *, deadline: float | None = None, planned: bool | None = None,
    ) -> None:
        """Change the state, and tell it; ``planned`` stays as it was where it is not given."""
        self.failures = self.failures_at(self.system.now)
        self.planned = self.planned if planned is None else planned
        self.system.commands.append(commands.AnnounceState(
            unit=self.spec.name, old=self.state, new=state, reason=reason, level=level,
            planned=self.planned))
        if state not in ('backoff', 'waiting', 'starting'):
            self.restarting = False
        if state in ('ready', 'stopped', 'completed', 'failed'):
            self.blames = None
        self.state = state
        self.reason = reason
        self.deadline = deadline
        self.pause.phase = ''
        self.since = self.system.now

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
from nevil_health.core.ladder import Ladder
from nevil_health.core.restart import describe_exit
from nevil_health.core.restart import judge
from nevil_health.core.spec import UnitSpec
from nevil_health.core.states import State
from nevil_health.core.system import System
from nevil_health.core.view import UnitView

__all__ = ['Unit']

_UNHEARD = 'there is no health node to hear that it is ready'


class Unit:
    """
    The state machine of one unit.

    The core has looked into the table before it hands an event over, so every handler may rely
    on the state being one that knows the event. What other units mean for this one (``unmet``,
    ``hopeless``) is counted by ``Gates``; ``queued`` is for the start-up in sequence.
    """

    def __init__(self, spec: UnitSpec, index: int, system: System) -> None:
        """Make a unit that has not been started yet; ``index`` is its place in the order."""
        self.spec = spec
        self.index = index
        self.state: State = 'stopped' if spec.enabled else 'disabled'
        self.reason = 'not started yet' if spec.enabled else 'disabled by its declaration'
        self.generation = 0
        self.pid: int | None = None
        self.deadline: float | None = None
        self.wanted = self.queued = False
        self.requires: list[Unit] = []
        self.rivals: list[Unit] = []
        self.unmet = self.hopeless = 0
        self._system = system
        self._ladder = Ladder(spec, system)
        self._since = 0.0
        self._restarts = self._failures = 0
        self._muted = self._started_muted = spec.muted
        self._remembered = self._again = False
        self._fault = ''
        self._last_exit: str | None = None

    @property
    def live(self) -> bool:
        """Tell whether a process exists or is being created."""
        return self.state in states.LIVE

    def apply(self, event: events.Event) -> None:
        """Do what an event, which the state knows, does to this unit."""
        match event:
            case events.ProcessStarted(pid=pid):
                self.pid = pid
                self.time_start()
            case events.ReadyConfirmed() if self.state == 'starting':
                self._ready()
            case events.ProcessExited(code=code):
                self._end(describe_exit(event), failed=code != 0)
            case events.ProcessFailed(reason=reason):
                self._end(f'could not be started: {reason}', failed=True)
            case events.SignalFailed(cause=cause) if self.state == 'ready':
                self._give_up_on(cause)
            case states.StartTimedOut():
                self._give_up_on(f'not ready within {self.spec.start_timeout_s:.1f} s')
            case states.StopTimedOut():
                self.deadline = self._ladder.climb()
            case states.StartAllowed():
                self._launch('its turn' if self.queued else 'nothing is in its way any more')
            case states.BackoffElapsed():
                self._start_or_wait('restart by policy')
            case events.SystemStarted(stopped=stopped):
                self._system_started(stopped)
            case events.ShutdownRequested():
                self._shut_down()
            case events.StartRequested():
                self._start_requested()
            case events.RestartRequested():
                self._restart_requested()
            case events.StopRequested():
                self._stop_requested()
            case events.MuteRequested() | events.UnmuteRequested():
                self._mute(isinstance(event, events.MuteRequested))

    # -- what the system and its operator want -----------------------------------------------

    def _system_started(self, stopped: frozenset[str]) -> None:
        if not self.spec.enabled:
            return
        self._remembered = self.spec.name in stopped
        if self._remembered and self.spec.restart.policy == 'unless_stopped':
            self.reason = 'stopped by the operator, before this start of the system'
            return
        self._remember(False)
        if not self.spec.auto_start:
            self.reason = 'starts when the operator asks'
            return
        self.wanted = True
        self.queued = not self._system.settings.parallel
        self._start_or_wait('the system starts')

    def _start_requested(self) -> None:
        if self.state in ('starting', 'ready'):
            self._want()
        else:
            self._restart_requested()

    def _restart_requested(self) -> None:
        self._want()
        if self.live:
            self._again = True
            self._bring_down('restarted by the operator')
        else:
            self._start_or_wait('started by the operator')

    def _stop_requested(self) -> None:
        self.wanted = self.queued = self._again = False
        self._remember(self.spec.restart.policy == 'unless_stopped')
        if self.live:
            self._bring_down('stopped by the operator')
        elif self.state != 'stopped':
            self._enter('stopped', 'stopped by the operator')

    def _shut_down(self) -> None:
        self._again = False
        if self.live:
            self._bring_down('the system stops')
        elif self.state in ('waiting', 'backoff'):
            self._enter('stopped', 'the system stops')

    def _mute(self, muted: bool) -> None:
        self._muted = muted
        if self.state == 'ready':
            self._set_muted()

    def _want(self) -> None:
        """Take in that the operator wants the unit running: its past is forgotten."""
        self.wanted = True
        self.queued = False
        self._failures = 0
        self._remember(False)

    def _remember(self, stopped: bool) -> None:
        if stopped != self._remembered:
            self._remembered = stopped
            self._system.commands.append(
                commands.RememberStopped(unit=self.spec.name, stopped=stopped))

    # -- start ---------------------------------------------------------------------------------

    def _start_or_wait(self, reason: str) -> None:
        if not self.unmet and not self.queued:
            self._launch(reason)
        elif self.state != 'waiting':
            self._enter('waiting', self._waiting_reason())

    def _launch(self, reason: str) -> None:
        self.queued = False
        self.generation += 1
        self._started_muted = self._muted
        self._enter('starting', reason)
        self._system.commands.append(commands.StartProcess(
            unit=self.spec.name, generation=self.generation, muted=self._muted))

    def time_start(self) -> None:
        """Let the time of a start run from now; without a monitor it does not run."""
        if self.state == 'starting' and self.pid is not None:
            runs = self._system.monitored
            self.deadline = self._system.now + self.spec.start_timeout_s if runs else None

    def _ready(self) -> None:
        self._enter('ready', f'ready after {self._system.now - self._since:.1f} s')
        if self._muted != self._started_muted:
            self._set_muted()

    def _set_muted(self) -> None:
        self._system.commands.append(commands.SetMuted(
            unit=self.spec.name, generation=self.generation, muted=self._muted))

    # -- end -----------------------------------------------------------------------------------

    def _give_up_on(self, fault: str) -> None:
        self.deadline = None
        if not self._system.ending:  # else its turn to be stopped comes anyway
            self._fault = fault
            self._enter('unhealthy', f'{fault}, stopping it', 'WARN')
            self.deadline = self._ladder.begin(self.generation)

    def _bring_down(self, reason: str) -> None:
        """Let the process end; signals that are on their way already stay so."""
        if self.state == 'stopping':
            self.reason = reason
        elif self.state == 'unhealthy':
            self._enter('stopping', reason, deadline=self.deadline)
        else:
            self._enter('stopping', reason)
            self.deadline = self._ladder.begin(self.generation)

    def hurry(self) -> None:
        """Shorten the rest of the ladder as far as the system's hurry asks for."""
        self.deadline = self._ladder.hurry(self.deadline)

    def _end(self, how: str, *, failed: bool) -> None:
        self._last_exit = how
        self.pid = None
        if self.state == 'unhealthy':
            self._unasked_end(f'{self._fault}, {how}', failed=True)
        elif self.state != 'stopping':
            self._unasked_end(how, failed=failed)
        elif self._again:
            self._again = False
            self._start_or_wait(self.reason)
        else:
            self._enter('stopped', f'{self.reason}: {how}')

    def _unasked_end(self, cause: str, *, failed: bool) -> None:
        if self._system.ending:
            cause += ', while the system stopped'
            self._enter('failed', cause, 'ERROR') if failed else self._enter('stopped', cause)
            return
        self._failures = self._failures_at(self._system.now)
        verdict = judge(
            self.spec.restart, cause=cause, failed=failed, failures=self._failures,
            jitter=self._system.settings.jitter * self._system.jitter())
        self._enter(verdict.state, verdict.reason, verdict.level)
        if verdict.state == 'backoff':
            self._failures += 1
            self._restarts += 1
            self.deadline = self._system.now + verdict.delay_s
            if not verdict.delay_s:
                self._start_or_wait('restart by policy')

    # -- words ---------------------------------------------------------------------------------

    def _failures_at(self, at: float) -> int:
        """Return the restarts that still count: a stable run, found when it ends, clears them."""
        stable = self.state == 'ready' and at - self._since >= self.spec.restart.stable_after_s
        return 0 if stable else self._failures

    def _blockers(self) -> list[tuple[str, str]]:
        needed = [(unit.spec.name, unit.state) for unit in self.requires
                  if unit.state != 'ready']
        return needed + [(unit.spec.name, 'conflicts') for unit in self.rivals if unit.live]

    def _reason(self) -> str:
        if self.state == 'starting' and not self._system.monitored:
            return _UNHEARD
        return self._waiting_reason() if self.state == 'waiting' else self.reason

    def _waiting_reason(self) -> str:
        blockers = ', '.join(f'{name} ({why})' for name, why in self._blockers())
        return f'waiting for {blockers or "its turn"}'

    def _enter(
        self, state: State, reason: str, level: Literal['INFO', 'WARN', 'ERROR'] = 'INFO',
        *, deadline: float | None = None,
    ) -> None:
        self._failures = self._failures_at(self._system.now)
        self._system.commands.append(commands.AnnounceState(
            unit=self.spec.name, old=self.state, new=state, reason=reason, level=level))
        self.state = state
        self.reason = reason
        self.deadline = deadline
        self._since = self._system.now

    def view(self, at: float) -> UnitView:
        """Return a snapshot of this unit."""
        waiting = self.state == 'waiting'
        return UnitView(
            name=self.spec.name, state=self.state, generation=self.generation, pid=self.pid,
            since=self._since, restarts=self._restarts,
            consecutive_failures=self._failures_at(at),
            reason=self._reason(),
            waiting_for=tuple(name for name, _ in self._blockers()) if waiting else (),
            until=self.deadline if self.state == 'backoff' else None,
            desired='running' if self.wanted else 'stopped', muted=self._muted,
            last_exit=self._last_exit)

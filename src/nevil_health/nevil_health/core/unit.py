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

import signal
from typing import Literal

from nevil_health.core.commands import AnnounceState
from nevil_health.core.commands import RememberStopped
from nevil_health.core.commands import SendSignal
from nevil_health.core.commands import SetMuted
from nevil_health.core.commands import StartProcess
from nevil_health.core.events import Event
from nevil_health.core.events import HeartbeatLate
from nevil_health.core.events import MuteRequested
from nevil_health.core.events import ProcessExited
from nevil_health.core.events import ProcessFailed
from nevil_health.core.events import ProcessStarted
from nevil_health.core.events import ReadyConfirmed
from nevil_health.core.events import RestartRequested
from nevil_health.core.events import ShutdownRequested
from nevil_health.core.events import StartRequested
from nevil_health.core.events import StopRequested
from nevil_health.core.events import SystemStarted
from nevil_health.core.events import UnmuteRequested
from nevil_health.core.restart import backoff_s
from nevil_health.core.restart import describe_exit
from nevil_health.core.restart import restarts
from nevil_health.core.spec import UnitSpec
from nevil_health.core.states import BackoffElapsed
from nevil_health.core.states import LIVE
from nevil_health.core.states import StartAllowed
from nevil_health.core.states import StartTimedOut
from nevil_health.core.states import State
from nevil_health.core.states import StopTimedOut
from nevil_health.core.system import System
from nevil_health.core.view import UnitView

__all__ = ['Unit']

_LADDER = (int(signal.SIGINT), int(signal.SIGTERM), int(signal.SIGKILL))
_HURRY_S = 1.0


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
        self.wanted = False
        self.requires: list[Unit] = []
        self.rivals: list[Unit] = []
        self.unmet = 0
        self.hopeless = 0
        self.queued = False
        self._system = system
        self._since = 0.0
        self._restarts = 0
        self._failures = 0
        self._muted = spec.muted
        self._started_muted = spec.muted
        self._remembered = False
        self._again = False
        self._fault = ''
        self._step = 0
        self._last_exit: str | None = None

    @property
    def live(self) -> bool:
        """Tell whether a process exists or is being created."""
        return self.state in LIVE

    def apply(self, event: Event) -> None:
        """Do what an event, which the state knows, does to this unit."""
        match event:
            case ProcessStarted(pid=pid):
                self._started(pid)
            case ReadyConfirmed():
                self._ready()
            case ProcessExited(code=code):
                self._end(describe_exit(event), failed=code != 0)
            case ProcessFailed(reason=reason):
                self._end(f'could not be started: {reason}', failed=True)
            case HeartbeatLate(silent_for_s=silent_for_s) if self.state == 'ready':
                self._give_up_on(f'no heartbeat for {silent_for_s:.1f} s')
            case StartTimedOut():
                self._give_up_on(f'not ready within {self.spec.start_timeout_s:.1f} s')
            case StopTimedOut():
                self._climb(self._step + 1)
            case StartAllowed():
                self._start_or_wait('it is its turn' if self.queued else 'nothing to wait for')
            case BackoffElapsed():
                self._start_or_wait(self._count())
            case SystemStarted(stopped=stopped):
                self._system_started(stopped)
            case ShutdownRequested():
                self._shut_down()
            case StartRequested():
                self._start_requested()
            case RestartRequested():
                self._restart_requested()
            case StopRequested():
                self._stop_requested()
            case MuteRequested():
                self._mute(True)
            case UnmuteRequested():
                self._mute(False)

    # -- what the system and its operator want -----------------------------------------------

    def _system_started(self, stopped: frozenset[str]) -> None:
        if not self.spec.enabled:
            return
        if self.spec.name in stopped:
            self._remembered = True
            if self.spec.restart.policy == 'unless_stopped':
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
        self._want()
        if self.state == 'unhealthy' or self.state == 'stopping':
            self._again = True
            self._bring_down('restarted by the operator')
        elif not self.live:
            self._start_or_wait('started by the operator')

    def _restart_requested(self) -> None:
        self._want()
        if self.live:
            self._again = True
            self._bring_down('restarted by the operator')
        else:
            self._start_or_wait('started by the operator')

    def _stop_requested(self) -> None:
        self.wanted = self.queued = self._again = False
        if self.spec.restart.policy == 'unless_stopped':
            self._remember(True)
        if self.live:
            self._bring_down('stopped by the operator')
        elif self.state != 'stopped':
            self._enter('stopped', 'stopped by the operator')

    def _shut_down(self) -> None:
        self._again = False
        if self.live:
            self._bring_down('the system stops')
        elif self.state == 'waiting' or self.state == 'backoff':
            self._enter('stopped', 'the system stops')

    def _mute(self, muted: bool) -> None:
        self._muted = muted
        if self.state == 'ready':
            self._emit_muted()

    def _want(self) -> None:
        self.wanted = True
        self.queued = False
        self._failures = 0
        self._remember(False)

    def _remember(self, stopped: bool) -> None:
        if stopped != self._remembered:
            self._remembered = stopped
            self._system.commands.append(
                RememberStopped(unit=self.spec.name, stopped=stopped))

    # -- start ---------------------------------------------------------------------------------

    def _start_or_wait(self, reason: str) -> None:
        if self.unmet or (self.queued and self.state != 'waiting'):
            if self.state != 'waiting':
                self._enter('waiting', self._waiting_reason())
            return
        self.queued = False
        self.generation += 1
        self._started_muted = self._muted
        self._enter('starting', reason)
        self._system.commands.append(StartProcess(
            unit=self.spec.name, generation=self.generation, muted=self._muted))

    def _started(self, pid: int) -> None:
        self.pid = pid
        if self.state == 'starting':
            self.deadline = self._system.now + self.spec.start_timeout_s

    def _ready(self) -> None:
        if self.state != 'starting':
            return  # said again, or too late
        self._enter('ready', f'ready after {self._system.now - self._since:.1f} s')
        if self._muted != self._started_muted:
            self._emit_muted()

    def _emit_muted(self) -> None:
        self._system.commands.append(SetMuted(
            unit=self.spec.name, generation=self.generation, muted=self._muted))

    # -- end -----------------------------------------------------------------------------------

    def _give_up_on(self, fault: str) -> None:
        self.deadline = None
        if self._system.ending:
            return  # its turn to be stopped comes anyway
        self._fault = fault
        self._enter('unhealthy', f'{fault}, stopping it', 'WARN')
        self._climb(0)

    def _bring_down(self, reason: str) -> None:
        if self.state == 'stopping':
            self.reason = reason
        elif self.state == 'unhealthy':
            deadline = self.deadline
            self._enter('stopping', reason)
            self.deadline = deadline
        else:
            self._enter('stopping', reason)
            self._climb(0)

    def _climb(self, step: int) -> None:
        """Send the next signal of SIGINT, SIGTERM, SIGKILL and give it its time."""
        self._step = max(step, self._system.hurry)
        number = _LADDER[self._step]
        self._system.commands.append(SendSignal(
            unit=self.spec.name, generation=self.generation, signal=number))
        patience = _HURRY_S if self._system.hurry else self.spec.stop_timeout_s
        last = self._step == len(_LADDER) - 1
        self.deadline = None if last else self._system.now + patience

    def hurry(self) -> None:
        """Go on to the signal that the system's hurry asks for, if that is not sent yet."""
        if self._step < self._system.hurry:
            self._climb(self._system.hurry)
        elif self.deadline is not None:
            self.deadline = min(self.deadline, self._system.now + _HURRY_S)

    def _end(self, how: str, *, failed: bool) -> None:
        self._last_exit = how
        self.pid = None
        if self.state == 'unhealthy':
            self._judge(f'{self._fault}, {how}', failed=True)
        elif self.state != 'stopping':
            self._judge(how, failed=failed)
        elif self._again:
            self._again = False
            self._start_or_wait(self.reason)
        else:
            self._enter('stopped', f'{self.reason}: {how}')

    def _judge(self, cause: str, *, failed: bool) -> None:
        """Decide what follows an end that nobody had asked for."""
        rule = self.spec.restart
        failures = self._failures_at(self._system.now)
        self._failures = failures
        if self._system.ending:
            state: State = 'failed' if failed else 'stopped'
            self._enter(state, f'{cause}, while the system stops', 'ERROR' if failed else 'INFO')
        elif not restarts(rule, failed=failed):
            if failed:
                self._enter('failed', f'{cause}, restart policy {rule.policy}', 'ERROR')
            else:
                self._enter('completed', cause)
        elif failures >= rule.max_restarts:
            self._enter('failed', f'{cause}, after {failures} of {rule.max_restarts} restarts '
                        'without a stable run: given up', 'ERROR')
        else:
            self._back_off(cause)

    def _back_off(self, cause: str) -> None:
        jitter = self._system.settings.jitter * self._system.jitter()
        delay = backoff_s(self.spec.restart.delay_s, self._failures, jitter)
        self._failures += 1
        self._restarts += 1
        self._enter('backoff', f'{cause}, {self._count()} in {delay:.1f} s', 'WARN')
        self.deadline = self._system.now + delay
        if delay == 0.0:
            self._start_or_wait(self._count())

    # -- words ---------------------------------------------------------------------------------

    def _count(self) -> str:
        return f'restart {self._failures} of {self.spec.restart.max_restarts}'

    def _failures_at(self, at: float) -> int:
        """Return the failures that still count: a stable run clears them."""
        stable_s = self.spec.restart.stable_after_s
        return 0 if self.state == 'ready' and at - self._since >= stable_s else self._failures

    def _blockers(self) -> list[tuple[str, str]]:
        needed = [(unit.spec.name, unit.state) for unit in self.requires
                  if unit.state != 'ready']
        return needed + [(unit.spec.name, 'conflicts') for unit in self.rivals if unit.live]

    def _waiting_reason(self) -> str:
        blockers = ', '.join(f'{name} ({why})' for name, why in self._blockers())
        return f'waiting for {blockers or "its turn"}'

    def _enter(
        self, state: State, reason: str, level: Literal['INFO', 'WARN', 'ERROR'] = 'INFO',
    ) -> None:
        self._failures = self._failures_at(self._system.now)
        self._system.commands.append(AnnounceState(
            unit=self.spec.name, old=self.state, new=state, reason=reason, level=level))
        self.state = state
        self.reason = reason
        self._since = self._system.now
        self.deadline = None

    def view(self, at: float) -> UnitView:
        """Return a snapshot of this unit."""
        waiting = self.state == 'waiting'
        return UnitView(
            name=self.spec.name, state=self.state, generation=self.generation, pid=self.pid,
            since=self._since, restarts=self._restarts,
            consecutive_failures=self._failures_at(at),
            reason=self._waiting_reason() if waiting else self.reason,
            waiting_for=tuple(name for name, _ in self._blockers()) if waiting else (),
            until=self.deadline if self.state == 'backoff' else None,
            desired='running' if self.wanted else 'stopped', muted=self._muted,
            last_exit=self._last_exit)

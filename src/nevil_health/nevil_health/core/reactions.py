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

"""What each event does to a unit."""

from __future__ import annotations

from nevil_health.core import events
from nevil_health.core import states
from nevil_health.core.process_end import end
from nevil_health.core.requests import obey
from nevil_health.core.restart import describe_exit
from nevil_health.core.unit import Unit

__all__ = ['react']


def react(unit: Unit, event: events.Event) -> None:
    """
    Do what an event does to a unit.

    The core has looked into the table before, so every reaction may rely on the state being one
    that knows the event; where it leads, ``Unit.enter`` looks up again.
    """
    unit.event = type(event)
    if isinstance(event, events.ProcessEvent):
        _hear(unit, event)
    elif isinstance(event, events.UnitEvent):
        obey(unit, event)
    else:
        _go_on(unit, event)
    unit.event = None


def _hear(unit: Unit, event: events.ProcessEvent) -> None:
    match event:
        case events.ProcessStarted(pid=pid):
            unit.pid = pid
            unit.time_start()
        case events.ReadyConfirmed(number=number):
            _ready(unit, number)
        case events.Paused(number=number, problem=problem) if (
                unit.pause.phase == 'pausing' and number == unit.pause.number):
            unit.pause.phase = ''
            unit.reason += f'; could not be paused: {problem}' if problem else ''
        case events.SignalFailed() if unit.faults.add(event, unit.state):
            unit.answer_faults()
        case events.SignalCleared(signal=signal):
            _cleared(unit, signal)
        case events.EvidenceCollected() if unit.curable:
            unit.send_signals()
        case events.ProcessExited(code=code):
            end(unit, describe_exit(event), failed=code != 0,
                prevented=code in unit.spec.prevent_exit_status)
        case events.ProcessFailed(reason=reason):
            end(unit, f'could not be started: {reason}', failed=True)


def _go_on(unit: Unit, event: events.Event) -> None:
    match event:
        case states.StartTimedOut():
            _start_overdue(unit)
        case states.StopTimedOut():
            unit.send_signals()
        case states.BackoffElapsed():
            unit.deadline = None  # the gate of restarts comes next
        case states.StartAllowed() if unit.restarting:
            unit.start_or_wait('restart by policy')
        case states.StartAllowed():
            unit.launch('its turn' if unit.queued else 'its dependencies are ready')
        case states.RequirementLost():
            _lose(unit, event)
        case states.RequirementsRestored():
            unit.reason = 'resuming'
            unit.pause.finish(unit.generation)
            unit.time_start()
        case events.SystemStarted():
            _system_started(unit, event)
        case events.UnitsWithdrawn():
            _withdraw(unit)
        case events.UnitsReplaced():
            _replace(unit)
        case events.ShutdownRequested():
            _shut_down(unit)


# -- the system ------------------------------------------------------------------------------


def _system_started(unit: Unit, event: events.SystemStarted) -> None:
    name = unit.spec.name
    if not unit.spec.enabled:
        return
    if unit.desired.restore(stopped=name in event.stopped, held=name in event.held):
        unit.reason = 'stopped by the operator, before this start of the system'
    elif not unit.spec.auto_start:
        unit.reason = 'starts when the operator asks'
    else:
        unit.desired.running = True
        unit.queued = not unit.system.settings.parallel
        unit.start_or_wait('the system starts')


def _shut_down(unit: Unit) -> None:
    unit.again = False
    if unit.live:
        unit.bring_down(unit.system.end_reason)
    elif unit.state in ('waiting', 'backoff'):
        unit.enter('stopped', unit.system.end_reason, planned=True)


def _withdraw(unit: Unit) -> None:
    unit.queued = unit.again = False
    if unit.live:
        unit.bring_down('its files have changed')
    elif unit.state in ('waiting', 'backoff'):
        unit.enter('stopped', 'its files have changed', planned=True)


def _replace(unit: Unit) -> None:
    unit.withdrawn = unit.restarting = False
    unit.failures = 0
    unit.blames = ''
    if unit.desired.running:
        unit.start_or_wait('started as its files are now', planned=True)


# -- the process -----------------------------------------------------------------------------


def _ready(unit: Unit, number: int) -> None:
    took = f'{unit.system.now - unit.since:.1f} s'
    answers = number == unit.pause.number
    if unit.state == 'starting':
        unit.enter('ready', f'ready after {took}', planned=False)
    elif unit.pause.phase == 'resuming' and answers:
        unit.enter('ready', f'ready again after a pause of {took}', planned=False)
    elif unit.curable and unit.faults.only_late and (unit.faults.before == 'starting' or answers):
        unit.faults.forget()
        unit.recover('ready', 'ready too late, left running')
    unit.apply_muting()


def _start_overdue(unit: Unit) -> None:
    """End a process that is not ready in time, at first or after a pause."""
    unit.deadline = None
    if unit.recovery_suspended:
        return
    paused = unit.state == 'paused'
    limit_s = unit.system.settings.resume_timeout_s if paused else unit.spec.start_timeout_s
    fault = events.SignalFailed(
        at=unit.system.now, unit=unit.spec.name, generation=unit.generation, signal='start',
        cause=f'not ready{" again" if paused else ""} within {limit_s:.1f} s')
    unit.faults.overdue(fault)
    unit.mark_unhealthy(fault)


def _cleared(unit: Unit, signal: str) -> None:
    unit.faults.clear(signal)
    if unit.curable and unit.faults.first is None:
        well = 'heartbeats arrive again' if signal == 'heartbeat' else f'{signal} is healthy again'
        unit.recover(unit.faults.before, f'{well}, left running')


def _lose(unit: Unit, event: states.RequirementLost) -> None:
    """Pause for what it requires, or for the operator; what cannot pause ends, and waits."""
    are = 'is' if len(event.lost) == 1 else 'are'
    why = (f'{", ".join(event.lost)} {are} not available' if event.lost
           else 'paused by the operator')
    unit.blames = event.source or unit.blames
    if not unit.spec.pausable:
        unit.again = True
        unit.bring_down(f'{why}, ended until it is back', planned=event.planned)
        unit.pause.command('pausing')
        return
    if unit.state == 'ready':
        unit.enter('paused', why, planned=event.planned)
    unit.reason = why
    unit.deadline = None
    unit.pause.begin(unit.generation, event.lost)

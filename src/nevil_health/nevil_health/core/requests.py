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

"""What each request of the operator does to a unit."""

from __future__ import annotations

from nevil_health.core import events
from nevil_health.core.errors import UnitRefused
from nevil_health.core.unit import Unit

__all__ = ['check', 'obey']


def check(unit: Unit, request: events.UnitEvent) -> None:
    """
    Make sure that a request can be met.

    :raises UnitRefused: it cannot; the text says why and what to do
    """
    name = unit.spec.name
    if unit.state == 'disabled':
        raise UnitRefused(
            f'{name} is disabled: change runtime.status in its .nodes and start again')
    if unit.system.phase == 'new':
        raise UnitRefused(f'{name}: the system has not started yet')
    if unit.system.ending:
        raise UnitRefused(f'{name}: the system is stopping')
    if unit.withdrawn:
        raise UnitRefused(f'{name}: its changed files are being taken over')
    if isinstance(request, events.PauseRequested):
        if not unit.spec.pausable:
            raise UnitRefused(f'{name} cannot be paused, it is a plain executable: stop it')
        if unit.state in ('stopped', 'completed', 'failed'):
            raise UnitRefused(f'{name} is {unit.state}: there is nothing to pause')


def obey(unit: Unit, request: events.UnitEvent) -> None:
    """Do what the operator wants of a unit."""
    match request:
        case events.StartRequested() if unit.state in ('starting', 'ready', 'paused'):
            _want(unit)
        case events.StartRequested() | events.RestartRequested():
            _restart(unit)
        case events.StopRequested():
            _stop(unit)
        case events.MuteRequested() | events.UnmuteRequested():
            unit.desired.muted = isinstance(request, events.MuteRequested)
            unit.apply_muting()
        case events.PauseRequested() | events.ResumeRequested():
            unit.desired.paused = isinstance(request, events.PauseRequested)
        case events.HoldRequested() if not unit.desired.held:
            _hold(unit)
        case events.ReleaseRequested() if unit.desired.held:
            _release(unit)


def _want(unit: Unit) -> None:
    """Record that the unit should run: its past is forgotten."""
    unit.desired.run()
    unit.queued = unit.restarting = False
    unit.failures = 0


def _restart(unit: Unit) -> None:
    _want(unit)
    if unit.live:
        unit.again = True
        unit.bring_down('restarted by the operator')
    else:
        unit.start_or_wait('started by the operator', planned=True)


def _stop(unit: Unit) -> None:
    unit.desired.stop()
    unit.queued = unit.again = False
    if unit.live:
        unit.bring_down('stopped by the operator')
    elif unit.state != 'stopped':
        unit.enter('stopped', 'stopped by the operator', planned=True)


def _hold(unit: Unit) -> None:
    unit.desired.hold(True)
    if unit.state in ('waiting', 'backoff'):
        unit.queued = False
        unit.enter('stopped', 'held by the operator before its start', planned=True)
    if unit.curable:
        unit.faults.clear('start')
        unit.recover(unit.faults.before, 'held by the operator, left running')
    unit.time_start()


def _release(unit: Unit) -> None:
    unit.desired.hold(False)
    unit.time_start()
    if unit.state == 'stopped' and unit.desired.running:
        unit.start_or_wait('released by the operator', planned=True)
    else:
        unit.answer_faults()

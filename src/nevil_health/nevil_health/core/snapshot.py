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

"""What the core shows of a unit."""

from __future__ import annotations

from nevil_health.core.restart_gate import RestartGate
from nevil_health.core.unit import Unit
from nevil_health.core.units import Units
from nevil_health.core.view import UnitView

__all__ = ['snapshot']

_UNHEARD = 'there is no health node to detect that it is ready'


def snapshot(unit: Unit, at: float, units: Units, restarts: RestartGate) -> UnitView:
    """Return what is known of a unit at a time."""
    waits = unit.state == 'waiting'
    suffers = unit.state == 'paused' or unit.blames != ''
    source = units.cascade.source(unit)
    root = source.spec.name if source is not None else unit.blames
    return UnitView(
        name=unit.spec.name, state=unit.state, generation=unit.generation, pid=unit.pid,
        since=unit.since, restarts=unit.restarts,
        consecutive_failures=unit.failures_at(at), reason=_reason(unit, units, restarts),
        waiting_for=tuple(name for name, _ in units.waits_for(unit)) if waits else (),
        until=unit.deadline if unit.state == 'backoff' else None,
        desired='running' if unit.desired.running else 'stopped', muted=unit.desired.muted,
        last_exit=unit.last_exit,
        paused_by=(('operator',) if unit.desired.paused else ()) + (
            units.cascade.missing(unit) if suffers else ()),
        root=root if suffers or unit.desired.paused else '', held=unit.desired.held)


def _reason(unit: Unit, units: Units, restarts: RestartGate) -> str:
    if unit.state == 'starting' and not unit.system.monitored:
        return _UNHEARD
    if restarts.holds(unit) and restarts.closed_because:
        return restarts.closed_because
    return units.waiting_reason(unit) if unit.state == 'waiting' else unit.reason

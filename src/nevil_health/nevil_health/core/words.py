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

"""What can be told of a unit: what it is without, what it waits for, a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nevil_health.core.view import UnitView

if TYPE_CHECKING:
    from nevil_health.core.unit import Unit

__all__ = ['missing', 'snapshot', 'waiting_reason']

_UNHEARD = 'there is no health node to hear that it is ready'


def missing(unit: Unit) -> tuple[str, ...]:
    """Return the units it requires that are not ready, or about to pause."""
    return tuple(required.spec.name for required in unit.requires
                 if required.source or required.state != 'ready')


def waiting_reason(unit: Unit) -> str:
    """Say what a waiting unit waits for."""
    blockers = ', '.join(f'{name} ({why})' for name, why in _blockers(unit))
    return f'waiting for {blockers or "its turn"}'


def snapshot(unit: Unit, at: float) -> UnitView:
    """Return what is known of a unit."""
    suffers = unit.state == 'paused' or unit.blames is not None
    root = unit.source or unit.blames if suffers or unit.wishes.paused else None
    return UnitView(
        name=unit.spec.name, state=unit.state, generation=unit.generation, pid=unit.pid,
        since=unit.since, restarts=unit.restarts,
        consecutive_failures=unit.failures_at(at), reason=_reason(unit),
        waiting_for=tuple(name for name, _ in _blockers(unit)) if unit.state == 'waiting' else (),
        until=unit.deadline if unit.state == 'backoff' else None,
        desired='running' if unit.wishes.running else 'stopped', muted=unit.wishes.muted,
        last_exit=unit.last_exit,
        paused_by=(('operator',) if unit.wishes.paused else ()) + (
            missing(unit) if suffers else ()),
        root=root.spec.name if root is not None else '', held=unit.wishes.held)


def _reason(unit: Unit) -> str:
    if unit.state == 'starting' and not unit.system.monitored:
        return _UNHEARD
    if unit.at_gate and unit.system.restarts_wait_for:
        return unit.system.restarts_wait_for
    return waiting_reason(unit) if unit.state == 'waiting' else unit.reason


def _blockers(unit: Unit) -> list[tuple[str, str]]:
    needed = [(required.spec.name, 'pausing' if required.state == 'ready' else required.state)
              for required in unit.requires if required.source or required.state != 'ready']
    return needed + [(rival.spec.name, 'conflicts') for rival in unit.rivals if rival.live]

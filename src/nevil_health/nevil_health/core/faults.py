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

"""What is wrong with the running process of a unit, until it is ended for it or well again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nevil_health.core.commands import CollectEvidence
from nevil_health.core.events import SignalFailed
from nevil_health.core.pause import PAUSE_EXPLAINS
from nevil_health.core.states import State

if TYPE_CHECKING:
    from nevil_health.core.unit import Unit

__all__ = ['EVIDENCE_S', 'Faults']

# Seconds that the collection of evidence gets before the signals.
EVIDENCE_S = 2.0


class Faults:
    """
    The signals that have failed since the process was ready, in the order of their coming.

    The first one ends it, after the evidence; until then it may get well again.

    :param cause: what it is ended for
    """

    def __init__(self, unit: Unit) -> None:
        """Know of nothing wrong."""
        self.cause = ''
        self._unit = unit
        self._failed: dict[str, SignalFailed] = {}
        self._before: State = 'ready'

    @property
    def hung(self) -> bool:
        """Tell whether the process does not react any more."""
        return any(fault.hung for fault in self._failed.values())

    def forget(self) -> None:
        """Know of nothing wrong any more: the process is gone."""
        self._failed.clear()

    def failed(self, fault: SignalFailed) -> None:
        """Take in that a signal failed; a pause explains some, a start has its own limit."""
        state = self._unit.state
        explained = state == 'paused' and fault.signal in PAUSE_EXPLAINS
        if state in ('ready', 'paused', 'unhealthy') and not explained:
            self._failed.setdefault(fault.signal, fault)
            self.judge()

    def judge(self) -> None:
        """End a running process for the first of its faults, if that is ours to do."""
        unit = self._unit
        if self._failed and unit.state in ('ready', 'paused') and not unit.hands_off:
            self._fall_ill(next(iter(self._failed.values())))

    def start_overdue(self, limit_s: float) -> None:
        """End a process that is not ready in time, at first or after a pause."""
        unit = self._unit
        if not unit.hands_off:
            again = ' again' if unit.state == 'paused' else ''
            self._failed['start'] = SignalFailed(
                at=unit.system.now, unit=unit.spec.name, generation=unit.generation,
                signal='start', cause=f'not ready{again} within {limit_s:.1f} s')
            self._fall_ill(self._failed['start'])

    def cleared(self, signal: str) -> None:
        """Take in that a signal is well again."""
        self._failed.pop(signal, None)
        if self._curable and not self._failed:
            well = 'beats again' if signal == 'heartbeat' else f'{signal} is well again'
            self._unit.recover(self._before, f'{well}, left running')

    def ready_after_all(self, number: int) -> None:
        """Take in that a process is ready that was too late, but has got no signal yet."""
        late = self._before == 'starting' or number == self._unit.pause.number
        if self._curable and late and [*self._failed] == ['start']:
            self._failed.clear()
            self._unit.recover('ready', 'ready too late, left running')

    def stand_down(self) -> None:
        """Leave a process running, whatever is wrong, if it has got no signal yet."""
        if self._curable:
            self._failed.pop('start', None)
            self._unit.recover(self._before, 'held by the operator, left running')

    @property
    def _curable(self) -> bool:
        return self._unit.state == 'unhealthy' and not self._unit.signalled

    def _fall_ill(self, fault: SignalFailed) -> None:
        unit = self._unit
        self.cause = fault.cause
        self._before = unit.state
        unit.enter('unhealthy', f'{fault.cause}, stopping it', 'WARN', planned=False,
                   deadline=unit.system.now + EVIDENCE_S)
        unit.system.commands.append(CollectEvidence(
            unit=unit.spec.name, generation=unit.generation, cause=fault.cause))

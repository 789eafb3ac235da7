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

from nevil_health.core.events import SignalFailed
from nevil_health.core.pause import PAUSE_EXPLAINS
from nevil_health.core.states import State

__all__ = ['EVIDENCE_S', 'Faults']

# Seconds that the collection of evidence gets before the first POSIX signal.
EVIDENCE_S = 2.0


class Faults:
    """
    The health signals that have failed since the process was ready, in the order of their coming.

    The first one ends the process, after the evidence; until then it may get well again.

    :param cause: what it is ended for
    :param before: the state to return to if it gets well
    """

    def __init__(self) -> None:
        """Start with nothing wrong."""
        self.cause = ''
        self.before: State = 'ready'
        self._failed: dict[str, SignalFailed] = {}

    @property
    def hung(self) -> bool:
        """Return whether the process does not react any more."""
        return any(fault.hung for fault in self._failed.values())

    @property
    def first(self) -> SignalFailed | None:
        """Return what failed first and has not cleared, None if nothing."""
        return next(iter(self._failed.values()), None)

    @property
    def only_late(self) -> bool:
        """Return whether nothing is wrong but that it was not ready in time."""
        return [*self._failed] == ['start']

    def add(self, fault: SignalFailed, state: State) -> bool:
        """Record a failure; a pause explains some, a start has its own limit."""
        explained = state == 'paused' and fault.signal in PAUSE_EXPLAINS
        if explained or state not in ('ready', 'paused', 'unhealthy'):
            return False
        self._failed.setdefault(fault.signal, fault)
        return True

    def overdue(self, fault: SignalFailed) -> None:
        """Record that the process was not ready in time, the newest such fact."""
        self._failed['start'] = fault

    def blame(self, fault: SignalFailed, before: State) -> None:
        """Record for which fault a process is ended, and what its state was."""
        self.cause = fault.cause
        self.before = before

    def clear(self, signal: str) -> None:
        """Forget a health signal that is healthy again."""
        self._failed.pop(signal, None)

    def forget(self) -> None:
        """Forget everything: the process is gone, or ready after all."""
        self._failed.clear()

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

"""Which news of a process comes too late, or twice."""

from __future__ import annotations

from nevil_health.core import events
from nevil_health.core.unit import Unit

__all__ = ['is_answered', 'is_late']

# They travel another way than the news of the process itself, so they may come after its end.
_HEARSAY = (events.ReadyConfirmed, events.Paused, events.SignalFailed, events.SignalCleared,
            events.EvidenceCollected)


def is_late(unit: Unit, event: events.ProcessEvent) -> bool:
    """Return whether the news is of an older process, or of one that has ended."""
    if event.generation == unit.generation:
        return isinstance(event, _HEARSAY) and not unit.live
    return event.generation < unit.generation


def is_answered(unit: Unit, event: events.ProcessEvent) -> bool:
    """Return whether the command to start has its answer: there is no second one."""
    return unit.pid is not None and isinstance(
        event, (events.ProcessStarted, events.ProcessFailed))

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

"""The record of all changes: each once, in order, the last ones kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from nevil_health.signals.hysteresis import Signal
from nevil_health.signals.views import Level
from nevil_health.signals.views import LevelChange

__all__ = ['Journal', 'LevelChanges']

RING = 256
NODE_RING = 64


class LevelChanges(tuple[LevelChange, ...]):
    """Level changes, oldest first; ``dropped`` counts earlier ones that are not kept."""

    dropped: int

    def __new__(cls, changes: Iterable[LevelChange], dropped: int) -> LevelChanges:
        """Make the tuple and say how many are missing."""
        made = super().__new__(cls, tuple(changes))
        made.dropped = dropped
        return made


class _Ring:
    __slots__ = ('_dropped', '_items')

    def __init__(self, size: int) -> None:
        self._items: deque[LevelChange] = deque(maxlen=size)
        self._dropped = 0

    def add(self, change: LevelChange) -> None:
        self._dropped += len(self._items) == self._items.maxlen
        self._items.append(change)

    def read(self) -> LevelChanges:
        return LevelChanges(self._items, self._dropped)


class Journal:
    """
    All level changes of one evaluation.

    A ring of 256 for all, and one of 64 for each node, so that a restless node does not push out
    the history of the others. That a signal gets its first good sample, or that nothing is known
    any more of one that was good, is no level change: the node's own level shows it.
    """

    def __init__(self) -> None:
        """Begin a record."""
        self._sequence = 0
        self._all = _Ring(RING)
        self._nodes: dict[str, _Ring] = {}
        self._new: list[LevelChange] = []

    def signal(
        self, node: str, signal: Signal, old: Level, at: float, evidence: str = '',
    ) -> None:
        """Record that a signal has changed from its old level."""
        if {old, signal.level} != {'unknown', 'healthy'} or signal.clouded:
            if signal.level == 'healthy':
                signal.clouded = False
            self.record(
                node, signal.name, old, signal.level, at, signal.cause, value=signal.value,
                threshold=signal.threshold, evidence=evidence)

    def record(
        self, node: str, signal: str, old: Level, new: Level, at: float, cause: str, *,
        value: float | None = None, threshold: float | None = None, evidence: str = '',
    ) -> None:
        """Record a change of level."""
        self._sequence += 1
        change = LevelChange(
            sequence=self._sequence, at=at, node=node, signal=signal, old=old, new=new,
            cause=cause, value=value, threshold=threshold, evidence=evidence)
        self._new.append(change)
        self._all.add(change)
        self._nodes.setdefault(node, _Ring(NODE_RING)).add(change)

    @property
    def pending(self) -> bool:
        """Return whether there is something to take."""
        return bool(self._new)

    def take(self) -> list[LevelChange]:
        """Return what is new since the last call."""
        new, self._new = self._new, []
        return new

    def read(self, node: str = '') -> LevelChanges:
        """Return the last changes of all, or of one node."""
        if not node:
            return self._all.read()
        ring = self._nodes.get(node)
        return ring.read() if ring else LevelChanges((), 0)

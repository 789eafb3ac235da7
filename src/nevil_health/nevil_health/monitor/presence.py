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

"""
Who beats under which name: two at a time, and strangers. Standard library only; time is given.

What is remembered is bounded, whoever beats and however often.
"""

from __future__ import annotations

from collections.abc import Iterable
import itertools
import re

__all__ = ['Instances', 'MAX_UNMANAGED', 'Unmanaged']

# Anybody in the domain can invent names: memory stays bounded, and a robot has fewer nodes.
MAX_UNMANAGED = 512
_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]*')
# The last beat of a process may arrive after its end, and beats are handled several at a time.
_TWO_PERIODS_S = 2.0
# Two make the signal duplicate; more are only counted for its text.
_MAX_INSTANCES = 8
# A beat may arrive before the supervisor's list names its node; only who keeps on is unknown.
_SETTLED_S = 2.0
# The names come from anybody in the ROS domain: those that stop must not fill the memory.
_FORGOTTEN_S = 30.0

Key = tuple[int, str]  # pid and instance


class _Instance:
    __slots__ = ('first', 'last', 'until')

    def __init__(self, order: int) -> None:
        self.first = order
        self.last = order
        self.until = 0.0


class Instances:
    """
    Counts who beats under one name at the same time.

    After a restart the old one is silent, so an old one counts only if it sent a beat after the
    newest one began.
    """

    def __init__(self) -> None:
        """Know of nobody yet."""
        self._of: dict[str, dict[Key, _Instance]] = {}
        self._order = itertools.count()

    def beat(self, name: str, key: Key, at: float, period_s: float) -> bool:
        """Handle a heartbeat; return whether more than one of that name may be alive."""
        heard = self._of.get(name)
        if heard is None:
            heard = self._of[name] = {}
        instance = heard.get(key)
        if instance is None:
            if len(heard) >= _MAX_INSTANCES:
                del heard[min(heard, key=lambda key: heard[key].last)]
            instance = heard[key] = _Instance(next(self._order))
        else:
            instance.last = next(self._order)
        instance.until = at + max(2 * min(period_s, 60.0), _TWO_PERIODS_S)
        return len(heard) > 1

    def count(self, name: str, at: float) -> int:
        """Return how many beat under that name now; 1 where none is known."""
        heard = self._of.get(name, {})
        if len(heard) < 2:
            return 1
        for gone in [key for key, instance in heard.items() if instance.until < at]:
            del heard[gone]
        newest = max((instance.first for instance in heard.values()), default=0)
        return max(1, sum(instance.last >= newest for instance in heard.values()))

    def keep(self, names: Iterable[str]) -> None:
        """Forget all other names."""
        for gone in self._of.keys() - set(names):
            del self._of[gone]


class Unmanaged:
    """Names that beat and belong to nobody: neither now nor, as it seems, soon."""

    def __init__(self) -> None:
        """Know of nobody yet."""
        self._known: set[str] = set()
        self._heard: dict[str, tuple[float, float]] = {}
        self._cleared_at = 0.0

    def know(self, names: Iterable[str]) -> None:
        """Note names that belong to the robot."""
        self._known.update(names)
        for name in self._known & self._heard.keys():
            del self._heard[name]

    def beat(self, name: str, at: float) -> bool:
        """Handle a heartbeat of somebody who is not expected; False if it cannot be a name."""
        if name in self._known:
            return True
        before = self._heard.get(name)
        if before is not None:
            self._heard[name] = before[0], at
        elif _NAME.fullmatch(name) is None:
            return False
        else:
            if len(self._heard) >= MAX_UNMANAGED and at - self._cleared_at > 1.0:
                self._clear(at)
            if len(self._heard) < MAX_UNMANAGED:
                self._heard[name] = at, at
        return True

    def names(self, at: float) -> tuple[str, ...]:
        """Return those that nobody has claimed a while after their first beat."""
        self._clear(at)
        return tuple(sorted(name for name, (first, _) in self._heard.items()
                            if at - first >= _SETTLED_S))

    def _clear(self, at: float) -> None:
        self._cleared_at = at
        for gone in [name for name, (_, last) in self._heard.items() if at - last > _FORGOTTEN_S]:
            del self._heard[gone]

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
Which units may start: counts, for each unit, what it waits for.

Every unit means something for those that require it (met when it is ready) and for its rivals
(met when it does not run). When a unit changes, only those links are counted anew, so one event
costs as much as the unit has neighbours. A link is *hopeless* when it will not be met before an
operator does something: the unit failed, completed, was stopped, is disabled, or waits hopelessly
itself.
"""

from __future__ import annotations

from collections import Counter
from collections import deque
from collections.abc import Mapping
from collections.abc import Sequence
from graphlib import CycleError
from graphlib import TopologicalSorter
from typing import Literal

from nevil_health.core.errors import InvalidUnits
from nevil_health.core.unit import Unit

__all__ = ['Gates', 'connect', 'join']

_Link = Literal['met', 'pending', 'hopeless']
_Standing = Literal['unwanted', 'up', 'busy', 'down']


def connect(units: Sequence[Unit]) -> list[Unit]:
    """
    Connect units with those that they require and those that they conflict with.

    :returns: the units, each after all that it requires
    :raises InvalidUnits: a name is given twice, or not known, or units require each other
    """
    known = {unit.spec.name: unit for unit in units}
    if len(known) < len(units):
        twice = [name for name, n in Counter(unit.spec.name for unit in units).items() if n > 1]
        raise InvalidUnits(f'units given twice: {", ".join(twice)}')
    for unit in units:
        for name in (*unit.spec.requires, *unit.spec.conflicts):
            if name not in known:
                raise InvalidUnits(f'{unit.spec.name}: {name!r} is not one of the units')
        if unit.spec.name in unit.spec.conflicts:
            raise InvalidUnits(f'{unit.spec.name} conflicts with itself')
        unit.requires = [known[name] for name in dict.fromkeys(unit.spec.requires)]
    rivals: dict[str, dict[str, None]] = {name: {} for name in known}
    for unit in units:
        for name in unit.spec.conflicts:
            rivals[unit.spec.name][name] = rivals[name][unit.spec.name] = None
    for unit in units:
        for required in unit.requires:
            required.dependents.append(unit)
        unit.rivals = [known[name] for name in rivals[unit.spec.name]]
    sorter = TopologicalSorter({unit: unit.requires for unit in units})
    try:
        return list(sorter.static_order())
    except CycleError as error:
        names = ' -> '.join(unit.spec.name for unit in reversed(error.args[1]))
        raise InvalidUnits(f'units require each other: {names}') from error


def join(unit: Unit, units: Mapping[str, Unit]) -> None:
    """
    Connect one more unit with those that are there.

    :raises InvalidUnits: its name is taken, or one that it requires or conflicts with not known
    """
    spec = unit.spec
    if spec.name in units:
        raise InvalidUnits(f'units given twice: {spec.name}')
    for name in (*spec.requires, *spec.conflicts):
        if name not in units:
            raise InvalidUnits(f'{spec.name}: {name!r} is not one of the units')
    unit.requires = [units[name] for name in dict.fromkeys(spec.requires)]
    unit.rivals = [units[name] for name in dict.fromkeys(spec.conflicts)]
    for required in unit.requires:
        required.dependents.append(unit)
        unit.cut += required.source is not None
    for rival in unit.rivals:
        rival.rivals.append(unit)


class Gates:
    """The open and closed ways between the units of a system."""

    def __init__(self, units: Sequence[Unit]) -> None:
        """Count the links of connected units."""
        self._needed: dict[Unit, _Link] = {}
        self._rivalry: dict[Unit, _Link] = {}
        self._standing: dict[Unit, _Standing] = {}
        self._count: Counter[_Standing] = Counter()
        for unit in units:
            unit.unmet = unit.hopeless = len(unit.requires)
            self._begin(unit)

    @property
    def settled(self) -> Literal['ready', 'degraded'] | None:
        """Return how the wanted units stand when none of them is on its way any more."""
        if self._count['busy']:
            return None
        return 'degraded' if self._count['down'] else 'ready'

    def add(self, unit: Unit) -> None:
        """Count the links of one more unit, connected with those that are there."""
        links = [self._needed[required] for required in unit.requires]
        links += [self._rivalry[rival] for rival in unit.rivals]
        unit.unmet = sum(link != 'met' for link in links)
        unit.hopeless = links.count('hopeless')
        self._begin(unit)

    def _begin(self, unit: Unit) -> None:
        self._needed[unit] = 'hopeless'
        self._rivalry[unit] = 'met'
        self._standing[unit] = 'unwanted'
        self._count['unwanted'] += 1

    def update(self, changed: Unit) -> list[Unit]:
        """
        Count a unit anew after an event.

        :returns: waiting units for which nothing is in the way (any more)
        """
        free = []
        queue = deque([changed])
        while queue:
            unit = queue.popleft()
            self._stand(unit)
            if unit.state == 'waiting' and not unit.unmet:
                free.append(unit)
            was, self._needed[unit] = self._needed[unit], _needed(unit)
            queue.extend(_recount(unit.dependents, was, self._needed[unit]))
            was, self._rivalry[unit] = self._rivalry[unit], _rivalry(unit)
            queue.extend(_recount(unit.rivals, was, self._rivalry[unit]))
        return free

    def _stand(self, unit: Unit) -> None:
        standing = _standing(unit)
        self._count[self._standing[unit]] -= 1
        self._count[standing] += 1
        self._standing[unit] = standing


def _recount(others: Sequence[Unit], was: _Link, now: _Link) -> list[Unit]:
    """Count a changed link for those at its other end; return who of them hopes for it."""
    if was == now:
        return []
    for other in others:
        other.unmet += (now != 'met') - (was != 'met')
        other.hopeless += (now == 'hopeless') - (was == 'hopeless')
    return [other for other in others if other.state in ('waiting', 'paused')]


def _hopes(unit: Unit) -> bool:
    """Tell of a waiting or paused unit whether it goes on without the operator."""
    stays = unit.state == 'paused' and (unit.wishes.paused or unit.wishes.held)
    return not unit.hopeless and not stays


def _needed(unit: Unit) -> _Link:
    if unit.state == 'ready':
        return 'met'
    if unit.state in ('waiting', 'paused'):
        return 'pending' if _hopes(unit) else 'hopeless'
    return 'pending' if unit.live or unit.state == 'backoff' else 'hopeless'


def _rivalry(unit: Unit) -> _Link:
    if not unit.live:
        return 'met'
    return 'hopeless' if unit.state in ('ready', 'paused') else 'pending'


def _standing(unit: Unit) -> _Standing:
    if not unit.wishes.running:
        return 'unwanted'
    if unit.state in ('ready', 'completed'):
        return 'up'
    if unit.state in ('waiting', 'paused'):
        return 'busy' if _hopes(unit) else 'down'
    return 'down' if unit.state in ('failed', 'stopped') else 'busy'

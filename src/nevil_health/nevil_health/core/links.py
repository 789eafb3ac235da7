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

"""Which units require others, and which must not run beside each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from graphlib import CycleError
from graphlib import TopologicalSorter

from nevil_health.core.errors import InvalidUnits
from nevil_health.core.unit import Unit

__all__ = ['Links']


class Links:
    """
    The links between the units of one system.

    :param units: by their names, in the given order
    :param ordered: each after all that it requires
    :param requires: those that must be ready before a unit starts
    :param dependents: those that require a unit
    :param rivals: those that must not run while a unit does, whichever of the two says so
    """

    def __init__(self, units: Sequence[Unit]) -> None:
        """
        Connect units with each other.

        :raises InvalidUnits: a name is given twice, or not known, or units require each other
        """
        self.units = {unit.spec.name: unit for unit in units}
        if len(self.units) < len(units):
            names = Counter(unit.spec.name for unit in units)
            twice = [name for name, number in names.items() if number > 1]
            raise InvalidUnits(f'units given twice: {", ".join(twice)}')
        self.requires: dict[Unit, list[Unit]] = {unit: [] for unit in units}
        self.dependents: dict[Unit, list[Unit]] = {unit: [] for unit in units}
        self.rivals: dict[Unit, list[Unit]] = {unit: [] for unit in units}
        for unit in units:
            self._connect(unit)
        sorter = TopologicalSorter(self.requires)
        try:
            self.ordered = list(sorter.static_order())
        except CycleError as error:
            cycle = ' -> '.join(unit.spec.name for unit in reversed(error.args[1]))
            raise InvalidUnits(f'units require each other: {cycle}') from error

    def add(self, unit: Unit) -> None:
        """
        Connect one more unit with those that are there.

        :raises InvalidUnits: its name is taken, or one that it requires or conflicts with not
            known; nothing is changed then
        """
        if unit.spec.name in self.units:
            raise InvalidUnits(f'units given twice: {unit.spec.name}')
        for name in (*unit.spec.requires, *unit.spec.conflicts):
            if name not in self.units:
                raise InvalidUnits(f'{unit.spec.name}: {name!r} is not one of the units')
        self.units[unit.spec.name] = unit
        self.requires[unit], self.dependents[unit], self.rivals[unit] = [], [], []
        self._connect(unit)
        self.ordered.append(unit)

    def become(self, other: Links) -> None:
        """Connect what the other connects, as it does."""
        self.units, self.ordered = other.units, other.ordered
        self.requires, self.dependents = other.requires, other.dependents
        self.rivals = other.rivals

    def _connect(self, unit: Unit) -> None:
        spec = unit.spec
        for name in (*spec.requires, *spec.conflicts):
            if name not in self.units:
                raise InvalidUnits(f'{spec.name}: {name!r} is not one of the units')
        if spec.name in spec.conflicts:
            raise InvalidUnits(f'{spec.name} conflicts with itself')
        for name in dict.fromkeys(spec.requires):
            self.requires[unit].append(self.units[name])
            self.dependents[self.units[name]].append(unit)
        for name in dict.fromkeys(spec.conflicts):
            rival = self.units[name]
            if rival not in self.rivals[unit]:
                self.rivals[unit].append(rival)
                self.rivals[rival].append(unit)

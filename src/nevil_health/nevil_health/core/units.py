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

"""The units of one system among each other: what each of them waits for, which have a turn."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence

from nevil_health.core.cascade import Cascade
from nevil_health.core.errors import InvalidUnits
from nevil_health.core.gates import Gates
from nevil_health.core.links import Links
from nevil_health.core.spec import UnitSpec
from nevil_health.core.system import System
from nevil_health.core.unit import Unit

__all__ = ['Units']


class Units:
    """
    The units of one system, connected.

    :param links: which of them require and exclude each other
    :param gates: what each waits for, counted
    :param cascade: the pauses among them
    """

    def __init__(self, specs: Iterable[UnitSpec], system: System) -> None:
        """
        Make the units of a system that has not started yet.

        :raises InvalidUnits: they contradict each other
        """
        self._system = system
        self.links = Links([
            Unit(spec, index, system, self) for index, spec in enumerate(specs)])
        self.gates = Gates(self.links)
        self.cascade = Cascade(system, self.links, self.gates)

    def add(self, spec: UnitSpec) -> Unit:
        """
        Make one more unit.

        :raises InvalidUnits: it does not fit to those that are there
        """
        unit = Unit(spec, len(self.links.units), self._system, self)
        self.links.add(unit)
        self.gates.add(unit)
        self.cascade.add(unit)
        return unit

    def replace(self, specs: Sequence[UnitSpec]) -> list[Unit]:
        """
        Go on with other declarations: units of a name that stays keep their state.

        :returns: those that are to begin as at a start of the system
        :raises InvalidUnits: the declarations contradict each other, or a unit runs that none of
            them is for; nothing is changed then
        """
        links = Links([Unit(spec, index, self._system, self)
                       for index, spec in enumerate(specs)])
        kept = {name: unit for name, unit in self.links.units.items()
                if name in links.units and _goes_on(unit.spec, links.units[name].spec)}
        if running := [name for name, unit in self.links.units.items()
                       if unit.live and name not in kept]:
            raise InvalidUnits(f'{running[0]} still runs')
        for index, spec in enumerate(specs):
            if spec.name in kept:
                kept[spec.name].declare(spec, index)
            elif spec.name in self.links.units:
                links.units[spec.name].generation = self.links.units[spec.name].generation
        self.links.become(Links([kept.get(spec.name, links.units[spec.name]) for spec in specs]))
        before = self.cascade
        self.gates = Gates(self.links)
        self.cascade = Cascade(self._system, self.links, self.gates)
        self.cascade.take_over(before)
        return [unit for unit in self.links.ordered if unit.spec.name not in kept]

    def update(self, unit: Unit) -> list[Unit]:
        """Recount a unit after an event; return the waiting units that are free now."""
        return self.gates.update(unit) + self.cascade.update(unit)

    def unmet(self, unit: Unit) -> bool:
        """Return whether something that it requires is not ready, or a rival of it runs."""
        return self.gates.unmet(unit)

    def blocked(self, unit: Unit) -> bool:
        """Return whether what it requires, or conflicts with, keeps it from starting."""
        return self.cascade.blocked(unit)

    def waits_for(self, unit: Unit) -> list[tuple[str, str]]:
        """Return what keeps a unit from starting, and what each of them is doing."""
        needed = [
            (required.spec.name, 'pausing' if required.state == 'ready' else required.state)
            for required in self.links.requires[unit]
            if self.cascade.source(required) or required.state != 'ready']
        return needed + [
            (rival.spec.name, 'conflicts') for rival in self.links.rivals[unit] if rival.live]

    def waiting_reason(self, unit: Unit) -> str:
        """Say what a waiting unit waits for."""
        others = ', '.join(f'{name} ({doing})' for name, doing in self.waits_for(unit))
        return f'waiting for {others or "its turn"}'


def _goes_on(before: UnitSpec, now: UnitSpec) -> bool:
    """Return whether a unit remains what it was: else it begins as one that is new."""
    return (before.enabled, before.auto_start) == (now.enabled, now.auto_start)

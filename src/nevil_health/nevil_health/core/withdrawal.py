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
Units whose declarations count no more: each ends when nothing that is withdrawn stands on it.

What requires such a unit and is not withdrawn itself stays: it pauses, as for any other end.
"""

from __future__ import annotations

from nevil_health.core.errors import UnexpectedEvent
from nevil_health.core.events import UnitsWithdrawn
from nevil_health.core.links import Links
from nevil_health.core.unit import Unit

__all__ = ['Withdrawal']


class Withdrawal:
    """
    What remains of the withdrawn units.

    :ivar event: by which they were withdrawn
    """

    def __init__(self, links: Links, event: UnitsWithdrawn) -> None:
        """
        Find the units.

        :raises UnexpectedEvent: there is no unit of a name
        """
        unknown = event.units - set(links.units)
        if unknown:
            raise UnexpectedEvent(f'there is no unit {min(unknown)!r}')
        self.event = event
        self._links = links
        self._units = {links.units[name] for name in event.units}
        self._told = False

    @property
    def done(self) -> bool:
        """Return whether none of them has a process."""
        return not any(unit.live for unit in self._units)

    def over(self) -> bool:
        """Return once that they are done."""
        if self._told or not self.done:
            return False
        self._told = True
        return True

    def begin(self) -> list[Unit]:
        """Withdraw all of them; return those that end, or do not start, whatever the others do."""
        for unit in self._units:
            unit.withdrawn = True
        return [unit for unit in self._links.ordered if unit in self._units
                and (not unit.live or unit.state in ('unhealthy', 'stopping'))]

    def turns(self) -> list[Unit]:
        """Return the running ones whose turn it is to end."""
        return [unit for unit in reversed(self._links.ordered)
                if unit in self._units and unit.live and unit.state != 'stopping'
                and not any(other.live and other in self._units
                            for other in self._links.dependents[unit])]

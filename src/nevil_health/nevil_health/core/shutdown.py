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
The order of the end: a unit gets its first POSIX signal when all that require it are gone.

A unit is *gone* when it does not run and all that require it are gone, so the order holds also
across a unit that does not run itself.
"""

from __future__ import annotations

from nevil_health.core.links import Links
from nevil_health.core.unit import Unit

__all__ = ['Teardown']


class Teardown:
    """What remains of a system that ends."""

    def __init__(self, links: Links) -> None:
        """Count what stands on each unit."""
        self._requires = links.requires
        self._left = len(links.ordered)
        self._holders = {
            unit: len(links.dependents[unit]) for unit in reversed(links.ordered)}

    @property
    def done(self) -> bool:
        """Return whether every unit is gone."""
        return not self._left

    def begin(self) -> list[Unit]:
        """Return the running units whose turn it is at once."""
        free = [unit for unit, holders in self._holders.items() if not holders]
        return [turn for unit in free for turn in self._pass(unit)]

    def ended(self, unit: Unit) -> list[Unit]:
        """Record the end of a unit's process; return the running units whose turn it is now."""
        return [] if self._holders[unit] else self._pass(unit)

    def _pass(self, free: Unit) -> list[Unit]:
        """Go down from a unit on which nothing stands any more, as far as nothing runs."""
        turns = []
        stack = [free]
        while stack:
            unit = stack.pop()
            if unit.live:
                turns.append(unit)
                continue
            self._left -= 1
            for required in self._requires[unit]:
                self._holders[required] -= 1
                if not self._holders[required]:
                    stack.append(required)
        return turns

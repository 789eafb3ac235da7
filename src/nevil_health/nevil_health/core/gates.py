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
(met when it does not run). When a unit changes, only those links are recounted, so one event
costs as much as the unit has neighbours. A link is *hopeless* when it will not be met before an
operator does something: the unit failed, completed, was stopped, is disabled, or waits hopelessly
itself.
"""

from __future__ import annotations

from collections import Counter
from collections import deque
from collections.abc import Sequence
from typing import Literal

from nevil_health.core.links import Links
from nevil_health.core.unit import Unit

__all__ = ['Gates']

_Link = Literal['met', 'pending', 'hopeless']
_Progress = Literal['unwanted', 'up', 'busy', 'down']


class Gates:
    """The open and closed ways between the units of a system."""

    def __init__(self, links: Links) -> None:
        """Count the links of connected units."""
        self._links = links
        self._unmet: dict[Unit, int] = {}
        self._hopeless: dict[Unit, int] = {}
        self._needed: dict[Unit, _Link] = {}
        self._rivalry: dict[Unit, _Link] = {}
        self._progress: dict[Unit, _Progress] = {}
        self._count: Counter[_Progress] = Counter()
        for unit in links.ordered:
            self.add(unit)

    @property
    def settled(self) -> Literal['ready', 'degraded'] | None:
        """Return how the wanted units are when none of them is on its way any more."""
        if self._count['busy']:
            return None
        return 'degraded' if self._count['down'] else 'ready'

    def unmet(self, unit: Unit) -> bool:
        """Return whether something that it requires is not ready, or a rival of it runs."""
        return self._unmet[unit] > 0

    def add(self, unit: Unit) -> None:
        """Count the links of one more unit; those that it requires have been added before."""
        links = [self._needed[required] for required in self._links.requires[unit]]
        links += [self._rivalry.get(rival, 'met') for rival in self._links.rivals[unit]]
        self._unmet[unit] = sum(link != 'met' for link in links)
        self._hopeless[unit] = links.count('hopeless')
        self._needed[unit] = 'hopeless'
        self._rivalry[unit] = 'met'
        self._progress[unit] = 'unwanted'
        self._count['unwanted'] += 1

    def update(self, changed: Unit) -> list[Unit]:
        """
        Recount a unit after an event.

        :returns: waiting units that have nothing to wait for (any more)
        """
        free = []
        queue = deque([changed])
        while queue:
            unit = queue.popleft()
            self._count_progress(unit)
            if unit.state == 'waiting' and not self._unmet[unit]:
                free.append(unit)
            was, self._needed[unit] = self._needed[unit], self._needed_link(unit)
            queue.extend(self._recount(self._links.dependents[unit], was, self._needed[unit]))
            was, self._rivalry[unit] = self._rivalry[unit], _rivalry_link(unit)
            queue.extend(self._recount(self._links.rivals[unit], was, self._rivalry[unit]))
        return free

    def _recount(self, others: Sequence[Unit], was: _Link, now: _Link) -> list[Unit]:
        """Count a changed link at its other ends; return which of them still wait for it."""
        if was == now:
            return []
        for other in others:
            self._unmet[other] += (now != 'met') - (was != 'met')
            self._hopeless[other] += (now == 'hopeless') - (was == 'hopeless')
        return [other for other in others if other.state in ('waiting', 'paused')]

    def _count_progress(self, unit: Unit) -> None:
        progress = self._progress_of(unit)
        self._count[self._progress[unit]] -= 1
        self._count[progress] += 1
        self._progress[unit] = progress

    def _goes_on(self, unit: Unit) -> bool:
        """Return whether a waiting or paused unit continues without the operator."""
        stays = unit.state == 'paused' and (unit.desired.paused or unit.desired.held)
        return not self._hopeless[unit] and not stays

    def _needed_link(self, unit: Unit) -> _Link:
        if unit.state == 'ready':
            return 'met'
        if unit.withdrawn and unit.desired.running:
            return 'pending'
        if unit.state in ('waiting', 'paused'):
            return 'pending' if self._goes_on(unit) else 'hopeless'
        return 'pending' if unit.live or unit.state == 'backoff' else 'hopeless'

    def _progress_of(self, unit: Unit) -> _Progress:
        if not unit.desired.running:
            return 'unwanted'
        if unit.withdrawn:
            return 'busy'
        if unit.state in ('ready', 'completed'):
            return 'up'
        if unit.state in ('waiting', 'paused'):
            return 'busy' if self._goes_on(unit) else 'down'
        return 'down' if unit.state in ('failed', 'stopped') else 'busy'


def _rivalry_link(unit: Unit) -> _Link:
    if not unit.live:
        return 'met'
    return 'hopeless' if unit.state in ('ready', 'paused') else 'pending'

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

"""The incidents that are known: those that are open and those recently resolved, bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from collections.abc import Mapping

from nevil_health.alerts.incident import Incident
from nevil_health.alerts.views import AlertRules
from nevil_health.signals.views import LevelChange

__all__ = ['Shelf']

MAX_INCIDENTS = 512


class Shelf:
    """At most one open incident for each key, and 512 in all."""

    def __init__(
        self, rules: AlertRules, ident: Callable[[], str], criticality: Mapping[str, str],
    ) -> None:
        """Begin empty."""
        self._rules = rules
        self._ident = ident
        self.criticality = dict(criticality)
        self._order = 0
        self._ended: deque[Incident] = deque()
        self.open: dict[str, Incident] = {}
        self.near_misses = 0

    def of(self, node: str) -> list[Incident]:
        """Return the open incidents of a node."""
        return [one for one in self.open.values() if one.node == node]

    def begin(self, change: LevelChange) -> tuple[Incident, Incident | None]:
        """
        Open an incident.

        :returns: it, and the one that had to go for it: perhaps itself, None if there was room
        """
        node, signal = change.node, change.signal
        before = next((one for one in reversed(self._ended)
                       if (one.node, one.signal) == (node, signal)), None)
        self._order += 1
        incident = Incident(
            id=self._ident(), node=node, signal=signal, order=self._order, rules=self._rules,
            criticality=self.criticality.get(node, 'important'), since=change.at,
            openings=deque(before.openings if before else (),
                           maxlen=self._rules.flapping_changes + 1))
        incident.bad(change)
        self.open[incident.key] = incident
        return incident, self._make_room()

    def put_away(self) -> None:
        """Take the resolved ones from the open ones; one that never fired is only counted."""
        for key in [key for key, one in self.open.items() if one.state == 'resolved']:
            one = self.open.pop(key)
            if one.fired is None:
                self.near_misses += 1
            else:
                self._ended.append(one)

    def forget(self, at: float) -> None:
        """Drop what was resolved long ago."""
        self._ended = deque(one for one in self._ended if at < self._forgotten_at(one))

    @property
    def next_forgotten(self) -> float | None:
        """Return when the next resolved one is dropped."""
        return min((self._forgotten_at(one) for one in self._ended), default=None)

    def known(self, at: float) -> list[Incident]:
        """Return the open ones and those recently resolved: worst first, causes first."""
        return sorted((*self.open.values(), *(
            one for one in self._ended if at < self._forgotten_at(one))), key=_worst_first)

    def _forgotten_at(self, incident: Incident) -> float:
        return (incident.ended or 0.0) + self._rules.keep_resolved_s

    def _make_room(self) -> Incident | None:
        """Forget the oldest that is resolved; where none is, the least of those that are open."""
        if len(self.open) + len(self._ended) <= MAX_INCIDENTS:
            return None
        if self._ended:
            self._ended.popleft()
            return None
        return self.open.pop(max(self.open.values(), key=_worst_first).key)


def _worst_first(one: Incident) -> tuple[bool, bool, int, float, int]:
    return one.state == 'resolved', bool(one.root), -one.rank, one.since, one.order

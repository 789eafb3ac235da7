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

"""The alert book: what is wrong, since when, because of what, and which notifications are due."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping

from nevil_health.alerts.bucket import Bucket
from nevil_health.alerts.kinds import FAILURES
from nevil_health.alerts.kinds import LIFE
from nevil_health.alerts.marks import Marks
from nevil_health.alerts.news import news_of
from nevil_health.alerts.roots import link
from nevil_health.alerts.roots import suffering
from nevil_health.alerts.shelf import Shelf
from nevil_health.alerts.views import Alert
from nevil_health.alerts.views import AlertNews
from nevil_health.alerts.views import AlertRules
from nevil_health.alerts.views import Silence
from nevil_health.signals.views import LevelChange

__all__ = ['AlertBook']


class AlertBook:
    """
    Incidents by their key ``<node>/<signal>``, at most one open for each; pure, time is given.

    Every method that takes a time first does what was due until then. What is returned is to be
    sent as a notification or shown, in this order. ``dropped`` counts incidents beyond the limit.
    """

    def __init__(
        self, rules: AlertRules, ident: Callable[[], str],
        criticality: Mapping[str, str] | None = None,
        processes: Mapping[str, str] | None = None,
    ) -> None:
        """
        Begin with nothing wrong.

        :param ident: gives a new id for an incident
        :param criticality: of each node; ``important`` where it is not said
        :param processes: name of the process, of nodes that share one with others
        """
        self._ident = ident
        self._processes = dict(processes or {})
        self._shelf = Shelf(rules, ident, criticality or {})
        self._blames: dict[str, str] = {}
        self._marks = Marks()
        self._bucket = Bucket()
        self.dropped = 0

    def know(self, node: str, criticality: str) -> None:
        """Add one more node."""
        self._shelf.criticality[node] = criticality

    def forget(self, node: str, at: float) -> list[AlertNews]:
        """Record that a node is gone, or begins anew: what was wrong with it is over."""
        news = self.advance(at)
        self._blames.pop(node, None)
        for incident in self._shelf.of(node):
            incident.over(at, 'unknown')
        return news + self._settle(at)

    # -- facts -----------------------------------------------------------------------------

    def handle(self, change: LevelChange) -> list[AlertNews]:
        """Record that a signal has changed its level."""
        news = self.advance(change.at)
        if not change.signal:  # the whole: its signals have said why already
            return news
        incident = self._shelf.open.get(f'{change.node}/{change.signal}')
        if change.new in ('degraded', 'unhealthy'):
            if incident is None:
                self._begin(change)
            else:
                incident.bad(change)
        elif incident is not None:
            if change.new == 'healthy' or change.node in self._marks.planned:
                incident.over(change.at, change.new)
            else:
                incident.unknown(change.at)
        return news + self._settle(change.at)

    def planned(self, node: str, planned: bool, at: float) -> list[AlertNews]:
        """Mark the incidents of a node, and of those that suffer from it, as a planned stop."""
        news = self.advance(at)
        if planned == (node in self._marks.planned):
            return news
        if planned:
            self._marks.planned.add(node)
            for incident in self._shelf.of(node):
                if incident.unknown_since is not None:
                    incident.over(at, 'unknown')
        else:
            self._marks.planned.discard(node)
        return news + self._settle(at)

    def blame(self, node: str, root_node: str, at: float) -> list[AlertNews]:
        """Record that a node suffers from the failure of another ('' if from none any more)."""
        news = self.advance(at)
        if root_node:
            self._blames[node] = root_node
        else:
            self._blames.pop(node, None)
        return news + self._settle(at)

    def restarted(self, node: str, at: float) -> list[AlertNews]:
        """Count a restart by policy in what is open of the node."""
        news = self.advance(at)
        for incident in self._shelf.of(node):
            incident.restarts += 1
        return news + self._settle(at)

    def given_up(self, node: str, cause: str, at: float) -> list[AlertNews]:
        """
        Record that a node stays down: what it failed of is worse now.

        An evaluation that already knows of the failure has no level change for it; call this after
        its level changes. Where nothing of the node is open, nothing is done.
        """
        news = self.advance(at)
        there = self._shelf.of(node)
        if there:
            min(there, key=lambda one: (
                one.signal not in LIFE, one.signal not in FAILURES, one.limit_at is None,
                one.order)).give_up(cause)
        return news + self._settle(at)

    # -- the operator ----------------------------------------------------------------------

    def acknowledge(self, alert_or_node: str, reason: str, at: float) -> bool:
        """
        Note that somebody knows of an incident (by its id), or of all open ones of a node.

        They are not repeated until they end or get worse.

        :returns: whether anything has changed
        """
        changed = False
        for incident in self._shelf.open.values():
            if alert_or_node in (incident.id, incident.node) and alert_or_node:
                changed |= not incident.notified.acknowledged or incident.acknowledged != reason
                incident.notified.acknowledged = True
                incident.acknowledged = reason
        return changed

    def silence(self, silence: Silence, at: float) -> list[AlertNews]:
        """Mark incidents for a while, new ones too; those still open at its end are notified."""
        news = self.advance(at)
        self._marks.silence(silence)
        return news + self._settle(at)

    def unsilence(self, node: str, at: float) -> list[AlertNews]:
        """End the silences of a node ('' for those of all nodes)."""
        news = self.advance(at)
        self._marks.unsilence(node)
        return news + self._settle(at)

    @property
    def silences(self) -> tuple[Silence, ...]:
        """Return the silences that hold."""
        return self._marks.silences

    # -- time ------------------------------------------------------------------------------

    def advance(self, at: float) -> list[AlertNews]:
        """Do what is due."""
        due = self.next_deadline()
        return self._settle(at) if due is not None and due <= at else []

    def next_deadline(self) -> float | None:
        """Return when ``advance`` has something to do, None if only news can bring that."""
        return min(self._deadlines(), default=None)

    def _deadlines(self) -> Iterator[float]:
        if (ends := self._marks.next_end) is not None:
            yield ends
        if (sums_up := self._bucket.due) is not None:
            yield sums_up
        if (forgotten := self._shelf.next_forgotten) is not None:
            yield forgotten
        for incident in self._shelf.open.values():
            yield from incident.deadlines()

    # -- what is known ---------------------------------------------------------------------

    def alerts(self, at: float) -> tuple[Alert, ...]:
        """Return the open incidents and those recently resolved: worst first, causes first."""
        return tuple(one.view() for one in self._shelf.known(at))

    @property
    def firing(self) -> tuple[Alert, ...]:
        """Return the incidents that fire, worst first, causes before consequences."""
        return tuple(one.view() for one in self._shelf.known(float('inf'))
                     if one.state == 'firing')

    @property
    def near_misses(self) -> int:
        """Return how many were pending and never fired."""
        return self._shelf.near_misses

    # -- inside ----------------------------------------------------------------------------

    def _begin(self, change: LevelChange) -> None:
        _, gone = self._shelf.begin(change)
        if gone is not None:
            self.dropped += 1
            self._bucket.untold(gone.severity, change.at)

    def _settle(self, at: float) -> list[AlertNews]:
        """Let time pass, and return the news of that time."""
        self._marks.expire(at)
        self._shelf.forget(at)
        self._link()
        while any([one.pass_time(at) for one in self._shelf.open.values()]):  # noqa: C419
            self._link()
        news = [self._bucket.limit(told, at) for one in self._shelf.open.values()
                if (told := news_of(one, at)) is not None]
        self._shelf.put_away()
        return news + self._bucket.sum_up(at, self._ident)

    def _link(self) -> None:
        """Find out of what each incident is the consequence, and whether it is silent."""
        incidents = [one for one in self._shelf.open.values() if one.state != 'resolved']
        link(incidents, self._blames, self._processes)
        planned = self._marks.planned
        excused = suffering(self._blames, planned) if planned else planned
        by_id = {one.id: one for one in incidents}
        roots = {one: by_id.get(one.root, one) for one in incidents}
        for one, root in roots.items():
            one.silenced = self._marks.reason(
                one.node, one.signal, planned=one.node in excused or root.node in excused)
        for one, root in roots.items():
            mute = root.node == one.node and root.silenced  # a silence of that signal only
            one.inhibited = root is not one and not mute

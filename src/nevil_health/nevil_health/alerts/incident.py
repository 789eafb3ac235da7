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

"""One incident, from its beginning to its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Literal

from nevil_health.alerts.kinds import gives_up
from nevil_health.alerts.kinds import HOLD_S
from nevil_health.alerts.kinds import LIFE
from nevil_health.alerts.kinds import SEVERITIES
from nevil_health.alerts.kinds import severity_of
from nevil_health.alerts.notified import Notified
from nevil_health.alerts.spans import span
from nevil_health.alerts.views import Alert
from nevil_health.alerts.views import AlertRules
from nevil_health.alerts.views import Severity
from nevil_health.signals.views import Level
from nevil_health.signals.views import LevelChange

__all__ = ['Incident']


@dataclass(kw_only=True, eq=False, slots=True)
class Incident:
    """
    One cause: what is known of it, whose consequence it is, and which notifications were sent.

    :param order: counts incidents; the smaller is the older
    :param openings: when its cause came, and came back; the last few
    :param over_since: since when its cause is gone, None while it stands
    :param unknown_since: since when nobody knows whether its cause stands
    :param limit_at: when it became unhealthy, for a resource: the node may be ended for that
    :param inhibited: its root speaks for it
    :param waits_until: for others that came with it: then they have one cause
    :param with_it: how many others came together with it
    :param worst: the worst of its consequences that stand on the same node; it counts as its own
    """

    id: str  # noqa: A003
    node: str
    signal: str
    order: int
    rules: AlertRules
    criticality: str
    openings: deque[float]
    since: float
    state: Literal['pending', 'firing', 'resolved'] = 'pending'
    level: Level = 'unknown'
    severity: Severity = 'warning'
    text: str = ''
    value: float | None = None
    threshold: float | None = None
    fired: float | None = None
    ended: float | None = None
    count: int = 0
    restarts: int = 0
    given_up: bool = False
    over_since: float | None = None
    unknown_since: float | None = None
    limit_at: float | None = None
    flapping: bool = False
    waits_until: float = 0.0
    with_it: int = 0
    worst: Incident | None = None
    root: str = ''
    inhibited: bool = False
    silenced: str = ''
    acknowledged: str = ''
    notified: Notified = field(default_factory=Notified)
    shown: Alert | None = None

    @property
    def key(self) -> str:
        """Return what incidents of this kind have in common."""
        return f'{self.node}/{self.signal}'

    @property
    def stands(self) -> bool:
        """Return whether its cause is there, or was at the last reading."""
        return self.state != 'resolved' and self.over_since is None

    @property
    def audible(self) -> bool:
        """Return whether it may be notified: no consequence, not silenced, and known to last."""
        known = self.unknown_since is None or self.worst is not None
        # What waited for others in vain, and how many came together, is notified even if it ended
        # meanwhile: a restart takes less than that time.
        waited = (self.with_it > self.notified.with_it if self.notified.times
                  else (self.over_since or 0.0) <= self.waits_until)
        return (self.state == 'firing' and (self.stands or waited) and known
                and not self.inhibited and not self.silenced)

    # -- what happens to it ----------------------------------------------------------------

    def bad(self, news: LevelChange) -> None:
        """Record that its cause came, came back, or is now a better or worse one."""
        again = self.signal in LIFE and (self.level == 'unknown' or news.old == news.new)
        came = not self.count or not self.stands or again
        if came:
            self._comes(news.at)
        if news.new == 'unhealthy' and (came or self.level != 'unhealthy'):
            self.limit_at = news.at
        self.over_since = self.unknown_since = None
        self.text = news.cause
        self.value, self.threshold = news.value, news.threshold
        self._set_level(news.new, given_up=gives_up(news))

    def give_up(self, cause: str) -> None:
        """Record that the node stays down for it."""
        self.over_since = self.unknown_since = None
        self.text = cause
        self._set_level('unhealthy', given_up=True)

    def over(self, at: float, level: Level) -> None:
        """Record that its cause is gone, or (unknown) that the node was stopped on purpose."""
        self.level, self.unknown_since = level, None
        if self.over_since is None:
            self.over_since = at
        if self.given_up:  # somebody has started it again: giving up again is news again
            self.given_up = False
            self.notified.rank = min(self.notified.rank, SEVERITIES.index(self.severity) * 2)

    def unknown(self, at: float) -> None:
        """Record that it is unknown whether its cause lasts: assumed, but not notified."""
        self.level = 'unknown'
        if self.over_since is None and self.unknown_since is None:
            self.unknown_since = at

    # -- its times -------------------------------------------------------------------------

    @property
    def fires_at(self) -> float:
        """When it fires, if its cause stays."""
        return max(self.since + HOLD_S.get((self.node, self.signal), 0.0), self.waits_until)

    @property
    def calm_at(self) -> float:
        """When it is calm again, if its cause neither comes nor goes."""
        return self.openings[-1] + self.rules.flapping_s

    @property
    def ends_at(self) -> float | None:
        """When it is resolved, if nothing comes between."""
        if self.over_since is not None:
            ends = self.over_since + self.rules.keep_firing_s
            return max(ends, self.calm_at) if self.flapping else ends
        if self.unknown_since is not None and not self.root and self.worst is None:
            return self.unknown_since + self.rules.keep_resolved_s
        return None

    def deadlines(self) -> Iterator[float]:
        """Yield when something is due if nothing comes between."""
        if self.state == 'pending':
            yield self.fires_at
            return
        if self.ends_at is not None:
            yield self.ends_at
        if self.flapping:
            yield self.calm_at
        due = self.notified.next_due(self.flapping)
        if self.audible and due is not None:
            yield due

    def pass_time(self, at: float) -> bool:
        """Let it fire, calm down or end when its time has come; return whether it did."""
        before = (self.state, self.flapping)
        if self.state == 'pending' and not self.waits_until and (
                self.over_since is not None or self.unknown_since is not None):
            self.state, self.ended = 'resolved', at
        if self.state == 'pending' and at >= self.fires_at:
            self.state, self.fired = 'firing', self.fires_at
        if self.flapping and at >= self.calm_at:
            self.flapping = False
        ends = self.ends_at
        if self.state == 'firing' and ends is not None and at >= ends:
            self.state, self.ended = 'resolved', ends
            self.flapping, self.root, self.worst = False, '', None
        return before != (self.state, self.flapping)

    def _comes(self, at: float) -> None:
        self.count += 1
        self.openings.append(at)
        if self.signal not in LIFE and len(self.openings) == self.openings.maxlen:
            self.flapping |= at - self.openings[0] <= self.rules.flapping_s

    def _set_level(self, level: Level, *, given_up: bool) -> None:
        self.level, self.given_up = level, given_up
        self.severity = severity_of(
            self.node, self.signal, level, criticality=self.criticality, given_up=given_up)

    # -- how it looks ----------------------------------------------------------------------

    @property
    def rank(self) -> int:
        """Return how bad it is, its consequences included; given up is worse than the rest."""
        return max(self._own_rank, -1 if self.worst is None else self.worst.rank)

    @property
    def _own_rank(self) -> int:
        return SEVERITIES.index(self.severity) * 2 + self.given_up

    def view(self) -> Alert:
        """Return what is known of it now."""
        return Alert(
            id=self.id, key=self.key, node=self.node, signal=self.signal, state=self.state,
            severity=SEVERITIES[self.rank // 2], text=self._text(), since=self.since,
            fired=self.fired, ended=self.ended, value=self.value, threshold=self.threshold,
            root=self.root, flapping=self.flapping, silenced=self.silenced,
            acknowledged=self.acknowledged, count=self.count, restarts=self.restarts)

    def _text(self) -> str:
        if self.ended is not None:
            often = f', came {self.count} times' if self.count > 1 else ''
            return f'{self.text}; over after {span(self.ended - self.since)}{often}'
        text = self.text
        if self.worst is not None and self.worst.rank > self._own_rank:
            text += f'; {self.worst.text}'
        if self.with_it:
            text += f'; {self.with_it} other nodes at the same time'
        return text

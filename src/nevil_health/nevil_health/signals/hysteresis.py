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

"""One signal: its level, and how much evidence it takes to change it."""

from __future__ import annotations

from typing import NamedTuple

from nevil_health.signals.views import Level
from nevil_health.signals.views import SignalView

__all__ = ['Damping', 'Finding', 'RANK', 'Signal', 'Words']

RANK: dict[Level, int] = {'unknown': -1, 'healthy': 0, 'degraded': 1, 'unhealthy': 2}
_LEVELS: tuple[Level, ...] = ('healthy', 'degraded', 'unhealthy')


class Damping(NamedTuple):
    """
    How many samples in a row, and how many seconds, a change of level takes.

    Asymmetric: trouble is reported soon, its end only when it is certain.
    """

    degraded_after: int = 1
    unhealthy_after: int = 1
    better_after: int = 2
    dwell_s: float = 10.0


class Words(NamedTuple):
    """
    How a number and its threshold are said: ``CPU 96 % of a core, more than 80 %``.

    :param subject: with ``{}`` for the number
    :param number: format of the number and of the threshold, with the unit
    :param factor: from the number to what is said
    :param lasting: add for how long it has been so
    """

    subject: str = '{}'
    number: str = '{:g}'
    factor: float = 1.0
    beyond: str = 'more than'
    within: str = 'below'
    lasting: bool = True

    def say(self, value: float | None, threshold: float | None, *, bad: bool) -> str:
        """Return number and threshold in one clause."""
        if value is None or threshold is None:
            return self.subject
        text = self.subject.format(self.number.format(value * self.factor))
        bound = self.number.format(threshold * self.factor)
        return f'{text}, {self.beyond if bad else self.within} {bound}'


class Finding(NamedTuple):
    """
    What one sample says about one signal.

    :param level: by the limit
    :param hold: by the lower threshold that clears: the signal gets no better than this
    :param clear: that threshold
    :param text: what is said in place of the words of the signal
    """

    level: Level
    hold: Level
    value: float | None = None
    threshold: float | None = None
    clear: float | None = None
    text: str = ''


class Signal:
    """
    One signal of a node or of the system.

    Facts (``settle``) count at once. Samples (``observe``) count when so many in a row agree: at
    least as bad as the new level to make it worse; good enough, by the clear threshold and for the
    dwell since the last change, to make it better.
    """

    __slots__ = ('_bad', '_bad_since', '_good', '_good_since', 'cause', 'clouded', 'damping',
                 'level', 'name', 'seen', 'since', 'threshold', 'value', 'words')

    def __init__(self, name: str, damping: Damping = Damping(), words: Words = Words()) -> None:
        """Make a signal of which nothing is known yet."""
        self.name = name
        self.damping = damping
        self.words = words
        self.level: Level = 'unknown'
        self.since = 0.0
        self.seen: float | None = None
        self.value: float | None = None
        self.threshold: float | None = None
        self.cause = ''
        self.clouded = False
        self._bad = (0, 0, 0)   # samples in a row at least healthy (not counted), degraded, ...
        self._good = (0, 0)     # samples in a row that clear down to healthy, degraded
        self._bad_since = self._good_since = 0.0

    def observe(self, finding: Finding, at: float) -> Level | None:
        """Handle one sample; return the old level if it has changed."""
        rank, hold = RANK[finding.level], RANK[finding.hold]
        self.value, self.threshold = finding.value, finding.threshold
        if not rank and self.level == 'healthy':  # almost every sample of almost every signal
            self.seen, self._bad = at, (0, 0, 0)
            return None
        self._count(rank, hold, at)
        self.seen = at
        target = self._target(rank, at)
        if target != self.level:
            return self._change(target, at, self._describe(finding, target, at))
        if RANK[self.level] > 0 and rank > 0:
            self.cause = self._describe(finding, self.level, at)
        return None

    def settle(
        self, level: Level, at: float, cause: str, *, value: float | None = None,
        threshold: float | None = None,
    ) -> Level | None:
        """Handle a fact; return the old level if it has changed."""
        self.value, self.threshold = value, threshold
        self._restart_count()
        if level == self.level:
            self.cause = cause
            return None
        return self._change(level, at, cause)

    def forget(self, at: float, cause: str) -> Level | None:
        """Go back to knowing nothing; return the old level if it has changed."""
        self.seen = None
        return self.settle('unknown', at, cause)

    def view(self) -> SignalView:
        """Return a snapshot."""
        return SignalView(
            signal=self.name, level=self.level, since=self.since, value=self.value,
            threshold=self.threshold, cause=self.cause)

    def _count(self, rank: int, hold: int, at: float) -> None:
        before = at if self.seen is None else self.seen
        if rank and not self._bad[1]:
            self._bad_since = before
        if not hold and not self._good[0]:
            self._good_since = before
        self._bad = (0, self._bad[1] + 1 if rank >= 1 else 0, self._bad[2] + 1 if rank >= 2 else 0)
        self._good = (self._good[0] + 1 if hold <= 0 else 0, self._good[1] + 1 if hold <= 1 else 0)

    def _restart_count(self) -> None:
        self._bad = (0, 0, 0)
        self._good = (0, 0)

    def _target(self, rank: int, at: float) -> Level:
        now = RANK[self.level]
        if now < 2 and self._bad[2] >= self.damping.unhealthy_after:
            return 'unhealthy'
        if now < 1 and self._bad[1] >= self.damping.degraded_after:
            return 'degraded'
        if now < 0 and not rank:
            return 'healthy'
        if now > 0 and at - self.since >= self.damping.dwell_s:
            for better in range(now):
                if self._good[better] >= self.damping.better_after:
                    return _LEVELS[better]
        return self.level

    def _change(self, level: Level, at: float, cause: str) -> Level:
        old, self.level, self.since, self.cause = self.level, level, at, cause
        if RANK[old] > 0 and level == 'unknown':
            self.clouded = True
        elif old != 'unknown':
            self.clouded = False
        return old

    def _describe(self, finding: Finding, level: Level, at: float) -> str:
        if finding.text:
            return finding.text
        bad = RANK[level] > 0
        bound = finding.threshold if bad or finding.clear is None else finding.clear
        text = self.words.say(finding.value, bound, bad=bad)
        lasted = at - (self._bad_since if bad else self._good_since)
        return f'{text} for {lasted:.0f} s' if self.words.lasting and lasted >= 0.5 else text

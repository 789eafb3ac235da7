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
Whose heartbeat is late, allowing for the judge's own lag. Standard library only; time is given.

The judge never blames a node for time that it lost itself, and when every node falls silent
together it suspects the network and blames nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
import heapq

__all__ = ['Back', 'Judge', 'LagMeter', 'Late', 'NetworkBack', 'NetworkSilent', 'Watched']

Watched = tuple[str, int, str]  # unit, generation, node

_MIN_PERIOD_S = 0.1
# A node that beats is heard by a new judge within 3 s (ADR 5).
_FIRST_BEAT_S = 5.0


@dataclass(frozen=True, slots=True)
class Late:
    """A node has been silent for longer than allowed."""

    who: Watched
    silent_for_s: float


@dataclass(frozen=True, slots=True)
class Back:
    """A late node beats again."""

    who: Watched


@dataclass(frozen=True, slots=True)
class NetworkSilent:
    """All nodes fell silent at once: no news of the nodes, but of the way to them."""

    nodes: int
    silent_for_s: float


@dataclass(frozen=True, slots=True)
class NetworkBack:
    """The first heartbeat after ``NetworkSilent``."""


class LagMeter:
    """
    How much time the judge has lost, by its own timer.

    :param period_s: seconds after which each tick is due
    """

    def __init__(self, period_s: float) -> None:
        """Start with nothing lost."""
        self.period_s = period_s
        self.lost_s = 0.0
        self._last: float | None = None

    def tick(self, at: float) -> None:
        """Count what this tick comes late."""
        if self._last is not None:
            self.lost_s += max(0.0, at - self._last - self.period_s)
        self._last = at


@dataclass(slots=True)
class _Heard:
    at: float
    lost_s: float
    period_s: float


class Judge:
    """
    Watches heartbeats by one deadline each, the earliest on top of a heap.

    :param timeout_s: silence that is borne
    """

    def __init__(self, timeout_s: float) -> None:
        """Watch nobody yet."""
        self.timeout_s = timeout_s
        self._heard: dict[Watched, _Heard] = {}
        self._late: set[Watched] = set()
        self._heap: list[tuple[float, Watched]] = []
        self._silent = False

    def watch(self, who: Iterable[Watched], at: float, lost_s: float,
              unheard: Iterable[Watched] = ()) -> None:
        """
        Watch these and nobody else; those that are new get the whole time from now.

        :param unheard: to be watched as well, with some time to find us first
        """
        later = dict.fromkeys(unheard, at + _FIRST_BEAT_S)
        wanted = {*who, *later}
        for gone in self._heard.keys() - wanted:
            del self._heard[gone]
        self._late &= wanted
        for new in wanted - self._heard.keys():
            self._heard[new] = _Heard(later.get(new, at), lost_s, _MIN_PERIOD_S)
        self._rebuild()

    def set_timeout(self, timeout_s: float) -> None:
        """Change the silence that is borne."""
        if timeout_s != self.timeout_s:
            self.timeout_s = timeout_s
            self._rebuild()

    def restart_grace(self, at: float, lost_s: float) -> None:
        """Give everybody the whole time from now, for example after the machine slept."""
        for heard in self._heard.values():
            heard.at, heard.lost_s = at, lost_s
        self._rebuild()

    def beat(self, who: Watched, at: float, lost_s: float,
             period_s: float) -> list[Back | NetworkBack]:
        """Take in a heartbeat; strangers are nobody's concern here."""
        heard = self._heard.get(who)
        if heard is None:
            return []
        news: list[Back | NetworkBack] = []
        if self._silent:
            self._silent = False
            self.restart_grace(at, lost_s)
            news.append(NetworkBack())
        heard.at, heard.lost_s = at, lost_s
        if period_s == period_s:  # no nan
            # A quarter at most: whoever falls silent with others is then silent for half the time.
            heard.period_s = min(max(period_s, _MIN_PERIOD_S), self.timeout_s / 4)
        if who in self._late:
            self._late.discard(who)
            heapq.heappush(self._heap, (at + self.timeout_s, who))
            news.append(Back(who))
        return news

    def any_late(self, unit: str, generation: int) -> bool:
        """Tell whether a node of that start of the unit is late."""
        return any(who[:2] == (unit, generation) for who in self._late)

    def next_deadline(self) -> float | None:
        """Return when the next heartbeat can be late at the earliest; None if none is watched."""
        return self._heap[0][0] if self._heap else None

    def judge(self, at: float, lost_s: float) -> list[Late | NetworkSilent]:
        """Return who is late, once for each silence; everything received must be taken in."""
        overdue = []
        while self._heap and self._heap[0][0] <= at:
            who = heapq.heappop(self._heap)[1]
            deadline = self._deadline(who, lost_s)
            if deadline > at:
                heapq.heappush(self._heap, (deadline, who))
            else:
                overdue.append(who)
        if not overdue:
            return []
        if self._all_at_once(lost_s):
            for who in overdue:  # looked at again, in case another one comes back
                heapq.heappush(self._heap, (at + self.timeout_s / 4, who))
            if self._silent:
                return []
            self._silent = True
            return [NetworkSilent(len(self._heard), max(at - self._heard[who].at
                                                        for who in overdue))]
        self._late.update(overdue)
        return [Late(who, at - self._heard[who].at) for who in overdue]

    def _deadline(self, who: Watched, lost_s: float) -> float:
        heard = self._heard[who]
        return heard.at + self.timeout_s + lost_s - heard.lost_s

    def _all_at_once(self, lost_s: float) -> bool:
        """Tell whether processes, two at least, fell silent within about two periods."""
        alive = {who: heard for who, heard in self._heard.items() if who not in self._late}
        if len({unit for unit, _, _ in alive}) < 2:
            return False
        first = min(alive.values(), key=lambda heard: heard.at)
        last = max(heard.at for heard in alive.values())
        spread_s = 2 * max(heard.period_s for heard in alive.values())
        return last - first.at <= spread_s + lost_s - first.lost_s

    def _rebuild(self) -> None:
        self._heap = [(heard.at + self.timeout_s, who) for who, heard in self._heard.items()
                      if who not in self._late]
        heapq.heapify(self._heap)

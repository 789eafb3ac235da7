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
Whose heartbeat is late, allowing for the monitor's own lag. Standard library only; time is given.

The monitor never blames a node for time that it lost itself, and when every node falls silent
together it suspects the network and blames nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
import heapq

__all__ = ['Back', 'FIRST_BEAT_S', 'Late', 'Lateness', 'NetworkBack', 'NetworkSilent', 'Watched']

Watched = tuple[str, int, str]  # unit, generation, node

# A beat may claim any period; below a turn of the health node it has no meaning.
_MIN_PERIOD_S = 0.1
# A new monitor receives the heartbeats of every node within 3 s (ADR 5).
FIRST_BEAT_S = 5.0


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
    """Most fell silent at once: no news of the nodes, but of the way to them."""

    silent: int
    nodes: int
    silent_for_s: float


@dataclass(frozen=True, slots=True)
class NetworkBack:
    """One of those that ``NetworkSilent`` was about beats, or none is left of them."""


@dataclass(slots=True)
class _Heard:
    at: float
    lost_s: float
    period_s: float
    # The network was the suspect; who stays silent when it is back has no such excuse.
    excused: bool = False


class Lateness:
    """
    Watches heartbeats by one deadline each, the earliest on top of a heap.

    :param timeout_s: tolerated silence
    :param confirmed_silent: return whether there is evidence that a node itself is silent, not
        the way to it; called with the node and the time of its silence
    """

    def __init__(
        self, timeout_s: float,
        confirmed_silent: Callable[[Watched, float], bool] = lambda who, silent_for_s: False,
    ) -> None:
        """Watch nobody yet."""
        self._timeout_s = timeout_s
        self._timeouts: Mapping[str, float] = {}
        self._confirmed_silent = confirmed_silent
        self._heard: dict[Watched, _Heard] = {}
        self._late: set[Watched] = set()
        self._heap: list[tuple[float, Watched]] = []
        self._suspected: set[Watched] = set()
        self._silent = False
        self._evidence: dict[Watched, bool] = {}

    def watch(self, who: Iterable[Watched], at: float, lost_s: float,
              unheard: Iterable[Watched] = ()) -> None:
        """
        Watch these and nobody else; those that are new get the whole time from now.

        :param unheard: to be watched as well, with some time to find us first
        """
        later = dict.fromkeys(unheard, at + FIRST_BEAT_S)
        wanted = {*who, *later}
        for gone in self._heard.keys() - wanted:
            del self._heard[gone]
        self._late &= wanted
        self._suspected &= wanted
        for new in wanted - self._heard.keys():
            self._heard[new] = _Heard(later.get(new, at), lost_s, _MIN_PERIOD_S)
        self._rebuild()

    def set_timeouts(self, timeout_s: float, of_nodes: Mapping[str, float]) -> None:
        """Change the the tolerated silence of all, and of nodes that have a time of their own."""
        if timeout_s != self._timeout_s or of_nodes != self._timeouts:
            self._timeout_s, self._timeouts = timeout_s, dict(of_nodes)
            self._rebuild()

    def restart_grace(self, at: float, lost_s: float) -> None:
        """Give everybody the whole time from now, for example after the machine slept."""
        for heard in self._heard.values():
            heard.at, heard.lost_s = at, lost_s
        self._rebuild()

    def beat(self, who: Watched, at: float, lost_s: float,
             period_s: float) -> list[Back]:
        """Handle a heartbeat; strangers are nobody's concern here."""
        heard = self._heard.get(who)
        if heard is None:
            return []
        heard.at, heard.lost_s, heard.excused = at, lost_s, False
        # A quarter at most: whoever falls silent with others is then silent for half the time.
        heard.period_s = min(max(period_s, _MIN_PERIOD_S), self._timeout_of(who) / 4)
        if who in self._suspected:
            for other in self._suspected:
                self._heard[other].at, self._heard[other].lost_s = at, lost_s
            self._suspected.clear()
            self._rebuild()
        if who in self._late:
            self._late.discard(who)
            heapq.heappush(self._heap, (at + self._timeout_of(who), who))
            return [Back(who)]
        return []

    def any_late(self, unit: str, generation: int) -> bool:
        """Return whether a node of that start of the unit is late."""
        return any(who[:2] == (unit, generation) for who in self._late)

    def next_deadline(self) -> float | None:
        """Return when the next heartbeat can be late at the earliest; None if none is watched."""
        return self._heap[0][0] if self._heap else None

    def check(self, at: float, lost_s: float) -> list[Late | NetworkSilent | NetworkBack]:
        """Return who is late, once for each silence; handle everything received first."""
        overdue = []
        self._evidence.clear()
        while self._heap and self._heap[0][0] <= at:
            who = heapq.heappop(self._heap)[1]
            deadline = self._deadline(who, lost_s)
            if deadline > at:
                heapq.heappush(self._heap, (deadline, who))
            else:
                overdue.append(who)
        news: list[Late | NetworkSilent | NetworkBack] = []
        for who in overdue:
            silent_for_s = at - self._heard[who].at
            if who not in self._suspected:
                news += self._suspect(who, at, lost_s)
            if who in self._suspected and not self._is_confirmed_silent(who, silent_for_s):
                # Looked at again: evidence against it may come.
                heapq.heappush(self._heap, (at + self._timeout_of(who) / 4, who))
            else:
                self._suspected.discard(who)
                self._late.add(who)
                news.append(Late(who, silent_for_s))
        if self._silent and not self._suspected:
            self._silent = False
            news.append(NetworkBack())
        return news

    def _timeout_of(self, who: Watched) -> float:
        return self._timeouts.get(who[2], self._timeout_s)

    def _deadline(self, who: Watched, lost_s: float) -> float:
        heard = self._heard[who]
        return heard.at + self._timeout_of(who) + lost_s - heard.lost_s

    def _suspect(self, who: Watched, at: float, lost_s: float) -> list[NetworkSilent]:
        """
        Suspect the network if more than half of the processes fell silent with this node.

        At least three must be watched: two that wait for each other hang together.
        """
        silent = self._silent_with(who, at, lost_s)
        processes = {other[:2] for other in self._heard if other not in self._late}
        if len(processes) < 3 or 2 * len({other[:2] for other in silent}) <= len(processes):
            return []
        begins, self._silent = not self._silent, True
        self._suspected |= silent
        for other in silent:
            self._heard[other].excused = True
        return [NetworkSilent(len(silent), len(self._heard), at - self._heard[who].at)
                ] if begins else []

    def _silent_with(self, who: Watched, at: float, lost_s: float) -> set[Watched]:
        """Return who has been silent since about the same time, without an excuse before."""
        alive = {other: heard for other, heard in self._heard.items()
                 if other not in self._late and not heard.excused}
        if who not in alive:
            return set()
        own = alive[who]
        spread_s = (2 * max(heard.period_s for heard in alive.values())
                    + lost_s - min(heard.lost_s for heard in alive.values()))
        return {other for other, heard in alive.items()
                if abs(heard.at - own.at) <= spread_s and at - heard.at > 2 * heard.period_s
                and not self._is_confirmed_silent(other, at - heard.at)}

    def _is_confirmed_silent(self, who: Watched, silent_for_s: float) -> bool:
        """Look for evidence once in a turn: it means reading files."""
        if who not in self._evidence:
            self._evidence[who] = self._confirmed_silent(who, silent_for_s)
        return self._evidence[who]

    def _rebuild(self) -> None:
        self._heap = [(heard.at + self._timeout_of(who), who)
                      for who, heard in self._heard.items() if who not in self._late]
        heapq.heapify(self._heap)

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

"""How often an incident is told: at its beginning, ever more rarely, and when it gets worse."""

from __future__ import annotations

from dataclasses import dataclass

from nevil_health.alerts.views import AlertRules

__all__ = ['Telling']


@dataclass(kw_only=True, slots=True)
class Telling:
    """
    What listeners have heard of one incident.

    :param times: how often it was told, its end apart
    :param due: when it may be told again although nothing is new
    :param rank: the worst that was told
    :param flapping: that it flaps was told
    :param with_it: how many others it was told to stand for
    :param acknowledged: somebody knows: not told again unless it gets worse
    """

    times: int = 0
    due: float = 0.0
    rank: int = -1
    flapping: bool = False
    acknowledged: bool = False
    with_it: int = 0

    def first(self, at: float, rank: int, rules: AlertRules, *, flapping: bool) -> None:
        """Note that it is told for the first time."""
        self.flapping = flapping
        self._note(at, rank, rules)

    def again(self, at: float, rank: int, rules: AlertRules) -> bool:
        """Return whether the time for a repeat has come, and note it."""
        if self.acknowledged or at < self.due:
            return False
        self._note(at, rank, rules)
        return True

    def worse(self, at: float, rank: int, rules: AlertRules, *, flapping: bool) -> bool:
        """Return whether this is worse than what was told, and note it; ends "acknowledged"."""
        if rank <= self.rank:
            return False
        self.acknowledged = False
        self.flapping |= flapping
        self._note(at, rank, rules)
        return True

    def more(self, at: float, with_it: int, rank: int, rules: AlertRules) -> bool:
        """Return whether it stands for more than was told, and note it."""
        if with_it <= self.with_it:
            return False
        self.with_it = with_it
        self._note(at, rank, rules)
        return True

    def flaps(self, at: float, rank: int, rules: AlertRules) -> bool:
        """Return whether it is to be told that it flaps: once, and not on top of other news."""
        if self.flapping or self.acknowledged or (self.times > 1 and at < self.due):
            return False
        self.flapping = True
        self._note(at, rank, rules)
        return True

    def next_due(self, flapping: bool) -> float | None:
        """Return when it will be told although nothing is new, None if it will not."""
        if self.acknowledged or (flapping and self.flapping):
            return None
        return self.due

    def _note(self, at: float, rank: int, rules: AlertRules) -> None:
        self.due = at + min(rules.repeat_max_s, rules.repeat_s * 2.0 ** min(self.times, 30))
        self.times += 1
        self.rank = max(self.rank, rank)

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

"""When notifications are sent: at the beginning, ever more rarely, and when it gets worse."""

from __future__ import annotations

from dataclasses import dataclass

from nevil_health.alerts.views import AlertRules

__all__ = ['Notified']


@dataclass(kw_only=True, slots=True)
class Notified:
    """
    The notifications that were sent about one incident.

    :param times: their number, without that of its end
    :param due: when the next may be sent although nothing is new
    :param rank: the worst of them
    :param flapping: one of them said that it flaps
    :param with_it: how many others the last one included
    :param acknowledged: no more are sent unless it gets worse
    """

    times: int = 0
    due: float = 0.0
    rank: int = -1
    flapping: bool = False
    acknowledged: bool = False
    with_it: int = 0

    def first(self, at: float, rank: int, rules: AlertRules, *, flapping: bool) -> None:
        """Note the first one."""
        self.flapping = flapping
        self._note(at, rank, rules)

    def again(self, at: float, rank: int, rules: AlertRules) -> bool:
        """Return whether the time for a repeat has come, and note it."""
        if self.acknowledged or at < self.due:
            return False
        self._note(at, rank, rules)
        return True

    def worse(self, at: float, rank: int, rules: AlertRules, *, flapping: bool) -> bool:
        """Return whether this is worse than the last one, and note it; ends "acknowledged"."""
        if rank <= self.rank:
            return False
        self.acknowledged = False
        self.flapping |= flapping
        self._note(at, rank, rules)
        return True

    def more(self, at: float, with_it: int, rank: int, rules: AlertRules) -> bool:
        """Return whether it includes more than the last one, and note it."""
        if with_it <= self.with_it:
            return False
        self.with_it = with_it
        self._note(at, rank, rules)
        return True

    def flaps(self, at: float, rank: int, rules: AlertRules) -> bool:
        """Return whether one is due because it flaps: once, and not on top of other news."""
        if self.flapping or self.acknowledged or (self.times > 1 and at < self.due):
            return False
        self.flapping = True
        self._note(at, rank, rules)
        return True

    def next_due(self, flapping: bool) -> float | None:
        """Return when the next is due although nothing is new, None if none is."""
        if self.acknowledged or (flapping and self.flapping):
            return None
        return self.due

    def _note(self, at: float, rank: int, rules: AlertRules) -> None:
        self.due = at + min(rules.repeat_max_s, rules.repeat_s * 2.0 ** min(self.times, 30))
        self.times += 1
        self.rank = max(self.rank, rank)

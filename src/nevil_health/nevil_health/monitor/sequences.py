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
Which heartbeats were received before. Standard library only.

Whoever is in the ROS domain can record heartbeats and send them again, and would so hide that
their node hangs. What is remembered is bounded, whoever sends what.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict

__all__ = ['HeardBeats', 'Ranges']

# Beats are lost and overtaken now and then; a range for each gap, and a bound for a liar.
_MAX_RANGES = 32
_MAX_INSTANCES = 8


class Ranges:
    """
    Numbers, kept as ranges.

    The highest number alone would not do: one invented beat with a high number would silence the
    node, whose own numbers come after it and are lower.
    """

    def __init__(self) -> None:
        """Start with no number."""
        self._first: list[int] = []
        self._last: list[int] = []

    def add(self, number: int) -> bool:
        """Add a number; return whether it is new."""
        at = bisect_right(self._first, number)
        if at and number <= self._last[at - 1]:
            return False
        self._first.insert(at, number)
        self._last.insert(at, number)
        if at + 1 < len(self._first) and self._first[at + 1] == number + 1:
            self._join(at)
        if at and self._last[at - 1] == number - 1:
            self._join(at - 1)
        if len(self._first) > _MAX_RANGES:
            # What was lost between the two nearest ones counts as received.
            self._join(min(range(len(self._first) - 1),
                           key=lambda one: self._first[one + 1] - self._last[one]))
        return True

    def _join(self, at: int) -> None:
        """Join a range and the one that follows."""
        del self._first[at + 1], self._last[at]


class HeardBeats:
    """The numbers of the heartbeats of one node, for each instance that has sent some."""

    def __init__(self) -> None:
        """Start with no beat."""
        self._of: OrderedDict[str, Ranges] = OrderedDict()

    def add(self, instance: str, sequence: int) -> bool:
        """Add a beat; return whether it is new."""
        ranges = self._of.get(instance)
        if ranges is None:
            if len(self._of) >= _MAX_INSTANCES:
                self._of.popitem(last=False)
            ranges = self._of[instance] = Ranges()
        self._of.move_to_end(instance)
        return ranges.add(sequence)

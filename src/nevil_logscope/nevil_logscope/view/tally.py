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

"""Counts of what has come: by node and level, the newest of each, and how many a second."""

from __future__ import annotations

from collections import deque

from nevil_logscope.store import Batch
from nevil_logscope.view.theme import LEVEL_NAMES
import numpy as np

__all__ = ['Tally']

_LEVELS = len(LEVEL_NAMES)
_WINDOW_S = 60.0


class Tally:
    """
    What has come since the start, or since it was cleared.

    ``counts[node, level]`` is how many, ``newest[node, level]`` the newest time in ns, 0 for none.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.counts = np.zeros((0, _LEVELS), np.int64)
        self.newest = np.zeros((0, _LEVELS), np.int64)
        self.received = 0
        self._arrivals: deque[tuple[float, int]] = deque()

    def add(self, batch: Batch, now_s: float) -> None:
        """Count a batch; ``now_s`` is monotonic."""
        if not len(batch):
            return
        nodes = max(len(self.counts), int(batch.node.max()) + 1)
        if nodes > len(self.counts):
            more = ((0, nodes - len(self.counts)), (0, 0))
            self.counts, self.newest = np.pad(self.counts, more), np.pad(self.newest, more)
        keys = batch.node.astype(np.int64) * _LEVELS + batch.level
        self.counts += np.bincount(keys, minlength=nodes * _LEVELS).reshape(nodes, _LEVELS)
        np.maximum.at(self.newest.reshape(-1), keys, batch.at_ns)
        self.received += len(batch)
        self._arrivals.append((now_s, len(batch)))
        while self._arrivals[0][0] < now_s - _WINDOW_S:
            self._arrivals.popleft()

    def levels(self) -> list[int]:
        """Return how many there are of each level."""
        return [int(count) for count in self.counts.sum(axis=0)]

    def rate(self, now_s: float, over_s: float) -> float:
        """Return entries a second over the last seconds, a minute at most."""
        return sum(count for at_s, count in self._arrivals if at_s >= now_s - over_s) / over_s

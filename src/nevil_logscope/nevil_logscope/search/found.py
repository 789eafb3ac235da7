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

"""The ids that a search has found, growing at both ends."""

from __future__ import annotations

from collections import deque

from nevil_logscope.store import Added
from nevil_logscope.store import Column
import numpy as np

__all__ = ['Found']


class Found:
    """Ascending ids in pieces, joined when they are asked for."""

    def __init__(self) -> None:
        self._pieces: deque[Column] = deque()
        self.count = 0

    def add_newer(self, ids: Column) -> None:
        """Add ids above all others."""
        if len(ids):
            self._pieces.append(ids)
            self.count += len(ids)

    def add_older(self, ids: Column) -> None:
        """Add ids below all others."""
        if len(ids):
            self._pieces.appendleft(ids)
            self.count += len(ids)

    def move(self, change: Added, late: Column) -> None:
        """Give ids the numbers that they have now, and add late ones among them."""
        ids = np.sort(np.concatenate([change.now(self.since(0)), late]))
        self._pieces = deque([ids] if len(ids) else [])
        self.count = len(ids)

    def since(self, first: int) -> Column:
        """Return the ids from this one on; those below are dropped."""
        while self._pieces and self._pieces[0][0] < first:
            piece = self._pieces.popleft()
            left = piece[np.searchsorted(piece, first):]
            self.count -= len(piece) - len(left)
            if len(left):
                self._pieces.appendleft(left)
        if not self._pieces:
            return np.empty(0, np.int64)
        if len(self._pieces) > 1:
            joined = np.concatenate(self._pieces)
            self._pieces = deque([joined])
        return self._pieces[0]

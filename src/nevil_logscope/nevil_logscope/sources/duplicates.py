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

"""The same record from /rosout and from a file is one entry."""

from __future__ import annotations

from collections import Counter
from collections import deque

from nevil_logscope.store import Batch
import numpy as np

__all__ = ['Duplicates']

# /rosout repeats up to 1000 messages of each node when one begins to listen.
_REMEMBERED = 100_000
_MS = 1_000_000
_Key = tuple[int, int, bytes]


class Duplicates:
    """
    Pairs each record of one side with at most one of the other.

    So a record that was really logged twice stays twice, and it does not matter which side is
    first. They are the same if node, text and time (to the millisecond or its neighbour) are.

    :param live: number of the source that repeats what others have (/rosout)
    """

    def __init__(self, live: int) -> None:
        self._live = live
        self._unpaired: tuple[Counter[_Key], Counter[_Key]] = (Counter(), Counter())
        self._order: deque[tuple[int, _Key]] = deque()
        # What files have given until /rosout is heard: it costs nothing where that never is.
        self._before: deque[Batch] | None = deque()
        self.found = 0

    def without(self, batch: Batch) -> Batch:
        """Return the batch, all of one source, without what the other side has given already."""
        side = int(len(batch) > 0 and int(batch.source[0]) == self._live)
        if self._before is not None:
            if not side:
                self._before.append(batch)
                while sum(map(len, self._before)) - len(self._before[0]) > _REMEMBERED:
                    self._before.popleft()
                return batch
            before, self._before = self._before, None
            for earlier in before:
                self.without(earlier)
        keep = np.ones(len(batch), bool)
        for row, key in enumerate(_keys(batch)):
            if self._pair(key, 1 - side):
                keep[row] = False
            else:
                self._unpaired[side][key] += 1
                self._order.append((side, key))
        while len(self._order) > _REMEMBERED:
            self._forget(*self._order.popleft())
        self.found += len(batch) - int(keep.sum())
        return batch if keep.all() else batch.take(np.flatnonzero(keep))

    def _pair(self, key: _Key, other: int) -> bool:
        unpaired = self._unpaired[other]
        at_ms, node, text = key
        for near in (key, (at_ms - 1, node, text), (at_ms + 1, node, text)):
            if unpaired.get(near, 0) > 0:
                unpaired[near] -= 1
                if not unpaired[near]:
                    del unpaired[near]
                return True
        return False

    def _forget(self, side: int, key: _Key) -> None:
        unpaired = self._unpaired[side]
        if unpaired.get(key, 0) > 1:
            unpaired[key] -= 1
        else:
            unpaired.pop(key, None)


def _keys(batch: Batch) -> list[_Key]:
    return list(zip((batch.at_ns // _MS).tolist(), batch.node.tolist(), batch.texts()))

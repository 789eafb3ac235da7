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

_KEEP_NS = 10_000_000_000
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
        self._ages: deque[tuple[int, int, _Key]] = deque()
        self._from_ns: int | None = None
        self.found = 0

    def without(self, batch: Batch) -> Batch:
        """Return the batch without records that the other side has given already."""
        side = int(len(batch) > 0 and int(batch.source[0]) == self._live)
        if side and self._from_ns is None and len(batch):
            self._from_ns = int(batch.at_ns.min())
        if self._from_ns is None and not side:
            return self._remember_all(batch)
        keep = np.ones(len(batch), bool)
        for row, key in enumerate(_keys(batch)):
            if self._pair(key, 1 - side):
                keep[row] = False
            else:
                self._unpaired[side][key] += 1
                self._ages.append((int(batch.at_ns[row]), side, key))
        self._forget(int(batch.at_ns.max()) if len(batch) else 0)
        self.found += len(batch) - int(keep.sum())
        return batch if keep.all() else batch.take(np.flatnonzero(keep))

    def _remember_all(self, batch: Batch) -> Batch:
        """Remember the newest of a file, in case /rosout is heard soon."""
        newest = np.flatnonzero(batch.at_ns > batch.at_ns.max(initial=0) - _KEEP_NS)[-2000:]
        if len(newest):
            recent = batch.take(newest) if len(newest) < len(batch) else batch
            for at_ns, key in zip(recent.at_ns.tolist(), _keys(recent)):
                self._unpaired[0][key] += 1
                self._ages.append((at_ns, 0, key))
            self._forget(int(recent.at_ns.max()))
        return batch

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

    def _forget(self, now_ns: int) -> None:
        """Forget what is too old to be repeated."""
        while self._ages and (self._ages[0][0] < now_ns - _KEEP_NS or len(self._ages) > 200_000):
            _, side, key = self._ages.popleft()
            unpaired = self._unpaired[side]
            if unpaired.get(key, 0) > 1:
                unpaired[key] -= 1
            else:
                unpaired.pop(key, None)


def _keys(batch: Batch) -> list[_Key]:
    return list(zip((batch.at_ns // _MS).tolist(), batch.node.tolist(), batch.texts()))

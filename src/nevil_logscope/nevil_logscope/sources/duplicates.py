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

"""The same record from a node's file, from the log of launch and from /rosout is one entry."""

from __future__ import annotations

from collections import Counter
from collections import deque
import os
import re
from typing import NamedTuple

from nevil_logscope.store import Batch
from nevil_logscope.store import Column
from nevil_logscope.store import Names
from nevil_nodes.logs.bag import is_bag
import numpy as np

__all__ = ['Amendment', 'Duplicates']

# /rosout repeats up to 1000 messages of each node when one begins to listen.
_REMEMBERED = 100_000
_MS = 1_000_000
_FILES, _OUTPUT, _LAUNCH, _ROSOUT = range(4)
_GROUPS = 4
# Where launch keeps what one process prints: `talker-1-stdout.log`, `talker-1.log`.
_OUTPUT_NAME = re.compile(r'.+-\d+(?:-std(?:out|err))?\.log')
_Key = tuple[int, int, bytes]


class Amendment(NamedTuple):
    """What a record that is there already says better: its component."""

    at_ns: int
    node: int
    text: bytes
    component: int


class Duplicates:
    """
    Keeps of each record as many as the group has that has most of it.

    The groups are the nodes' own files, launch's files of what processes print, its log, which
    repeats that, and /rosout, live or in a bag. So a record that was really logged twice stays
    twice, and it does not matter which group is first. Records are the same if node, text and time
    (to the millisecond or its neighbour) are. The component is the one that the first of these
    groups knows.

    :param rosout: the name of that source
    """

    def __init__(self, names: Names, rosout: str) -> None:
        self._names = names
        self._rosout = names.sources.number(rosout)
        self._groups: dict[int, int] = {}
        self._seen: tuple[Counter[_Key], ...] = tuple(Counter() for _ in range(_GROUPS))
        self._shown: Counter[_Key] = Counter()
        # Group and number of the component of what is shown, where there is one.
        self._components: dict[_Key, tuple[int, int]] = {}
        self._order: deque[tuple[int, _Key, bool]] = deque()
        # What one group has given until another gives something: no cost if that never happens.
        self._before: deque[tuple[int, Batch]] | None = deque()
        self.found = 0

    def without(self, batch: Batch) -> tuple[Batch, list[Amendment]]:
        """Return a batch, all of one origin, without what others have given; and what changes."""
        if not len(batch):
            return batch, []
        group = self._group_of(batch)
        if self._before is not None:
            if all(other == group for other, _ in self._before):
                self._before.append((group, batch))
                while sum(len(one) for _, one in self._before) - len(
                        self._before[0][1]) > _REMEMBERED:
                    self._before.popleft()
                return batch, []
            before, self._before = self._before, None
            for other, earlier in before:
                self._sift(other, earlier)
        keep, amendments = self._sift(group, batch)
        while len(self._order) > _REMEMBERED * _GROUPS:
            self._forget(*self._order.popleft())
        self.found += len(batch) - int(keep.sum())
        return (batch if keep.all() else batch.take(np.flatnonzero(keep))), amendments

    def _group_of(self, batch: Batch) -> int:
        if int(batch.source[0]) == self._rosout:
            return _ROSOUT
        origin = int(batch.origin[0])
        if origin not in self._groups:
            name = os.path.basename(self._names.origins.names[origin])
            self._groups[origin] = (
                _ROSOUT if is_bag(name) else _LAUNCH if name.startswith('launch.log')
                else _OUTPUT if _OUTPUT_NAME.fullmatch(name) else _FILES)
        return self._groups[origin]

    def _sift(self, group: int, batch: Batch) -> tuple[Column, list[Amendment]]:
        keep = np.ones(len(batch), bool)
        amendments = []
        for row, key in enumerate(_keys(batch)):
            component = int(batch.component[row])
            same = self._same(key, group)
            if same is None:
                self._shown[key] += 1
                if component:
                    self._components[key] = (group, component)
            else:
                keep[row] = False
                known = self._components.get(same, (_GROUPS, 0))
                if component and group < known[0]:
                    self._components[same] = (group, component)
                    amendments.append(Amendment(int(batch.at_ns[row]), key[1], key[2], component))
            self._seen[group][same or key] += 1
            self._order.append((group, same or key, same is None))
        return keep, amendments

    def _same(self, key: _Key, group: int) -> _Key | None:
        """Return the key under which others have given more of a record than this group."""
        at_ms, node, text = key
        seen, shown = self._seen[group], self._shown
        for near in (key, (at_ms - 1, node, text), (at_ms + 1, node, text)):
            if shown.get(near, 0) > seen.get(near, 0):
                return near
        return None

    def _forget(self, group: int, key: _Key, shown: bool) -> None:
        _drop(self._seen[group], key)
        if shown:
            _drop(self._shown, key)
            if key not in self._shown:
                self._components.pop(key, None)


def _drop(counts: Counter[_Key], key: _Key) -> None:
    if counts.get(key, 0) > 1:
        counts[key] -= 1
    else:
        counts.pop(key, None)


def _keys(batch: Batch) -> list[_Key]:
    return list(zip((batch.at_ns // _MS).tolist(), batch.node.tolist(), batch.texts()))

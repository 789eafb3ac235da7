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

"""The patterns of what is in the store: what one run, or one range of time, has beside another."""

from __future__ import annotations

import re

from nevil_logscope.search.overview import flagged
from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NAMES
from nevil_logscope.store import LINE_BREAK
from nevil_logscope.store import Segment
from nevil_logscope.store import Store
from nevil_nodes.logs import Flag
from nevil_nodes.logs.patterns import ANY
from nevil_nodes.logs.patterns import BINS
from nevil_nodes.logs.patterns import LONGEST
from nevil_nodes.logs.patterns import masked_message
from nevil_nodes.logs.patterns import minutes_between
from nevil_nodes.logs.patterns import Run
from nevil_nodes.logs.patterns import Tally
import numpy as np

__all__ = ['last_starts', 'pattern_regex', 'PatternFinder']

_DIGITS = b'0123456789'
_MOST = 200_000
_LEVELS, _NODES = 8, 1 << 16
_STARTS = 'supervising '


class PatternFinder:
    """Counts patterns of entries; what it has taken apart once it knows."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # By the text without its digits: the number of its pattern.
        self._known: dict[bytes, int] = {}
        self._patterns: list[str] = []
        self._numbers: dict[str, int] = {}

    def run(self, first: int, stop: int) -> Run:
        """Return what the entries from an id to before another say."""
        parts = [self._codes(segment, max(0, first - segment.first_id),
                             min(segment.count, stop - segment.first_id))
                 for segment in self._store.segments
                 if segment.first_id < stop and segment.next_id > first]
        if not parts:
            return Run(minutes_between(0, 0), {})
        codes, at_ns = (np.concatenate(columns) for columns in zip(*parts))
        begin = int(at_ns[0])
        width = max(1, -(-(int(at_ns[-1]) - begin + 1) // BINS))
        bins = np.clip((at_ns - begin) // width, 0, BINS - 1)
        found, places, kinds, counts = np.unique(
            codes, return_index=True, return_inverse=True, return_counts=True)
        trends = np.bincount(kinds * BINS + bins, minlength=len(found) * BINS).reshape(-1, BINS)
        names = self._store.names.nodes.names
        tallies = {}
        for code, place, count, trend in zip(
                found.tolist(), places.tolist(), counts.tolist(), trends.tolist()):
            key = (names[code // _LEVELS % _NODES], LEVEL_NAMES[code % _LEVELS],
                   self._patterns[code // _LEVELS // _NODES])
            tallies[key] = Tally(count, tuple(trend), self._store.entry(first + place).message)
        return Run(minutes_between(begin, int(at_ns[-1])), tallies)

    def _codes(self, segment: Segment, start: int, stop: int) -> tuple[Column, Column]:
        """Return pattern, node and level of entries as one number each, and their times."""
        bounds = segment.bounds
        text = bytes(segment.text[int(bounds[start]):int(bounds[stop])])
        short = text.translate(None, _DIGITS).split(b'\n')[:-1]
        if len(self._known) > _MOST:
            self._known.clear()
        get = self._known.get
        numbers = [get(one, -1) for one in short]
        if -1 in numbers:
            for row, number in enumerate(numbers):
                if number < 0:
                    numbers[row] = self._number(short[row], segment.text_of(start + row))
        rows = slice(start, stop)
        codes = (np.array(numbers, np.int64) * _NODES + segment.node[rows]) * _LEVELS
        return codes + segment.level[rows], segment.at_ns[rows].copy()

    def _number(self, short: bytes, text: bytes) -> int:
        if short not in self._known:
            message = text.decode('utf-8', 'replace')[:LONGEST].replace(LINE_BREAK, '\n')
            pattern = masked_message(message)
            number = self._numbers.setdefault(pattern, len(self._patterns))
            if number == len(self._patterns):
                self._patterns.append(pattern)
            self._known[short] = number
        return self._known[short]


def last_starts(store: Store) -> list[int]:
    """Return the ids of the last two starts of a system, or of fewer."""
    found: list[int] = []
    for one in flagged(store, Flag.START)[::-1].tolist():
        if store.entry(one).message.startswith(_STARTS):
            found.insert(0, one)
            if len(found) == 2:
                break
    return found


def pattern_regex(pattern: str) -> str:
    """Return the regular expression that finds the messages of a pattern."""
    return '^' + '.*?'.join(map(re.escape, pattern.split(ANY)))

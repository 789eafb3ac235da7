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
Messages as patterns: what varies (numbers, ids, paths) is taken out, what stays is counted.

A pattern is found by two look-ups for most messages: the message without its digits is looked up,
and only one that was not met before is taken apart. Log miners that learn templates by similarity
take some tens of microseconds a message and may give one message another pattern tomorrow; with
this rule a pattern of two runs is the same one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
import re
from typing import NamedTuple

from nevil_nodes.lazy_dataclass import dataclass
from nevil_nodes.logs.record import LEVELS
from nevil_nodes.logs.record import Record

__all__ = ['ANY', 'BINS', 'Found', 'LONGEST', 'masked_message', 'minutes_between', 'PatternCount',
           'patterns', 'Run', 'Tally']

ANY = '*'
BINS = 8
# More of a message says nothing about its pattern.
LONGEST = 300
_MOST = 200_000
_NO_DIGITS = str.maketrans('', '', '0123456789')
_VARIES = re.compile(
    r'\b0x[0-9a-fA-F]+\b|\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b'
    r'|\b(?=[a-f]*[0-9])[0-9a-f]{7,}\b|(?<![\w.*/])~?/?(?:[\w.+-]+/)+[\w.+-]+|(?<![\w*])/[\w.+-]+'
    r'|[-+]?\d+(?:[.,:]\d+)*(?:[eE][-+]?\d+)?')
# A rate that has grown this much is reported.
_JUMP = 10.0
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Found:
    """
    One pattern of the newest run.

    :param before: how often it was there in the run before
    :param per_minute: its rate now; ``growth`` is that divided by the rate before, 0 where it is
        new or is compared with nothing
    :param trend: its counts in eight parts of the time
    """

    node: str
    level: str
    pattern: str
    count: int
    before: int
    per_minute: float
    growth: float
    new: bool
    trend: tuple[int, ...]
    example: str

    @property
    def mark(self) -> str:
        """Return what is to be said of it: ``new``, ``x120``, or nothing."""
        if self.new:
            return 'new'
        return f'x{self.growth:.0f}' if self.growth >= _JUMP else ''


class Tally(NamedTuple):
    """
    How often a pattern is in a run.

    :param many: how often (``count`` is a method of tuples)
    :param trend: its counts in ``BINS`` parts of the time
    """

    many: int
    trend: tuple[int, ...]
    example: str


class Run(NamedTuple):
    """
    What was said in some time.

    :param tallies: by node, level and pattern
    """

    minutes: float
    tallies: dict[tuple[str, str, str], Tally]


class PatternCount:
    """Counts the patterns of one run."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], list[int]] = {}
        self._times: list[int] = []
        self._examples: dict[tuple[str, str, str], str] = {}
        self._known: dict[str, str] = {}

    def add(self, records: Iterable[Record]) -> None:
        """Count records, in order of time."""
        known, counts, times = self._known, self._counts, self._times
        for record in records:
            message = record.message[:LONGEST]
            short = message.translate(_NO_DIGITS)
            pattern = known.get(short)
            if pattern is None:
                if len(known) >= _MOST:
                    known.clear()
                pattern = known[short] = masked_message(message)
            key = (record.node, record.level, pattern)
            places = counts.get(key)
            if places is None:
                places = counts[key] = []
                self._examples[key] = record.message
            places.append(len(times))
            times.append(record.at_ns)

    def run(self) -> Run:
        """Return what was counted."""
        times = self._times
        first, last = (times[0], times[-1]) if times else (0, 0)
        width = max(1, -(-(last - first + 1) // BINS))
        bins = [min(BINS - 1, max(0, (at_ns - first) // width)) for at_ns in times]
        tallies = {}
        for key, places in self._counts.items():
            trend = Counter(map(bins.__getitem__, places))
            tallies[key] = Tally(
                len(places), tuple(trend[number] for number in range(BINS)), self._examples[key])
        return Run(minutes_between(first, last), tallies)


def minutes_between(first_ns: int, last_ns: int) -> float:
    """Return how long a run took, a second at least; 0 is no time."""
    span_ns = last_ns - first_ns if first_ns and last_ns else 0
    return max(1.0, span_ns / _SECOND_NS) / 60


def masked_message(message: str) -> str:
    """Return the pattern of a message: its first line without what varies."""
    return _VARIES.sub(ANY, message.partition('\n')[0]).strip()


def patterns(now: Run, before: Run | None = None) -> list[Found]:
    """
    Return what there is now, new patterns first, then those that have become frequent.

    :param before: the run that it is compared with; None is none
    """
    found = []
    for key, tally in now.tallies.items():
        node, level, pattern = key
        known = before.tallies.get(key) if before is not None else None
        earlier = known.many if known is not None else 0
        rate = tally.many / now.minutes
        growth = rate / (earlier / before.minutes) if before is not None and earlier else 0.0
        found.append(Found(
            node, level, pattern, tally.many, earlier, rate, growth,
            before is not None and not earlier, tally.trend, tally.example))
    return sorted(found, key=_worth)


def _worth(one: Found) -> tuple[bool, bool, int, int]:
    return (not one.new, one.growth < _JUMP, -LEVELS[one.level] if one.mark else 0, -one.count)

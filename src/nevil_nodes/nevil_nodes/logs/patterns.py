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

from collections.abc import Iterable
import re

from nevil_nodes.lazy_dataclass import dataclass
from nevil_nodes.logs.record import LEVELS
from nevil_nodes.logs.record import Record

__all__ = ['ANY', 'BINS', 'Found', 'masked_message', 'PatternCount', 'patterns']

ANY = '*'
BINS = 8
_LONGEST = 300
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


class PatternCount:
    """Counts the patterns of one run."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str, str], list[int]] = {}
        self.times: list[int] = []
        self.examples: dict[tuple[str, str, str], str] = {}
        self._known: dict[str, str] = {}

    def add(self, records: Iterable[Record]) -> None:
        """Count records, in order of time."""
        known, counts, times = self._known, self.counts, self.times
        for record in records:
            message = record.message[:_LONGEST]
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
                self.examples[key] = record.message
            places.append(len(times))
            times.append(record.at_ns)

    @property
    def minutes(self) -> float:
        """Return how long the run took, a second at least."""
        known = [at_ns for at_ns in (self.times[:1] + self.times[-1:]) if at_ns]
        span_ns = known[-1] - known[0] if len(known) > 1 else 0
        return max(1.0, span_ns / _SECOND_NS) / 60


def masked_message(message: str) -> str:
    """Return the pattern of a message: its first line without what varies."""
    return _VARIES.sub(ANY, message.partition('\n')[0]).strip()


def patterns(now: PatternCount, before: PatternCount | None = None) -> list[Found]:
    """
    Return what there is now, new patterns first, then those that have become frequent.

    :param before: the run that it is compared with; None is none
    """
    found = []
    for key, places in now.counts.items():
        node, level, pattern = key
        earlier = len(before.counts.get(key, ())) if before is not None else 0
        rate = len(places) / now.minutes
        growth = rate / (earlier / before.minutes) if before is not None and earlier else 0.0
        found.append(Found(
            node, level, pattern, len(places), earlier, rate, growth,
            before is not None and not earlier, _trend(places, now.times), now.examples[key]))
    return sorted(found, key=_worth)


def _worth(one: Found) -> tuple[bool, bool, int, int]:
    return (not one.new, one.growth < _JUMP, -LEVELS[one.level] if one.mark else 0, -one.count)


def _trend(places: list[int], times: list[int]) -> tuple[int, ...]:
    first, last = times[0], times[-1]
    width = max(1, -(-(last - first + 1) // BINS))
    bins = [0] * BINS
    for place in places:
        bins[min(BINS - 1, max(0, (times[place] - first) // width))] += 1
    return tuple(bins)

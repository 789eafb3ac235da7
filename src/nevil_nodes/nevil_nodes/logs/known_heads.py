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
Heads that differ from one understood before in their times alone.

To understand a head costs up to 200 us, and a file has few of them. So what stands before, between
and after the times is kept with what it says, and from then on found by three look-ups.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from nevil_nodes.logs.heads import Head
from nevil_nodes.logs.heads import without_process
from nevil_nodes.logs.level_words import LEVEL_PATTERN
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.stamps import Clock

__all__ = ['GOES_ON', 'KnownHeads', 'SECONDS', 'masked']

_MOST = 5000
_MOST_CLASSES = 6
_MOST_STAMPS = 2
# To try costs as much as to understand; where it fails so often it is tried now and then.
_PATIENCE = 50
# A head's times stand within so many characters of what is before them.
_FAR = 160
_LONGEST_MASKED = 300
# By its mask, a head without a time looks like one with a time that does not exist.
_FEW_DIGITS = 6
# Starts of a message that might belong to the head: they are part of what is looked up.
GOES_ON = re.compile(
    rf'[ \t|:;,~>-]+|[\[(<][^\[\]()<>\n]*[\])>]?|[{{"]|\d+[ \t#]|{LEVEL_PATTERN}(?![\w.])\S? ?|'
    r'[\w./+-]*\.(?:py|cpp|cc|c|hpp|h|hh|cxx|rs|js|go|java)(?![\w])|[\w./:@~$-]+:[\w<>]+:\d+ - ')
_STAMP_START = re.compile(r'(?<![\w.])[A-Z\d]')
_LEVEL = re.compile(rf'(?<![A-Za-z]){LEVEL_PATTERN}(?![a-z])|\b[A-Z]\b')
_DIGITS = str.maketrans('123456789', '000000000')
# A time that ends with seconds: what is before them, they, their fraction and the zone.
SECONDS = re.compile(r'(.*?\d\d:\d\d:)(\d\d)(?:[.,](\d{1,9}))?((?: ?[A-Z+-][\w:]*)?)', re.ASCII)
_SINCE_1970 = re.compile(r'(\d{9,10})[.,](\d{1,9})', re.ASCII)
_HOUR_S = 3600


class KnownHead(NamedTuple):
    """
    What a head says.

    :param head: without its times and its message
    :param of_record: which of the times is the record's, -1 for none; ``printed`` is launch's
    """

    head: Head
    record: Record
    of_record: int
    printed: int


class KnownHeads:
    """
    The heads of one file.

    :param clock: how its times are read
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # By what is before the times (each as `\0`), after them, and may be more of the head.
        self.heads: dict[tuple[str, str, str], KnownHead] = {}
        # How times are written: patterns.
        self.classes: list[str] = []
        self._lengths: dict[str, list[int]] = {}
        self._search = re.compile('(?!)').search
        self._minutes: dict[tuple[str, str], int | None] = {}
        self._headless: set[str] = set()
        # How often in a row a head was of no use.
        self._in_vain = 0

    def set_clock(self, clock: Clock) -> None:
        """Read times as this clock does from now on."""
        if clock.near_s is None or self._clock.near_s is None or (
                abs(clock.near_s - self._clock.near_s) > _HOUR_S):
            self._minutes.clear()  # a time of day means another day now
        if clock.named != self._clock.named:
            self.forget()
        self._clock = clock

    def forget(self) -> None:
        """Understand all heads anew."""
        self.heads.clear()
        self._lengths.clear()
        self._headless.clear()

    def find(self, line: str) -> Head | None:
        """Return how a line starts, None where that is not known."""
        if not self.heads and not self._headless:
            return None
        key, at = '', 0
        matches: list[re.Match[str]] = []
        while True:
            lengths = self._lengths.get(key)
            if lengths is not None and (found := self._look_up(line, key, at, lengths)):
                return self._made(line, *found, matches)
            match = self._search(line, at, at + _FAR) if len(matches) < _MOST_STAMPS else None
            if match is None:
                return self._without_head(line)
            key += line[at:match.start()] + '\0'
            at = match.end()
            matches.append(match)

    def remember(self, line: str, head: Head) -> None:
        """Keep how a line starts."""
        if len(self.heads) + len(self._headless) > _MOST:
            self.forget()
        if head.record is None:
            if len(line) <= _LONGEST_MASKED and head.sure and _few_digits(head.rest):
                self._headless.add(masked(head.rest))
        elif self._in_vain < _PATIENCE or self._in_vain % _PATIENCE == 0:
            known = len(self.heads)
            if self._is_plain(line, head):
                self._remember(line, head, head.record)
            self._in_vain = self._in_vain + 1 if len(self.heads) == known else 0
        else:
            self._in_vain += 1

    def _is_plain(self, line: str, head: Head) -> bool:
        """Return whether a record is what follows a head that says all."""
        record = head.record
        assert record is not None
        if not line.endswith(record.message) or '\x1b' in line[:80] or not head.sure:
            return False
        if head.known:
            return True
        leveled = _LEVEL.search(line, 0, len(line) - len(record.message))
        return leveled is not None and (bool(record.node) or not self._clock.named)

    def _remember(self, line: str, head: Head, record: Record) -> None:
        end = len(line) - len(record.message)
        stamps = self._stamps_in(line, end)
        times = [at_ns for _, _, at_ns in stamps]
        if (times or record.at_ns) and record.at_ns not in times or (
                head.at_ns and head.at_ns not in times) or len(stamps) > _MOST_STAMPS:
            return
        for start, stop, _ in stamps:
            if not self._add_class(line[start:stop], line[:start]):
                return
        key, at = '', 0
        for start, stop, _ in stamps:
            match = self._search(line, at, at + _FAR)
            if match is None or match.span() != (start, stop):
                return
            key, at = key + line[at:start] + '\0', stop
        more = GOES_ON.match(line, end)
        known = KnownHead(
            head._replace(record=None, rest='', at_ns=0), record._replace(at_ns=0, message=''),
            len(times) - 1 - times[::-1].index(record.at_ns) if times else -1,
            times.index(head.at_ns) if head.at_ns else -1)
        self.heads[key, line[at:end], masked(more[0]) if more else ''] = known
        self._lengths[key] = sorted({end - at, *self._lengths.get(key, ())}, reverse=True)

    def _stamps_in(self, line: str, end: int) -> list[tuple[int, int, int]]:
        """Return start, end and meaning of the times in a head."""
        found, at = [], 0
        while match := _STAMP_START.search(line, at, end):
            stamp = self._clock.read(line, match.start())
            if stamp is not None and stamp.end <= end:
                found.append((match.start(), stamp.end, stamp.at_ns))
                at = stamp.end
            else:
                at = match.end()
        return found

    def _add_class(self, text: str, before: str) -> bool:
        """Find times that are written as this one too; return whether that can be."""
        if text[2:3] == ':' and any('0' <= sign <= '9' for sign in before):
            return False  # a time of day of a date that stands before it
        shape = re.sub('[A-Z][a-z]{2}', '[A-Z][a-z]{2}',
                       re.sub(r'\d', r'\\d', re.escape(text).replace(r'\ ', ' ')))
        if shape not in self.classes:
            if len(self.classes) >= _MOST_CLASSES:
                return False
            self.classes.append(shape)
            longest = sorted(self.classes, key=len, reverse=True)
            self._search = re.compile(
                rf'(?<![\w.])(?:{"|".join(longest)})(?![\d.])', re.ASCII).search
        return True

    def _look_up(
        self, line: str, key: str, at: int, lengths: list[int],
    ) -> tuple[KnownHead, int] | None:
        get = self.heads.get
        for length in lengths:
            end = at + length
            between = line[at:end]
            more = GOES_ON.match(line, end)
            known = get((key, between, masked(more[0]) if more else ''))
            if known is not None:
                return known, end
        return None

    def _made(
        self, line: str, known: KnownHead, end: int, matches: list[re.Match[str]],
    ) -> Head | None:
        at_ns = 0
        if known.of_record >= 0:
            time = self.time(matches[known.of_record][0])
            if time is None:
                return None
            at_ns = time
        head, record = known.head, known.record
        printed = (self.time(matches[known.printed][0]) or 0) if known.printed >= 0 else 0
        made = Record(at_ns, record.level, record.node, record.component, line[end:])
        return Head(made, head.process, '', printed, head.sure, head.known)

    def _without_head(self, line: str) -> Head | None:
        """Return a line that has none, if such a line is known."""
        if not self._headless or len(line) > _LONGEST_MASKED:
            return None
        process, at_ns, rest = without_process(line)
        if masked(rest) in self._headless:
            return Head(None, process, rest, at_ns)
        return None

    def time(self, text: str) -> int | None:
        """Return what a time means."""
        if match := SECONDS.fullmatch(text):
            before, second, fraction, zone = match.groups()
            base = self.minute(before, zone)
            if base is None or second >= '60':
                return None
            return base + int((second + (fraction or '')).ljust(11, '0'))
        if match := _SINCE_1970.fullmatch(text):
            return int(match[1] + match[2].ljust(9, '0'))
        stamp = self._clock.read(text)
        return stamp.at_ns if stamp and stamp.end == len(text) else None

    def minute(self, before: str, zone: str) -> int | None:
        """Return when a minute begins: it is understood once."""
        key = (before, zone)
        if key not in self._minutes:
            if len(self._minutes) > _MOST:
                self._minutes.clear()
            text = f'{before}00{zone}'
            stamp = self._clock.read(text)
            self._minutes[key] = stamp.at_ns if stamp and stamp.end == len(text) else None
        return self._minutes[key]


def masked(text: str) -> str:
    """Return a text with one digit for all of them."""
    return text.translate(_DIGITS)


def _few_digits(text: str) -> bool:
    return sum('0' <= sign <= '9' for sign in text) < _FEW_DIGITS

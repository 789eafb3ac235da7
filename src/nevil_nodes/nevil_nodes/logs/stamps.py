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

"""Times as they are in logs: dates, seconds to nanoseconds since 1970, times without a year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import tzinfo
from functools import lru_cache
import re
import time
from typing import NamedTuple

from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Clock', 'seconds_of']

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UTC_LABELS = frozenset({'Z', 'UTC', 'GMT'})
_SECOND_NS = 1_000_000_000
_DAY_S = 86_400
_MONTHS = {name: number for number, name in enumerate(
    'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(), 1)}
_MONTH = '|'.join(_MONTHS)
_DAY_NAME = r'(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?'
_CLOCK = r'(\d\d):(\d\d):(\d\d)(?:[.,:](\d{1,9}))?'
# `Z`, `+01:00`, `-0500`, `UTC`; EST and the like are labels of this machine's time.
_ZONE = r'(?: ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?![\w:.])| ([A-Z]{1,3}T)(?![\w:.]))?'
_ISO = re.compile(
    _DAY_NAME + r'(\d{4})([-/]?)(\d\d)\2(\d\d)[T _-]' + _CLOCK + _ZONE, re.ASCII)
_COMPACT = re.compile(r'(\d{4})(\d\d)(\d\d)[T_-](\d\d)(\d\d)(\d\d)(?:[.,](\d{1,9}))?' + _ZONE,
                      re.ASCII)
_DAY_FIRST = re.compile(
    rf'(\d\d)([-./])(\d\d|{_MONTH})\2(\d{{4}})[ T:,]+{_CLOCK}(?: ([AP]M)\b)?' + _ZONE, re.ASCII)
_NO_YEAR = re.compile(
    rf'{_DAY_NAME}({_MONTH})[a-z]* +(\d\d?)(?:,? +(\d{{4}}))? +{_CLOCK}{_ZONE}'
    r'(?: (\d{4})(?!\S))?', re.ASCII)
_MONTH_DAY = re.compile(r'(\d\d)-(\d\d) ' + _CLOCK, re.ASCII)
_TIME_ONLY = re.compile(_CLOCK + r'(?![\w:])', re.ASCII)
_SINCE_1970 = re.compile(
    r'(\d{9,10})[.,](\d{1,9})(?![\w.])|(\d{10}|\d{13}|\d{16}|\d{19})(?![\w.])', re.ASCII)


class Stamp(NamedTuple):
    """
    A time in a line.

    :param end: where it ends
    """

    at_ns: int
    end: int


@dataclass(frozen=True)
class Clock:
    """
    What a file's times mean.

    :param zone: of times that carry none or a mere label such as ``EST``; None is this machine's
    :param near_s: seconds since 1970, about when the file was written last, for times without a
        date or a year; None is now
    :param named: whether a word and a colon after the level are the name of a logger there, and
        not how a message begins
    """

    zone: tzinfo | None = None
    near_s: float | None = None
    named: bool = True

    def read(self, text: str, start: int = 0) -> Stamp | None:
        """Return the time that stands at a place of a text, None where there is none."""
        first = text[start:start + 1]
        if '0' <= first <= '9':
            for pattern, meaning in _DIGITS:
                match = pattern.match(text, start)
                if match is not None:
                    at_ns = meaning(self, match)
                    return None if at_ns is None else Stamp(at_ns, match.end())
        elif 'A' <= first <= 'W':
            match = _NO_YEAR.match(text, start)
            if match is not None:
                at_ns = self._no_year(match)
            else:
                match = _ISO.match(text, start)
                at_ns = None if match is None else self._iso(match)
            if match is not None and at_ns is not None:
                return Stamp(at_ns, match.end())
        return None

    def _iso(self, match: re.Match[str]) -> int | None:
        year, _, month, day, hour, minute, second, fraction, zone, label = match.groups()
        return self._at(f'{year}-{month}-{day}', f'{hour}:{minute}:{second}', fraction,
                        zone or label)

    def _compact(self, match: re.Match[str]) -> int | None:
        year, month, day, hour, minute, second, fraction, zone, label = match.groups()
        return self._at(f'{year}-{month}-{day}', f'{hour}:{minute}:{second}', fraction,
                        zone or label)

    def _day_first(self, match: re.Match[str]) -> int | None:
        one, sign, two, year, hour, minute, second, fraction, half, zone, label = match.groups()
        day, month = one, two
        if two in _MONTHS:
            month = f'{_MONTHS[two]:02d}'
        elif sign == '/' and int(two) > 12 or (sign == '/' and half):
            day, month = two, one  # American
        if half:
            hour = f'{int(hour) % 12 + (12 if half == "PM" else 0):02d}'
        return self._at(f'{year}-{month}-{day}', f'{hour}:{minute}:{second}', fraction,
                        zone or label)

    def _no_year(self, match: re.Match[str]) -> int | None:
        month, day, year, hour, minute, second, fraction, zone, label, last = match.groups()
        return self._recent(
            year or last, _MONTHS[month], int(day), f'{hour}:{minute}:{second}', fraction,
            zone or label)

    def _month_day(self, match: re.Match[str]) -> int | None:
        month, day, hour, minute, second, fraction = match.groups()
        return self._recent(None, int(month), int(day), f'{hour}:{minute}:{second}', fraction, '')

    def _time_only(self, match: re.Match[str]) -> int | None:
        hour, minute, second, fraction = match.groups()
        near_s = self._near_s()
        local = datetime.fromtimestamp(near_s, self.zone)
        at_ns = self._at(f'{local:%Y-%m-%d}', f'{hour}:{minute}:{second}', fraction, '')
        if at_ns is not None and at_ns > (near_s + 60) * _SECOND_NS:
            at_ns -= _DAY_S * _SECOND_NS
        return at_ns

    def _since_1970(self, match: re.Match[str]) -> int | None:
        whole, fraction, number = match.groups()
        if number is None:
            return int(whole) * _SECOND_NS + int(fraction.ljust(9, '0'))
        at_ns = int(number) * 10 ** (19 - len(number))
        return at_ns if at_ns < 1 << 63 and number[0] in '123' else None

    def _recent(self, year: str | None, month: int, day: int, clock: str, fraction: str | None,
                zone: str | None) -> int | None:
        """Return the last time of that day that is not after the file."""
        if year:
            return self._at(f'{year}-{month:02d}-{day:02d}', clock, fraction, zone)
        near_s = self._near_s()
        this_year = datetime.fromtimestamp(near_s, self.zone).year
        for one in (this_year, this_year - 1, this_year - 2, this_year - 3, this_year - 4):
            at_ns = self._at(f'{one}-{month:02d}-{day:02d}', clock, fraction, zone)
            if at_ns is not None and at_ns <= (near_s + _DAY_S) * _SECOND_NS:
                return at_ns
        return None

    def _near_s(self) -> float:
        return time.time() if self.near_s is None else self.near_s

    def _at(self, day: str, clock: str, fraction: str | None, zone: str | None) -> int | None:
        seconds = seconds_of(f'{day} {clock}', zone or '', self.zone)
        if seconds is None or seconds < 0:
            return None
        return seconds * _SECOND_NS + int((fraction or '0').ljust(9, '0'))


_Meaning = Callable[[Clock, re.Match[str]], 'int | None']
_DIGITS: tuple[tuple[re.Pattern[str], _Meaning], ...] = (
    (_ISO, Clock._iso), (_SINCE_1970, Clock._since_1970), (_COMPACT, Clock._compact),
    (_DAY_FIRST, Clock._day_first), (_MONTH_DAY, Clock._month_day),
    (_TIME_ONLY, Clock._time_only))


@lru_cache(maxsize=256)
def seconds_of(text: str, zone_text: str, zone: tzinfo | None) -> int | None:
    """
    Return the seconds since 1970; None for a date that does not exist.

    :param text: ``2026-11-22 17:54:03``
    :param zone_text: ``+00:00``, ``UTC`` or a label
    :param zone: where that says nothing; None is this machine's
    """
    try:
        when = datetime.fromisoformat(text)
        if zone_text[:1] in ('+', '-') and zone_text:
            digits = zone_text[1:].replace(':', '').ljust(4, '0')
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            zone = timezone(-offset if zone_text[0] == '-' else offset)
        elif zone_text in _UTC_LABELS:
            zone = timezone.utc
        when = when.replace(tzinfo=zone) if zone is not None else when.astimezone()
        return (when - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None

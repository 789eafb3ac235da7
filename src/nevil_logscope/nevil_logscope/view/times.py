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

"""Times as the table shows them: absolute, relative to the first entry, or since the row above."""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import timezone
from functools import lru_cache
import re

__all__ = ['ABSOLUTE', 'MODES', 'RELATIVE', 'absolute', 'full', 'parse_time', 'span']

ABSOLUTE, RELATIVE, DELTA = MODES = ('absolute', 'relative', 'delta')
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND_NS = 1_000_000_000
_TIME = re.compile(
    r'(?:(\d{4})-(\d\d?)-(\d\d?)[ T]+)?(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?')
_AGO = re.compile(r'([+-])\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|d)')
_UNITS = {'s': 1, 'm': 60, 'min': 60, 'h': 3600, 'd': 86400}


def absolute(at_ns: int, with_day: bool = False) -> str:
    """Return the local time of day to the millisecond; a dash where the time is not known."""
    if at_ns <= 0:
        return '–'
    seconds, rest = divmod(at_ns, _SECOND_NS)
    return f'{_second(seconds, with_day)}.{rest // 1_000_000:03d}'


def full(at_ns: int) -> str:
    """Return date, time and offset from UTC to the microsecond."""
    if at_ns <= 0:
        return 'time not known'
    try:
        when = (_EPOCH + timedelta(microseconds=at_ns // 1000)).astimezone()
    except (OverflowError, OSError, ValueError):
        return f'{at_ns} ns since 1970'
    return when.isoformat(' ', 'microseconds')


def span(duration_ns: int) -> str:
    """Return a duration with its sign: ``+0.123 s``, ``+1:02:03.456``."""
    sign = '-' if duration_ns < 0 else '+'
    milliseconds = abs(duration_ns) // 1_000_000
    seconds, thousandths = divmod(milliseconds, 1000)
    if seconds < 60:
        return f'{sign}{seconds}.{thousandths:03d} s'
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f'{sign}{hours}:{minutes:02d}:{seconds:02d}.{thousandths:03d}'


def parse_time(text: str, near_ns: int) -> int:
    """
    Return the nanoseconds that a text means.

    :param text: ``17:54``, ``17:54:03.5``, ``2026-11-22 17:54``, or ``-5 min`` from where one is
    :param near_ns: where one is: gives the day, and the start of differences
    :raises ValueError: says what is understood
    """
    text = text.strip()
    ago = _AGO.fullmatch(text)
    if ago:
        sign, number, unit = ago.groups()
        return near_ns + round(float(sign + number) * _UNITS[unit] * _SECOND_NS)
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is not a time: write 17:54, 17:54:03.5, 2026-11-22 17:54 '
                         'or a difference such as -5 min, +30 s')
    year, month, day, hour, minute, second, fraction = match.groups()
    try:
        when = (_EPOCH + timedelta(seconds=near_ns // _SECOND_NS)).astimezone()
        when = when.replace(hour=int(hour), minute=int(minute), second=int(second or 0),
                            microsecond=0, tzinfo=None)
        if year:
            when = when.replace(year=int(year), month=int(month), day=int(day))
        seconds = (when.astimezone() - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'{text!r} is not a time: {error}') from None
    return seconds * _SECOND_NS + int((fraction or '0').ljust(9, '0'))


@lru_cache(maxsize=4096)
def _second(seconds: int, with_day: bool) -> str:
    try:
        when = (_EPOCH + timedelta(seconds=seconds)).astimezone()
    except (OverflowError, OSError, ValueError):
        return f'{seconds} s'
    return when.strftime('%m-%d %H:%M:%S' if with_day else '%H:%M:%S')

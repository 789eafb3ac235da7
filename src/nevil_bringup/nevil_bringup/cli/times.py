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

"""Points in time and durations as a user names them."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime
import re
import time

__all__ = ['at_least_zero', 'duration_s', 'interval_s', 'since_ns']

_INTERVAL_MIN_S = 0.1
_UNIT_S = {'s': 1, 'm': 60, 'h': 3600, 'd': 86400}
_AGO = re.compile(r'(?:\d+[smhd])+')
_CLOCK = re.compile(r'\d\d:\d\d(?::\d\d)?')


def since_ns(text: str) -> int:
    """
    Return a point in time in nanoseconds since 1970.

    :param text: how long ago (``5m``, ``1h30m``), a time of today or a date, in local time
    :raises ArgumentTypeError: it is none of these
    """
    if _AGO.fullmatch(text):
        return time.time_ns() - _seconds(text) * 1_000_000_000
    date = f'{datetime.now().date()} {text}' if _CLOCK.fullmatch(text) else text
    try:
        return int(datetime.fromisoformat(date).timestamp() * 1_000_000) * 1000
    except (ValueError, OverflowError, OSError):
        raise ArgumentTypeError(
            f"{text!r} is not a time; write 5m, 1h30m, 17:54 or '2026-11-22 17:54'") from None


def duration_s(text: str) -> float:
    """
    Return a duration in seconds.

    :param text: ``10m``, ``1h30m``, or a number of seconds
    :raises ArgumentTypeError: it is none, or nothing at all
    """
    try:
        seconds = float(_seconds(text)) if _AGO.fullmatch(text) else at_least_zero(text)
    except ArgumentTypeError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise ArgumentTypeError(f'{text!r} is not a duration; write 90, 10m or 1h30m')
    return seconds


def interval_s(text: str) -> float:
    """
    Return the time between two looks, in seconds.

    :raises ArgumentTypeError: it is no number, or too short
    """
    seconds = at_least_zero(text)
    if seconds < _INTERVAL_MIN_S:
        raise ArgumentTypeError(f'{text!r} is less than {_INTERVAL_MIN_S:g} s')
    return seconds


def at_least_zero(text: str) -> float:
    """
    Return a number of seconds.

    :raises ArgumentTypeError: it is none, or negative
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise ArgumentTypeError(f'{text!r} is not a number of seconds')
    return seconds


def _seconds(text: str) -> int:
    return sum(int(part[:-1]) * _UNIT_S[part[-1]] for part in re.findall(r'\d+.', text))

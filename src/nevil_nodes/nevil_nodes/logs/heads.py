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
How a record starts, in the formats that a robot's logs have.

- Nevil's ``[2026-11-22 17:54:03.123456+00:00] [INFO] [node] [component] message``, and v3's
  ``[2026-11-22 17:54:03,123 EST] [INFO    ] [node   ] [component] message``; the component may
  be missing, the time may have no fraction, and EST is a label of this machine's time
- rcutils' console: ``[INFO] [1700000000.123456789] [node]: message``
- launch's: ``[INFO] [launch]: message``, ``1700000000.12 [INFO] [launch]: message``, and what a
  process printed: ``1700000000.12 [node-1] message``; before all others ``[node-1]`` may stand
"""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import tzinfo
from functools import lru_cache
import re

from nevil_nodes.logs.record import normal_level
from nevil_nodes.logs.record import Record

__all__ = ['ANSI', 'NO_COMPONENT', 'parse_line', 'seconds_of']

ANSI = r'\x1b\[[0-?]*[ -/]*[@-~]'
NO_COMPONENT = '-'
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UTC_LABELS = frozenset({'Z', 'UTC', 'GMT'})

_NEVIL = re.compile(
    r'\[(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))? ?([+-]\d\d:?\d\d|[A-Z]{1,5})?\] '
    r'\[([A-Za-z]{4,8}) *\] \[([^\]\n]*)\](?: \[([^\]\n]*)\])? ?(.*)', re.DOTALL | re.ASCII)
_RCUTILS = re.compile(
    r'\[([A-Z]{4,8})\] (?:\[(\d{1,10})\.(\d{1,9})\] )?\[([^\]\n]*)\]: (.*)', re.DOTALL | re.ASCII)
_LAUNCH = re.compile(
    r'(\d{9,10})\.(\d{1,9}) \[([^\]\n]*)\](?: \[([^\]\n]*)\]:)? (.*)', re.DOTALL | re.ASCII)
_PROCESS = re.compile(r'\[([^\]\s]+-\d+)\] (?=\[)')
_ANSI = re.compile(ANSI)


def parse_line(line: str, zone: tzinfo | None = None) -> Record | None:
    """
    Return the record that a line starts.

    :param line: without its newline
    :param zone: of times that carry none or a mere label such as ``EST``; None is this machine's
    :returns: None for a line that belongs to the record before it
    """
    if line[:1] == '\x1b':
        line = _ANSI.sub('', line)
    if line[:1] == '[':
        record = _bracketed(line, zone)
        if record is None and (process := _PROCESS.match(line)):
            record = _bracketed(line[process.end():], zone)
        return record
    return _of_launch(line, zone) if '0' <= line[:1] <= '9' else None


def _bracketed(line: str, zone: tzinfo | None) -> Record | None:
    if match := _NEVIL.fullmatch(line):
        day, time, fraction, zone_text, word, node, component, message = match.groups()
        level = normal_level(word)
        seconds = seconds_of(f'{day} {time}', zone_text or '', zone)
        if level is None or seconds is None:
            return None
        component = (component or '').strip()
        return Record(
            seconds * 1_000_000_000 + int((fraction or '0').ljust(9, '0')), level, node.strip(),
            '' if component == NO_COMPONENT else component, message)
    if match := _RCUTILS.fullmatch(line):
        word, whole, fraction, node, message = match.groups()
        level = normal_level(word)
        if level is not None:
            return Record(int(whole + fraction.ljust(9, '0')) if whole else 0, level, node, '',
                          message)
    return None


def _of_launch(line: str, zone: tzinfo | None) -> Record | None:
    match = _LAUNCH.fullmatch(line)
    if match is None:
        return None
    whole, fraction, first, second, message = match.groups()
    at_ns = int(whole + fraction.ljust(9, '0'))
    if second is not None:
        level = normal_level(first)
        return None if level is None else Record(at_ns, level, second, '', message)
    return _bracketed(message, zone) or Record(at_ns, 'INFO', first, '', message)


@lru_cache(maxsize=64)
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
            digits = zone_text[1:].replace(':', '')
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            zone = timezone(-offset if zone_text[0] == '-' else offset)
        elif zone_text in _UTC_LABELS:
            zone = timezone.utc
        when = when.replace(tzinfo=zone) if zone is not None else when.astimezone()
        return (when - _EPOCH) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None

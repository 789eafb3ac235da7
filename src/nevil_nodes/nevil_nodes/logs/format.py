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
One log record as a line, and back.

Nevil writes ``[2026-11-22 17:54:03.123456+00:00] [INFO] [node] [component] message`` in UTC;
further lines of a message follow as they are. Read back are also v3's lines (``[... EST]
[LEVEL  ] [node  ] [component  ] message``, the component optional) and those of rcutils' console
(``[INFO] [1700000000.123456789] [node]: message``).
"""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import tzinfo
from functools import lru_cache
import logging
import re
from typing import NamedTuple

__all__ = [
    'LEVELS', 'NevilFormatter', 'Record', 'format_record', 'normal_level', 'parse_line', 'stamp',
]

LEVELS = {'DEBUG': 10, 'INFO': 20, 'WARNING': 30, 'ERROR': 40, 'CRITICAL': 50}
_OTHER_NAMES = {'WARN': 'WARNING', 'FATAL': 'CRITICAL'}
_NO_COMPONENT = '-'
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_UTC_LABELS = frozenset({'Z', 'UTC', 'GMT'})

_NEVIL = re.compile(
    r'\[(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))? ?([+-]\d\d:?\d\d|[A-Z]{1,5})?\] '
    r'\[([A-Za-z]{4,8}) *\] \[([^\]\n]*)\](?: \[([^\]\n]*)\])? ?(.*)', re.DOTALL | re.ASCII)
_RCUTILS = re.compile(
    r'(?:\x1b\[[0-9;]*m)?\[([A-Z]{4,5})\] \[(\d{1,10})\.(\d{9})\] \[([^\]\n]*)\]: '
    r'(.*?)(?:\x1b\[0m)?', re.DOTALL | re.ASCII)


class Record(NamedTuple):
    """
    One log record.

    :param at_ns: nanoseconds since 1970 UTC; 0 where the time is unknown
    :param level: a key of ``LEVELS``
    :param component: part of the node (a module, a thread), often empty
    :param message: may have several lines (a traceback)
    """

    at_ns: int
    level: str
    node: str
    component: str
    message: str


def normal_level(word: str) -> str | None:
    """Return the level in Nevil's words (``warn`` is ``WARNING``), None if it is no level."""
    word = word.upper()
    word = _OTHER_NAMES.get(word, word)
    return word if word in LEVELS else None


def stamp(at_ns: int) -> str:
    """Return a time as it stands in a line: UTC, microseconds."""
    seconds, rest = divmod(at_ns, 1_000_000_000)
    return f'{_second_text(seconds)}.{rest // 1000:06d}+00:00'


def format_record(record: Record) -> str:
    """
    Return the lines of a record without the last newline.

    Whatever it holds, it is read back as one record: brackets in names become parentheses, and a
    further line that looks like the start of a record is indented by a space.
    """
    first, *more = record.message.split('\n')
    lines = [f'[{stamp(record.at_ns)}] [{record.level}] [{_name(record.node)}] '
             f'[{_name(record.component) or _NO_COMPONENT}] {first}']
    lines += [' ' + line if parse_line(line) else line for line in more]
    return '\n'.join(lines)


def parse_line(line: str, zone: tzinfo | None = None) -> Record | None:
    """
    Return the record that a line starts.

    :param line: without its newline
    :param zone: of times that carry none or a mere label such as ``EST``; None is this machine's
    :returns: None for a line that belongs to the record before it
    """
    match = _NEVIL.fullmatch(line)
    if match:
        day, time, fraction, zone_text, word, node, component, message = match.groups()
        level = normal_level(word)
        seconds = _seconds(f'{day} {time}', zone_text or '', zone)
        if level is None or seconds is None:
            return None
        component = (component or '').strip()
        return Record(
            seconds * 1_000_000_000 + int((fraction or '0').ljust(9, '0')), level, node.strip(),
            '' if component == _NO_COMPONENT else component, message)
    match = _RCUTILS.fullmatch(line)
    if match:
        word, whole, fraction, node, message = match.groups()
        level = normal_level(word)
        if level is not None:
            return Record(int(whole + fraction), level, node, '', message)
    return None


class NevilFormatter(logging.Formatter):
    """Format records of Python's logging; the logger's name is the component."""

    def __init__(self, node: str) -> None:
        """Remember the node that the records are of."""
        super().__init__()
        self._node = node

    def format(self, record: logging.LogRecord) -> str:  # noqa: A003 - logging's name for it
        """Return the lines of a record, its traceback included."""
        message = record.getMessage()
        if record.exc_info:
            message += '\n' + self.formatException(record.exc_info)
        if record.stack_info:
            message += '\n' + self.formatStack(record.stack_info)
        component = '' if record.name in ('root', self._node) else record.name
        return format_record(Record(
            round(record.created * 1e6) * 1000, normal_level(record.levelname) or 'INFO',
            self._node, component, message))


@lru_cache(maxsize=8)
def _second_text(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime('%Y-%m-%d %H:%M:%S')


@lru_cache(maxsize=64)
def _seconds(text: str, zone_text: str, zone: tzinfo | None) -> int | None:
    """Return the seconds since 1970; None for a date that does not exist."""
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


def _name(text: str) -> str:
    """Return a name that fits between brackets."""
    return text.replace('[', '(').replace(']', ')').replace('\n', ' ').strip()

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
One log record as a line.

Nevil writes ``[2026-11-22 17:54:03.123456+00:00] [INFO] [node] [component] message`` in UTC;
further lines of a message follow as they are. ``parse_line`` reads it back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from functools import lru_cache
import logging

from nevil_nodes.logs.heads import NO_COMPONENT
from nevil_nodes.logs.heads import parse_line
from nevil_nodes.logs.heads import starts_one
from nevil_nodes.logs.record import level_of
from nevil_nodes.logs.record import LEVELS
from nevil_nodes.logs.record import normal_level
from nevil_nodes.logs.record import Record

__all__ = [
    'LEVELS', 'NevilFormatter', 'Record', 'created_ns', 'format_record', 'normal_level',
    'parse_line', 'stamp',
]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def stamp(at_ns: int) -> str:
    """Return a time as it is in a line: UTC, microseconds."""
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
             f'[{_name(record.component) or NO_COMPONENT}] {first}']
    lines += [' ' + line if starts_one(line) else line for line in more]
    return '\n'.join(lines)


class NevilFormatter(logging.Formatter):
    """
    Format records of Python's logging as lines of Nevil's log files.

    :param node: of which they are
    :param component: which part of the node speaks; by default the logger, where it has a name of
        its own
    """

    def __init__(
        self, node: str, component: Callable[[logging.LogRecord], str] | None = None,
    ) -> None:
        """Keep both."""
        super().__init__()
        self._node = node
        self._component = component or self._logger_name

    def format(self, record: logging.LogRecord) -> str:  # noqa: A003 - logging's name for it
        """Return the lines of a record, its traceback included."""
        message = record.getMessage()
        if record.exc_info:
            message += '\n' + self.formatException(record.exc_info)
        if record.stack_info:
            message += '\n' + self.formatStack(record.stack_info)
        level = normal_level(record.levelname) or level_of(record.levelno)
        return format_record(Record(
            created_ns(record), level, self._node, self._component(record), message))

    def _logger_name(self, record: logging.LogRecord) -> str:
        return '' if record.name in ('root', self._node) else record.name


def created_ns(record: logging.LogRecord) -> int:
    """Return the time of a record: to the microsecond, a float holds no more of a date."""
    return round(record.created * 1e6) * 1000


@lru_cache(maxsize=8)
def _second_text(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime('%Y-%m-%d %H:%M:%S')


def _name(text: str) -> str:
    """Return a name that fits between brackets."""
    return text.replace('[', '(').replace(']', ')').replace('\n', ' ').strip()

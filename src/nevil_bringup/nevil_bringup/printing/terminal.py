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

"""Print for people: tables, colours where they are wanted, units."""

from __future__ import annotations

from collections.abc import Sequence
import os
import sys
from typing import TextIO

__all__ = [
    'COLOUR_CODES', 'age_text', 'byte_text', 'colours_wanted', 'duration_text', 'paint',
    'printable', 'screen_wanted', 'table',
]

_CODES = {
    'ready': '32', 'completed': '32', 'starting': '36', 'waiting': '36', 'stopping': '36',
    'backoff': '33', 'paused': '33', 'unhealthy': '31', 'failed': '31', 'degraded': '33',
    'healthy': '32', 'unknown': '31', 'stopped': '2', 'disabled': '2', 'not running': '2',
    'DEBUG': '2', 'WARNING': '33', 'ERROR': '31', 'CRITICAL': '1;31',
    'warning': '33', 'error': '31', 'critical': '1;31', 'pending': '2', 'resolved': '2',
    'chosen': '1',
}
COLOUR_CODES = _CODES.values()


def colours_wanted(stream: TextIO | None = None) -> bool:
    """Return whether to colour: on a terminal, unless NO_COLOR is set."""
    stream = sys.stdout if stream is None else stream
    return (stream.isatty() and not os.environ.get('NO_COLOR')
            and os.environ.get('TERM') != 'dumb')


def screen_wanted() -> bool:
    """Return whether standard output is a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get('TERM', 'dumb') != 'dumb'


def paint(text: str, word: str, wanted: bool) -> str:
    """Return the text in the colour of a state or level."""
    code = _CODES.get(word)
    return f'\x1b[{code}m{text}\x1b[0m' if wanted and code else text


def table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> list[list[str]]:
    """Return the rows with their cells padded to columns; ``right`` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [[cell.rjust(width) if index in right else cell.ljust(width)
             for index, (cell, width) in enumerate(zip(row, widths))] for row in rows]


def duration_text(seconds: float) -> str:
    """Return a duration in at most two units: ``4.2 s``, ``5m 12s``, ``3d 4h``."""
    if seconds < 60:
        return f'{seconds:.1f} s'
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f'{days}d {hour}h'
    return f'{hours}h {minute}m' if hours else f'{minute}m {second}s'


def age_text(seconds: float) -> str:
    """Return a duration in whole units: ``3 s``, ``5m 12s``, ``3d 4h``."""
    return f'{max(0.0, seconds):.0f} s' if seconds < 59.5 else duration_text(seconds + 0.5)


def printable(text: str) -> str:
    """Return the text in one line, with what would steer a terminal made visible."""
    if text.isprintable():
        return text
    return ''.join(char if char.isprintable() else ' ' if char.isspace() else '\ufffd'
                   for char in text)


def byte_text(count: int) -> str:
    """Return a size in the largest unit that keeps it above one."""
    size = float(count)
    for unit in ('B', 'kB', 'MB'):
        if size < 1000:
            return f'{size:.0f} {unit}' if unit == 'B' else f'{size:.1f} {unit}'
        size /= 1000
    return f'{size:.1f} GB'

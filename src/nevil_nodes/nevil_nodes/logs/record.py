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

"""One log record, and the levels."""

from __future__ import annotations

from typing import NamedTuple

from nevil_nodes.logs.flags import Flag
from nevil_nodes.logs.flags import flags_of

__all__ = ['LEVELS', 'Record', 'at_least', 'level_of', 'normal_level']

LEVELS = {'DEBUG': 10, 'INFO': 20, 'WARNING': 30, 'ERROR': 40, 'CRITICAL': 50}
_OTHER_NAMES = {'WARN': 'WARNING', 'FATAL': 'CRITICAL'}


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

    @property
    def source(self) -> str:
        """Return where it was read."""
        return 'files'

    @property
    def flags(self) -> Flag:
        """Return what it is about."""
        return flags_of(self.level, self.node, self.message)


def normal_level(word: str) -> str | None:
    """Return the level in Nevil's words (``warn`` is ``WARNING``), None if it is no level."""
    word = word.upper()
    word = _OTHER_NAMES.get(word, word)
    return word if word in LEVELS else None


def level_of(number: int) -> str:
    """Return the level of a number of Python's logging."""
    return max((name for name, rank in LEVELS.items() if rank <= number),
               key=LEVELS.__getitem__, default='DEBUG')


def at_least(level: str) -> frozenset[str]:
    """Return this level and those above."""
    return frozenset(name for name, rank in LEVELS.items() if rank >= LEVELS[level])

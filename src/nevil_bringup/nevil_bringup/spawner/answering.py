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
Notice a part of Nevil that does not answer any more: stopped, blocked, or in a loop.

What a starved machine does to a process must not look like a hang: time counts only while the
process sleeps although it was asked, and CPU time only while it is its own.
"""

from __future__ import annotations

import math
from typing import Literal

__all__ = ['Answering', 'ASLEEP_S']

Remedy = Literal['', 'continue', 'kill']

# After this a stopped process is continued; earlier could be one that a debugger just stopped.
_STOPPED_S = 1.0
# Asked, asleep, and no CPU time used: its loop would have woken it at once.
ASLEEP_S = 2.0
# CPU time without an answer: each turn of these loops takes milliseconds.
_SPINNING_S = 5.0
# One that is stopped again so soon is not waited for a second time.
_ONCE_IN_S = 60.0


class Answering:
    """
    Decide what to do about a process that is asked for a sign of life again and again. Pure.

    :param tick_s: the time between two looks; when we come much later, we were away ourselves
    :param asleep_s: for which it may sleep over a question
    :param patient: one that is stopped again and again is continued once a minute, not killed
    :param replace_stopped: one that is stopped is killed, since a new one costs nothing
    """

    def __init__(self, tick_s: float, asleep_s: float = ASLEEP_S, *, patient: bool = False,
                 replace_stopped: bool = False) -> None:
        """Have asked for nothing."""
        self._tick_s = tick_s
        self.asleep_s = asleep_s
        self._patient, self._replace_stopped = patient, replace_stopped
        self._asked_at: float | None = None
        self._looked_at = 0.0
        self._continued_at = -math.inf
        self._cpu_s = self._first_cpu_s = self._idle_since = 0.0

    @property
    def pending(self) -> bool:
        """Return whether it has not answered yet."""
        return self._asked_at is not None

    def asked(self, at: float, cpu_s: float) -> None:
        """Record that it was asked just now."""
        self._asked_at = self._looked_at = self._idle_since = at
        self._cpu_s = self._first_cpu_s = cpu_s

    def answered(self) -> None:
        """Record a sign of life."""
        self._asked_at = None

    def look(self, at: float, state: str, cpu_s: float) -> Remedy:
        """
        Return what is to be done now.

        :param state: letter as in proc(5)
        :param cpu_s: CPU time that it has used since its start
        """
        if self._asked_at is None:
            return ''
        if at - self._looked_at > 3 * self._tick_s:
            self.asked(at, cpu_s)  # its answer may wait for us
            return ''
        self._looked_at = at
        if state == 'T':
            return self._stopped(at)
        if state != 'S' or cpu_s != self._cpu_s:
            self._idle_since, self._cpu_s = at, cpu_s
        hangs = (at - self._idle_since >= self.asleep_s
                 or cpu_s - self._first_cpu_s >= max(_SPINNING_S, self.asleep_s))
        return 'kill' if hangs else ''

    def _stopped(self, at: float) -> Remedy:
        assert self._asked_at is not None
        self._idle_since = at
        if at - self._asked_at < _STOPPED_S:
            return ''
        if self._replace_stopped:
            return 'kill'
        if at - self._continued_at < _ONCE_IN_S:
            return '' if self._patient else 'kill'
        self._continued_at = self._asked_at = at
        return 'continue'

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

"""How long a supervisor that was just started may take until it listens."""

from __future__ import annotations

from collections.abc import Callable
import os
import signal
import sys
import time

from nevil_bringup.spawner.answering import Answering
from nevil_bringup.spawner.procfs import descendants
from nevil_bringup.spawner.procfs import stat

__all__ = ['Beginning', 'TimedOut']

# Asleep, or in CPU time: a machine with other work to do may take as long as it likes.
_LIMIT_S = 15.0
_TICK_S = 0.5


class TimedOut(Exception):
    """What was waited for has not come about in time."""


class Beginning:
    """
    Watches a process that is starting; a stopped one is continued.

    Nobody else does so at this time: the spawner, which looks at its supervisor, comes later.
    """

    def __init__(self, pid: int, what: str, say: Callable[[str], object] = lambda text: print(
            text, file=sys.stderr, flush=True)) -> None:
        """
        Watch a process and what it has started.

        :param what: it is called, and what it is to do
        :param say: called with what was done to it
        """
        self._pid, self._what, self._say = pid, what, say
        self._answering = Answering(_TICK_S, _LIMIT_S, patient=True)
        self._look_at = 0.0

    def check(self) -> None:
        """
        Look, if it is time to.

        :raises TimedOut: it hangs
        """
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _TICK_S
        state, cpu_s = self._seen()
        if not self._answering.pending:
            self._answering.asked(now, cpu_s)
        remedy = self._answering.look(now, state, cpu_s)
        if remedy == 'continue':
            self._say('the supervisor was stopped (SIGSTOP), continuing it')
            os.kill(self._pid, signal.SIGCONT)
        elif remedy == 'kill':
            raise TimedOut(f'{self._what}: {_LIMIT_S:g} s without any work done, or of CPU time')

    def _seen(self) -> tuple[str, float]:
        """Return the state and the CPU time; of several processes, one at work counts."""
        found = [about for pid in (self._pid, *descendants(self._pid))
                 if (about := stat(pid)) is not None]
        if not found:
            return 'S', 0.0
        first = found[0].state
        at_work = next((about.state for about in found if about.state in 'RD'), first)
        return first if first == 'T' else at_work, sum(about.cpu_s for about in found)

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

"""The supervisor as its parts see it: one that hangs is noticed like one that dies."""

from __future__ import annotations

import os
import signal
import sys

from nevil_bringup.spawner.answering import Answering
from nevil_bringup.spawner.procfs import stat

__all__ = ['LOOK_S', 'Peer']

LOOK_S = 1.0
# It asks twice a second, so its loop turns; a debugger (state t) may hold it as long as it likes.
_ASLEEP_S = 30.0


class Peer:
    """
    Looks at the parent while nothing comes from it.

    A stopped one is continued. One that hangs is killed: what waits for its end (systemd,
    launch) then acts, and the spawner leaves nothing of the run.
    """

    def __init__(self, name: str, pid: int, at: float, *, ends: bool) -> None:
        """
        Look at this process.

        :param name: of the part that looks
        :param ends: whether that is the one that ends it
        """
        self._name = name
        self._pid = pid
        self._ends = ends
        self._looked_at = at
        self._known = False
        self._answering = Answering(LOOK_S, _ASLEEP_S, patient=True)

    def heard(self, at: float) -> None:
        """Record a sign of life."""
        self._answering.answered()
        self._looked_at = at
        self._known = True

    def look(self, at: float) -> None:
        """Do what it needs, if it is time to look."""
        if not self._known or at - self._looked_at < LOOK_S:
            return
        self._looked_at = at
        found = stat(self._pid)
        if found is None or os.getppid() != self._pid:
            return
        if not self._answering.pending:
            self._answering.asked(at, found.cpu_s)
            return
        remedy = self._answering.look(at, found.state, found.cpu_s)
        if remedy == 'continue' or remedy and self._ends:
            what = 'was stopped (SIGSTOP), continuing it' if remedy == 'continue' else (
                'hangs, killing it')
            print(f'{self._name}: the supervisor {what}', file=sys.stderr, flush=True)
            os.kill(self._pid, signal.SIGCONT if remedy == 'continue' else signal.SIGKILL)

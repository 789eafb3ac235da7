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

"""Ask a helper process for signs of life, and do what it needs when there are none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import logging
import signal

from nevil_bringup.spawner.answering import Answering
from nevil_bringup.spawner.answering import ASLEEP_S
from nevil_bringup.spawner.procfs import stat
from nevil_bringup.spawner.worker import Worker

__all__ = ['Watchdog']

_log = logging.getLogger('supervisor')
# With the limits of ``Answering`` a stopped worker is continued within 2 s.
_TICK_S = 0.5
# Until its first sign of life it loads modules, from a disk that may be slow.
_START_ASLEEP_S = 10.0


class Watchdog:
    """
    Watches one worker until it ends; a stopped one is continued, one that hangs is killed.

    :ivar silent: it owed an answer at the last look
    """

    def __init__(self, name: str, worker: Worker, ask: Callable[[], None], *,
                 replace_stopped: bool = False) -> None:
        """
        Begin to ask.

        :param name: for the log
        :param ask: sends a question; ``answered`` is to be called for every packet that comes
        :param replace_stopped: kill it when it is stopped, instead of continuing it
        """
        self._name, self._worker, self._ask = name, worker, ask
        self._answering = Answering(_TICK_S, _START_ASLEEP_S, replace_stopped=replace_stopped)
        self.silent = False
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(_TICK_S, self._tick)

    def answered(self) -> None:
        """Record a sign of life."""
        self.silent = False
        self._answering.answered()
        self._answering.asleep_s = ASLEEP_S

    def close(self) -> None:
        """Stop looking."""
        self._timer.cancel()

    def _tick(self) -> None:
        if not self._worker.running:
            return
        self._timer = self._loop.call_later(_TICK_S, self._tick)
        found, now = stat(self._worker.pid), self._loop.time()
        if found is None:
            return
        if not self._answering.pending:
            self._answering.asked(now, found.cpu_s)
            self._ask()
            return
        self.silent = True
        remedy = self._answering.look(now, found.state, found.cpu_s)
        if remedy == 'continue':
            _log.warning('%s was stopped (SIGSTOP), continuing it', self._name)
            self._worker.send_signal(signal.SIGCONT)
        elif remedy == 'kill':
            _log.error('%s does not answer (state %s), replacing it', self._name, found.state)
            self._worker.kill()

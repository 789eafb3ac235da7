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

"""Reap what came to us from elsewhere: as subreaper, and in a container as process 1."""

from __future__ import annotations

import asyncio
import os
import signal

from nevil_bringup.spawner.procfs import children
from nevil_bringup.spawner.procfs import stat

__all__ = ['Orphans']

# Seconds within which whoever started a process here has waited for it.
_CLAIMED_S = 1.0


class Orphans:
    """
    Waits for dead children that nobody here waits for.

    A child of our own is waited for the moment it ends. So what is dead at two looks in a row,
    some time apart, was started by a process that has ended.
    """

    def __init__(self) -> None:
        """Know of none yet."""
        self._loop = asyncio.get_running_loop()
        self._dead: set[int] = set()
        self._look_at: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look after every end of a child."""
        # In a container the supervisor is process 1, or as subreaper adopts: nobody else reaps
        # these.
        self._loop.add_signal_handler(signal.SIGCHLD, self._look_later)
        self._look_later()

    def close(self) -> None:
        """Stop looking."""
        self._loop.remove_signal_handler(signal.SIGCHLD)
        if self._look_at is not None:
            self._look_at.cancel()

    def _look_later(self) -> None:
        if self._look_at is None:
            self._look_at = self._loop.call_later(_CLAIMED_S, self._look)

    def _look(self) -> None:
        self._look_at = None
        found = {pid for pid in children(os.getpid()) if _is_dead(pid)}
        for pid in found & self._dead:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
        self._dead = found - self._dead
        if self._dead:
            self._look_later()


def _is_dead(pid: int) -> bool:
    about = stat(pid)
    return about is not None and not about.alive

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

"""Whether the machine has memory left to start anything again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from nevil_health.meminfo import read_memory_kb

__all__ = ['free_percent', 'MemoryGate']

# While memory is short, look again and again: no event says when there is enough.
_AGAIN_S = 1.0


def free_percent(meminfo: Path = Path('/proc/meminfo')) -> float | None:
    """Return MemAvailable of MemTotal in per cent; None if the kernel does not show them."""
    total, available = read_memory_kb(meminfo)
    return 100.0 * available / total if total and available is not None else None


class MemoryGate:
    """
    Looks at the memory when something has failed, and while there is too little of it.

    :param needed_percent: less than this is too little
    :param tell: called at each change with whether there is too little, and how much is free
    """

    def __init__(self, needed_percent: float, tell: Callable[[bool, float], None],
                 look: Callable[[], float | None] = free_percent) -> None:
        """Take it for granted that there is enough."""
        self._needed_percent = needed_percent
        self._tell = tell
        self._look = look
        self._low = False
        self._timer: asyncio.TimerHandle | None = None

    def check(self) -> None:
        """Look now."""
        free = self._look()
        if free is None:
            return
        low = free < self._needed_percent
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if low:
            self._timer = asyncio.get_running_loop().call_later(_AGAIN_S, self.check)
        if low != self._low:
            self._low = low
            self._tell(low, free)

    def close(self) -> None:
        """Stop looking."""
        if self._timer is not None:
            self._timer.cancel()

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

"""Report to launch in the order in which it executed, though processes begin as they can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping

from nevil_bringup.launch.any.process import OwnedProcess

__all__ = ['FirstStarts']

# Seconds that a process which begins may hold up the news of those executed after it.
_HELD_MAX_S = 0.3


class FirstStarts:
    """Holds the first start of a process until those executed before it have begun."""

    def __init__(self, processes: Mapping[str, OwnedProcess],
                 report: Callable[[OwnedProcess, int], None]) -> None:
        """
        Hold nothing yet.

        :param processes: all, in the order of their execution
        :param report: gets a process and its pid
        """
        self._processes, self._report = processes, report
        self._held: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def started(self, process: OwnedProcess, pid: int) -> None:
        """Report that a process has begun, at once or when it is its turn."""
        if process.first.done():
            self._report(process, pid)
        else:
            self._held[process.name] = pid
            self.turn()

    def turn(self) -> None:
        """Report what need not wait any longer: the state of a process may have changed."""
        if not self._held:
            return
        for process in self._processes.values():
            if process.name in self._held:
                self._report(process, self._held.pop(process.name))
            elif process.state == 'starting' and not process.first.done():
                break
        if self._held and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_HELD_MAX_S, self.flush)

    def flush(self) -> None:
        """Report all that is held: something of them is to be reported, or it takes long."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for name in [name for name in self._processes if name in self._held]:
            self._report(self._processes[name], self._held.pop(name))

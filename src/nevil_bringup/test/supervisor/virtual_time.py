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

"""An event loop whose time passes only when there is nothing else to do: minutes take no time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
import selectors
from typing import Any

__all__ = ['run', 'turn', 'until']

_BEGIN = 1000.0
_MOST_S = 3600.0  # of virtual time, for a whole test
_REAL_S = 20.0  # for a thread or a process that the test waits for


class _Selector(selectors.DefaultSelector):
    """Waits for descriptors and threads as ever; a time-out is over at once."""

    now = _BEGIN
    threads = 0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if self.threads or timeout is None:
            found = super().select(_REAL_S)
            assert found, f'nothing has happened for {_REAL_S} s'
            return found
        self.now += timeout
        return []


class _Loop(asyncio.SelectorEventLoop):

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now

    def run_in_executor(self, *args: Any) -> Any:  # type: ignore[override]
        future = super().run_in_executor(*args)
        self._virtual.threads += 1
        future.add_done_callback(self._one_less)
        return future

    def _one_less(self, _future: object) -> None:
        self._virtual.threads -= 1


def run(body: Coroutine[Any, Any, None]) -> None:
    """Run a test in virtual time."""
    loop = _Loop()
    try:
        loop.run_until_complete(asyncio.wait_for(body, _MOST_S))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def turn(times: int = 3) -> None:
    """Let the loop do what it was asked to do soon; no time passes."""
    for _ in range(times):
        await asyncio.sleep(0)


async def until(condition: Callable[[], Any], step_s: float = 0.01) -> float:
    """Wait for a condition; return the seconds that it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not condition():
        await asyncio.sleep(step_s)
    return loop.time() - began

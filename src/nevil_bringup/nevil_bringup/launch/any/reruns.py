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

"""One-shots that run again when what they served was started again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from collections.abc import Iterable

__all__ = ['Reruns']

_ENDED = frozenset({'completed', 'failed', 'stopped'})


class Reruns:
    """Runs each once for each start of what it serves, in the order in which they ran first."""

    def __init__(self, start: Callable[[str], None]) -> None:
        """
        Begin without any.

        :param start: starts a process that has ended
        """
        self._start = start
        self._serves: dict[str, frozenset[str]] = {}
        self._generations: dict[str, int] = {}
        self._queue: deque[str] = deque()
        self._running = ''

    def add(self, name: str, serves: Iterable[str]) -> None:
        """Take a process that has to run again when one of those it serves did."""
        served = frozenset(serves)
        if served:
            self._serves[name] = served

    def changed(self, name: str, state: str, generation: int) -> None:
        """Record a state of a process."""
        if name == self._running and state in _ENDED:
            self._running = ''
        if state == 'ready' and self._generations.setdefault(name, generation) != generation:
            self._generations[name] = generation
            self._queue.extend(one for one, served in self._serves.items()
                               if name in served and one not in self._queue)
        if not self._running and self._queue:
            self._running = self._queue.popleft()
            self._start(self._running)

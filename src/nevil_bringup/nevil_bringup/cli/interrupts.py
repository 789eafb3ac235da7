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

"""Count Ctrl-C and the like instead of being torn out of what is being done."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

__all__ = ['Interrupts']


class Interrupts:
    """
    Within its context signals are counted.

    :ivar count: how many have come
    :ivar last: number of the newest
    """

    def __init__(self, *numbers: signal.Signals) -> None:
        """Remember which signals."""
        self.count = 0
        self.last = 0
        self._numbers = numbers
        self._taken = 0
        self._before: list[Any] = []

    def __enter__(self) -> Interrupts:
        """Begin to count."""
        self._before = [signal.signal(number, self._on_signal) for number in self._numbers]
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, before in zip(self._numbers, self._before):
            signal.signal(number, before)

    def take(self) -> int:
        """Return the ordinal of the next signal not yet taken, 0 when there is none."""
        if self._taken == self.count:
            return 0
        self._taken += 1
        return self._taken

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self.last = number

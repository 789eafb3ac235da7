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
"""Signals as bytes to be read, so that one select waits for everything."""

from __future__ import annotations

import os
import signal
from typing import Any

__all__ = ['Signals']

_READ = 512


class Signals:
    """Within its context signals are noted instead of taken; readable when there are some."""

    def __init__(self, *numbers: signal.Signals) -> None:
        """Remember which."""
        self._numbers = numbers
        self._before: list[Any] = []
        self._wakeup_before = -1
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> Signals:
        """Begin to note them."""
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._before = [signal.signal(number, _noted) for number in self._numbers]
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, before in zip(self._numbers, self._before):
            signal.signal(number, before)
        signal.set_wakeup_fd(self._wakeup_before)

    def fileno(self) -> int:
        """Return what to wait on."""
        return self._read

    def wake(self) -> None:
        """Make it readable without a signal; from any thread."""
        try:
            os.write(self._write, b'\0')
        except BlockingIOError:
            pass  # it is readable already

    def take(self) -> list[int]:
        """Return the signals that have come, in order."""
        try:
            return [number for number in os.read(self._read, _READ) if number]
        except BlockingIOError:
            return []


def _noted(_number: int, _frame: object) -> None:
    """Do nothing: the interpreter has written the number into the pipe."""

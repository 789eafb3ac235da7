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

"""
SIGINT and SIGTERM of a node process.

rclpy's handlers shut the context down under the node's feet. Here a signal only wakes the
executor, and the node is ended in order. Python runs its handlers between bytecodes of the main
thread, which waits in C; so the C handler writes to a pipe, and a thread reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
import os
import signal
import threading
from types import FrameType
from typing import Any

__all__ = ['EndRequested', 'Signals', 'interruptible']

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class EndRequested(BaseException):
    """Raised in the author's code that runs before the node spins, so that it ends at once."""


class Signals:
    """
    Turns the first SIGINT or SIGTERM into a call; later ones change nothing.

    :param on_signal: called once, in another thread
    """

    installed: Signals | None = None

    def __init__(self, on_signal: Callable[[], None]) -> None:
        """Prepare; nothing is installed before ``with``."""
        self._on_signal = on_signal
        self._before: dict[int, Any] = {}
        self._pipe: tuple[int, int] | None = None
        self._wakeup_before = -1
        self.received = False
        self.starting = True
        self._in_author_code = 0

    def __enter__(self) -> Signals:
        """Install the handlers; does nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return self
        self._pipe = os.pipe()
        os.set_blocking(self._pipe[1], False)
        self._wakeup_before = signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        threading.Thread(target=self._read, args=(self._pipe[0],), name='signals',
                         daemon=True).start()
        Signals.installed = self
        return self

    def __exit__(self, *_: object) -> None:
        """Put back what was there before."""
        if self._pipe is None:
            return
        Signals.installed = None
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._pipe[1])

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Interrupt what the author's code does in a start; everything else ends by itself."""
        self.received = True
        if self.starting and self._in_author_code:
            raise EndRequested

    def _read(self, fd: int) -> None:
        try:
            while data := os.read(fd, 64):
                if any(number in _SIGNALS for number in data):
                    self.received = True
                    self._on_signal()
        finally:
            os.close(fd)

    @contextmanager
    def author_code(self) -> Iterator[None]:
        """Mark code that a signal may interrupt while the node starts."""
        self._in_author_code += 1
        try:
            if self.received and self.starting:
                raise EndRequested
            yield
        finally:
            self._in_author_code -= 1


@contextmanager
def interruptible() -> Iterator[None]:
    """Run code of the author that a signal may interrupt as long as the process starts."""
    signals = Signals.installed
    if signals is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    with signals.author_code():
        yield

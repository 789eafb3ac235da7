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

rclpy's handlers shut the context down under the node's feet. Here a POSIX signal only wakes the
executor, and the node is ended in order. Python runs its handlers between bytecodes of the main
thread, which waits in C; so the C handler writes to a pipe, and a thread reads it.

There is one such wakeup descriptor in a process, and asyncio or others take it: ``keep()`` takes
it back, and the thread hands on to theirs what it reads. A process that the author forks has
nothing of all this: its signals would end the node.
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

from nevil_nodes.node.author_forks import SIGNALS
from nevil_nodes.node.author_forks import watch_forks

__all__ = ['EndRequested', 'Signals', 'interruptible']

# What Python sets, and what asyncio leaves when it takes its own handler away.
_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


class EndRequested(BaseException):
    """Raised in the author's code that runs before the node spins, so that it ends at once."""


class Signals:
    """
    Turns the first SIGINT or SIGTERM into a call; later ones change nothing.

    :param on_signal: called once for each signal, in another thread or in a handler
    """

    installed: Signals | None = None

    def __init__(self, on_signal: Callable[[], None]) -> None:
        """Prepare; nothing is changed before ``install()``."""
        self._on_signal = on_signal
        self._before: dict[int, Any] = {}
        self._pipe: tuple[int, int] | None = None
        self._others = -1
        self._other_file: tuple[int, int] | None = None
        self.received = False
        self.starting = True
        self._in_author_code = 0

    def install(self) -> None:
        """Install the handlers for good; does nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        self._pipe = os.pipe()
        # A handler must never block; a full pipe wakes the reader just as well.
        os.set_blocking(self._pipe[1], False)
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._handle)
        Signals.installed = self
        self.keep()
        # A daemon: it waits in read() until the process ends.
        threading.Thread(target=self._read, args=(self._pipe[0],), name='signals',
                         daemon=True).start()
        watch_forks(self._leave_fork)

    def keep(self) -> None:
        """
        Take back what the author's code may have taken; in the main thread.

        A handler of the author's own stays: the pipe notifies us all the same.
        """
        if self._pipe is None:
            return
        found = signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
        if found != self._pipe[1]:
            self._others, self._other_file = found, _identity(found)
        for number in SIGNALS:
            if signal.getsignal(number) in _DEFAULTS:
                signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        """Interrupt what the author's code does in a start; everything else ends by itself."""
        self.received = True
        self._on_signal()
        if self.starting and self._in_author_code:
            raise EndRequested

    def _read(self, fd: int) -> None:
        try:
            while data := os.read(fd, 64):
                self._hand_on(data)
                if any(number in SIGNALS for number in data):
                    self.received = True
                    self._on_signal()
        finally:
            os.close(fd)

    def _hand_on(self, data: bytes) -> None:
        """Give others what their descriptor would have got, while it is still theirs."""
        if self._others >= 0 and _identity(self._others) == self._other_file:
            try:
                os.write(self._others, data)
            except OSError:
                pass  # full or closed: they are awake, or gone

    def _leave_fork(self) -> None:
        """Give a fork of the author the signals that it would have by hand."""
        Signals.installed = None
        assert self._pipe is not None
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._handle:
                signal.signal(number, handler)
        found = signal.set_wakeup_fd(-1)
        theirs = self._others if found == self._pipe[1] else found
        # set_wakeup_fd() raises for a descriptor that is closed.
        if theirs >= 0 and _identity(theirs) is not None:
            signal.set_wakeup_fd(theirs)
        for fd in self._pipe:
            os.close(fd)
        self._pipe = None

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
            self.keep()


def _identity(fd: int) -> tuple[int, int] | None:
    """Return what distinguishes an open file from the next one with the same number."""
    try:
        status = os.fstat(fd)
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def interruptible() -> Iterator[None]:
    """Run code of the author that a signal may interrupt as long as the process starts."""
    signals = Signals.installed
    if signals is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    with signals.author_code():
        yield

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

"""SIGTERM and SIGHUP end a launch in order, as Ctrl-C does."""

from __future__ import annotations

# set_wakeup_fd itself: launch replaces that of signal while it runs
import _signal  # type: ignore[import-not-found]
from collections.abc import Callable
import os
import signal
import socket
import threading
from typing import Any

from launch.events import Shutdown
import launch.logging

__all__ = ['Ending']

_ENDS = (signal.SIGTERM, signal.SIGHUP)


class Ending:
    """
    Makes a launch shut down on signals that would kill it, its nodes left behind.

    launch has its own idea of SIGTERM (it drops everything), which works only where somebody else
    has installed a handler, and learns of signals through the wakeup descriptor. So that
    descriptor becomes ours until the last robot has ended; other signals are passed to launch.
    """

    def __init__(self, context: Any, on_end: Callable[[], None]) -> None:
        """
        Do nothing yet.

        :param on_end: called at once when a signal ends the launch. Its ``Shutdown`` event may
            come a second later: launch_ros waits for its own executor first
        """
        self._context = context
        self._on_end = on_end
        self._pair: tuple[socket.socket, socket.socket] | None = None
        self._ours: list[signal.Signals] = []
        self._launchs = -1

    def begin(self) -> None:
        """Receive the signals from now on."""
        # Python allows handlers and the wakeup descriptor in the main thread only.
        if self._pair or threading.current_thread() is not threading.main_thread():
            return
        # A handler that somebody else has installed stays theirs.
        self._ours = [number for number in _ENDS if signal.getsignal(number) == signal.SIG_DFL]
        if not self._ours:
            return
        self._pair = socket.socketpair()
        for end in self._pair:
            end.setblocking(False)
        self._launchs = _signal.set_wakeup_fd(self._pair[1].fileno(), warn_on_full_buffer=False)
        for number in self._ours:
            # With a handler that does nothing the signal does not end the process, and still
            # writes its byte.
            signal.signal(number, lambda *_: None)
        self._context.asyncio_loop.add_reader(self._pair[0], self._hear)

    def end(self) -> None:
        """Leave everything as it was."""
        if self._pair is not None:
            for number in self._ours:
                signal.signal(number, signal.SIG_DFL)
            self._context.asyncio_loop.remove_reader(self._pair[0])
            _signal.set_wakeup_fd(self._launchs)
            for end in self._pair:
                end.close()
            self._pair = None

    def _hear(self) -> None:
        assert self._pair is not None
        heard = self._pair[0].recv(4096)
        others = bytes(number for number in heard if number not in _ENDS)
        if others and self._launchs != -1:
            os.write(self._launchs, others)
        if any(number in (signal.SIGINT, *_ENDS) for number in heard):
            self._on_end()
        for number in heard:
            if number in _ENDS and not self._context.is_shutdown:
                name = signal.Signals(number).name
                launch.logging.get_logger('launch').warning(f'{name}: shutting down in order')
                self._context.emit_event_sync(Shutdown(reason=name))
                return

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

"""The thread that calls ``main_loop()`` again and again while the node is active."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Any

from nevil_nodes.node.author_forks import in_author_fork
from nevil_nodes.node.debugging import debug

__all__ = ['MainLoop']

# A main_loop() that returns at once would burn a core: v3 nodes sleep in it, but not all do.
_IDLE_CALL_S = 0.0001
# A main_loop() that returns at once, without waiting, must not use a whole core.
_IDLE_PAUSE_S = 0.01


class MainLoop:
    """
    Runs a function in its own thread, paused and resumed by the lifecycle.

    :param call: the node's ``main_loop``
    :param max_errors: asked at each error: how many in a row end the loop
    :param on_error: called with the exception and how many there have been in a row
    :param on_end: called once when the loop gives up (with None) or on SystemExit (with its code)
    """

    def __init__(
        self, name: str, call: Callable[[], Any], *, error_pause_s: Callable[[], float],
        max_errors: Callable[[], int], on_error: Callable[[BaseException, int], None],
        on_success: Callable[[], None], on_end: Callable[[SystemExit | None], None],
    ) -> None:
        """Prepare the thread; it starts with the first ``resume()``."""
        self._call = call
        self._error_pause_s = error_pause_s
        self._max_errors = max_errors
        self._on_error = on_error
        self._on_success = on_success
        self._on_end = on_end
        self._changed = threading.Condition()
        self._wanted = False
        self._stopping = False
        self._in_call = False
        self._thread = threading.Thread(target=self._run, name=f'{name}_main', daemon=True)
        self.count = 0
        self.last_return = time.monotonic()

    def resume(self) -> None:
        """Let the loop run."""
        with self._changed:
            if self._stopping:
                return
            self._wanted = True
            self.last_return = time.monotonic()
            if not self._thread.ident:
                self._thread.start()
            self._changed.notify_all()

    def pause(self, wait_s: float) -> bool:
        """
        Start no further call.

        :param wait_s: how long the call that is under way may take to return
        :returns: whether it has returned (True as well when the loop itself asks)
        """
        with self._changed:
            self._wanted = False
            self._changed.notify_all()
            if threading.current_thread() is self._thread:
                return True
            return self._changed.wait_for(lambda: not self._in_call, wait_s)

    def stop(self, wait_s: float) -> bool:
        """End the loop for good; returns as ``pause()`` does."""
        with self._changed:
            self._stopping = True
        return self.pause(wait_s)

    def progress(self) -> None:
        """Count as much as a completed call; from any thread."""
        with self._changed:
            self.count += 1
            self.last_return = time.monotonic()

    @property
    def running(self) -> bool:
        """Return whether calls are made now."""
        return self._wanted and not self._stopping

    def _wait_for_turn(self) -> bool:
        with self._changed:
            self._in_call = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._wanted or self._stopping)
            self._in_call = not self._stopping
            return self._in_call

    def _rest(self, seconds: float) -> None:
        with self._changed:
            self._in_call = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._stopping or not self._wanted, seconds)

    def _run(self) -> None:
        in_a_row = 0
        while self._wait_for_turn():
            began = time.perf_counter()
            try:
                self._call()
            except Exception as error:
                if in_author_fork():
                    raise
                in_a_row += 1
                self._on_error(error, in_a_row)
                debug(error)
                if in_a_row >= self._max_errors():
                    self._give_up(None)
                    return
                self._rest(self._error_pause_s())
                continue
            except SystemExit as error:
                if in_author_fork():
                    raise
                self._give_up(error)
                return
            in_a_row = 0
            self.progress()
            self._on_success()
            if time.perf_counter() - began < _IDLE_CALL_S:
                self._rest(_IDLE_PAUSE_S)

    def _give_up(self, error: SystemExit | None) -> None:
        with self._changed:
            self._in_call = False
            self._stopping = True
            self._changed.notify_all()
        self._on_end(error)

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

"""The executor of a node process: one thread, and no callback of anybody ends it."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Any

from rclpy.executors import ConditionReachedException
from rclpy.executors import ExternalShutdownException
from rclpy.executors import ShutdownException
from rclpy.executors import SingleThreadedExecutor
from rclpy.executors import TimeoutException

__all__ = ['NodeExecutor']


class NodeExecutor(SingleThreadedExecutor):  # type: ignore[misc]
    """
    Runs callbacks in the calling thread.

    :param on_error: called with the node and the exception of its callback; the executor continues
    :param after: called after each callback
    """

    def __init__(self, on_error: Callable[[Any, BaseException], None], *,
                 after: Callable[[], None] = lambda: None, **kwargs: Any) -> None:
        """Create the executor."""
        super().__init__(**kwargs)
        self._on_error = on_error
        self._after = after
        self._ending = False
        self._turn = threading.Condition()
        self._turns = 0

    def end(self) -> None:
        """Let ``spin()`` return; from any thread."""
        self._ending = True
        self.wake()
        self.tell()

    def is_ending(self) -> bool:
        """Return whether ``end()`` was called."""
        # The same function each time: another would make rclpy begin a new round after each
        # callback, in which those that come last (services, tasks) may never have their turn.
        return self._ending

    def spin(self) -> None:
        """Execute callbacks until ``end()``."""
        while not self._ending and self.context.ok():
            self.spin_once()

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Execute one callback; what it raises is reported."""
        self._spin_once_impl(timeout_sec, self.is_ending)

    def spin_until_future_complete(self, future: Any, timeout_sec: float | None = None) -> None:
        """Execute callbacks until a future is done, a time is over, or the node is to end."""
        ended_before = self._ending
        until = _deadline(timeout_sec)

        def is_done() -> bool:
            return bool(future.done()) or (self._ending and not ended_before)

        # A future that another thread sets would not end the wait for the middleware.
        future.add_done_callback(lambda _: self.wake())
        while self.context.ok() and not is_done():
            rest_s = None if until is None else until - time.monotonic()
            self._spin_once_impl(None if rest_s is None else max(0.0, rest_s), is_done)
            if rest_s is not None and rest_s <= 0:
                return

    def wait_for_turn(self, timeout_sec: float | None = None, future: Any = None) -> None:
        """
        Wait, in another thread, until this one has executed a callback, or the node is to end.

        :param future: wait for that to be done instead
        """
        with self._turn:
            turns, until = self._turns, _deadline(timeout_sec)
            self._turn.wait_for(
                lambda: self._ending or (
                    self._turns != turns if future is None else future.done()),
                None if until is None else until - time.monotonic())

    def tell(self) -> None:
        """Let those look again who wait for a turn."""
        with self._turn:
            self._turn.notify_all()

    def _spin_once_impl(self, timeout_sec: Any = None, wait_condition: Any = None) -> None:
        try:
            handler, _, node = self.wait_for_ready_callbacks(timeout_sec, None, wait_condition)
        except (ConditionReachedException, ExternalShutdownException, ShutdownException,
                TimeoutException):
            return
        try:
            handler()
        finally:
            self._after()
        # rclpy stores it in the task; spin_once() of rclpy would raise it and end the loop.
        error = handler.exception()
        if error is not None:
            self._on_error(node, error)
        with self._turn:
            self._turns += 1
            self._turn.notify_all()


def _deadline(timeout_sec: float | None) -> float | None:
    """Return when a time is over that rclpy counts; None where it never is."""
    if timeout_sec is None or timeout_sec < 0:
        return None
    return time.monotonic() + timeout_sec

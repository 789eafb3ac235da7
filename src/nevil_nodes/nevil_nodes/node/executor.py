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

    :param on_error: told which node's callback raised what; the executor goes on
    """

    def __init__(self, on_error: Callable[[Any, BaseException], None], **kwargs: Any) -> None:
        """Create the executor."""
        super().__init__(**kwargs)
        self._on_error = on_error
        self._ending = False

    def end(self) -> None:
        """Let ``spin()`` return; from any thread."""
        self._ending = True
        self.wake()

    def _is_ending(self) -> bool:
        # The same function each time: another would make rclpy begin a new round after each
        # callback, in which those that come last (services, tasks) may never have their turn.
        return self._ending

    def spin(self) -> None:
        """Execute callbacks until ``end()``."""
        while not self._ending and self.context.ok():
            self.spin_once()

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Execute one callback; what it raises is reported."""
        try:
            handler, _, node = self.wait_for_ready_callbacks(
                timeout_sec, None, self._is_ending)
        except (ConditionReachedException, ExternalShutdownException, ShutdownException,
                TimeoutException):
            return
        handler()
        error = handler.exception()
        if error is not None:
            self._on_error(node, error)

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

"""Carries out steps of the health node's, calls of services, in a thread of launch."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time
from typing import Any

from launch_ros.ros_adapters import get_ros_node
from nevil_health.monitor.calls import Call
from nevil_health.monitor.lifecycle import Inner

__all__ = ['Caller']

_LOOK_S = 0.1
_SERVICE_S = 0.02


class Caller:
    """
    Calls services through launch's own ROS node, which receives the answers in a thread of its.

    launch ends that node a moment before it says that it ends; nothing that fails then is an
    error.
    """

    def __init__(self, context: Any) -> None:
        """Call nothing yet."""
        self._context = context
        self._node = get_ros_node(context)
        self._clients: dict[str, Any] = {}

    def run(self, steps: Inner, wanted: Callable[[], bool]) -> Any:
        """
        Carry out steps to their end, in this thread.

        :param wanted: False as soon as nobody waits for what they come to
        :returns: what they return; None when launch has ended its ROS node meanwhile
        """
        result = None
        try:
            while True:
                step = steps.send(result)
                if isinstance(step, Call):
                    result = self._call(step, wanted)
                else:
                    time.sleep(step)
        except StopIteration as end:
            return end.value
        except Exception:
            if self._lasts():
                raise
            return None

    def wait_for(self, kind: Any, name: str, wanted: Callable[[], bool]) -> bool:
        """Return whether there is a service, once there is or nobody waits for it any longer."""
        try:
            client = self._client(kind, name)
            while not client.service_is_ready():
                if not wanted():
                    return False
                time.sleep(_SERVICE_S)
            return True
        except Exception:
            if self._lasts():
                raise
            return False

    def close(self) -> None:
        """Drop the clients."""
        for client in self._clients.values():
            self._node.destroy_client(client)
        self._clients.clear()

    def _client(self, kind: Any, name: str) -> Any:
        if name not in self._clients:
            self._clients[name] = self._node.create_client(kind, name)
        return self._clients[name]

    def _call(self, call: Call, wanted: Callable[[], bool]) -> Any:
        client = self._client(call.type, call.name)
        deadline = time.monotonic() + call.timeout_s
        while not client.service_is_ready():
            if time.monotonic() >= deadline or not wanted():
                return None
            time.sleep(_SERVICE_S)
        done = threading.Event()
        future = client.call_async(call.request)
        future.add_done_callback(lambda _: done.set())
        while not done.wait(min(_LOOK_S, max(0.0, deadline - time.monotonic()))):
            if time.monotonic() >= deadline or not wanted():
                client.remove_pending_request(future)
                break
        return future.result() if future.done() and not future.cancelled() else None

    def _lasts(self) -> bool:
        """Return whether launch's ROS node is there."""
        try:
            with self._node.handle:
                return bool(self._node.context.ok())
        except Exception:  # noqa: B902 - InvalidHandle of rclpy, which is not imported here
            return False

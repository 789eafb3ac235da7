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

"""A ROS node of a test that asks services and listens to topics, in its own context."""

from __future__ import annotations

from typing import Any

from quality.waiting import wait_for
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile


class Asker:
    """Everything has a deadline."""

    def __init__(self, domain: int) -> None:
        """Come up in that ROS domain."""
        self._context = Context()
        rclpy.init(args=[], context=self._context, domain_id=domain)
        self._node = rclpy.create_node('asker', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._clients: dict[str, Any] = {}
        self._publishers: dict[str, Any] = {}

    def __enter__(self) -> Asker:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Go away."""
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def ask(self, kind: Any, name: str, request: Any, timeout_s: float = 20.0) -> Any:
        """Return the answer of a service, as soon as it is there."""
        if name not in self._clients:
            self._clients[name] = self._node.create_client(kind, name)
            assert self._clients[name].wait_for_service(timeout_s), f'no service {name}'
        future = self._clients[name].call_async(request)
        self._executor.spin_until_future_complete(future, timeout_s)
        assert future.done(), f'{name} has not answered'
        return future.result()

    def offers(self, name: str) -> bool:
        """Return whether somebody offers a service."""
        return bool(self._node.count_services(name))

    def say(self, kind: Any, name: str, message: Any) -> None:
        """Publish a message."""
        if name not in self._publishers:
            self._publishers[name] = self._node.create_publisher(kind, name, 10)
        self._publishers[name].publish(message)

    def hear(self, kind: Any, name: str, count: int = 1, *, latched: bool = True,
             timeout_s: float = 20.0) -> list[Any]:
        """Return the next messages of a topic."""
        heard: list[Any] = []
        durability = DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE
        subscription = self._node.create_subscription(
            kind, name, heard.append, QoSProfile(depth=10, durability=durability))
        wait_for(lambda: len(heard) >= count, timeout_s,
                 step=lambda: self._executor.spin_once(0.1),
                 what=lambda: f'{count} messages on {name}: {heard}')
        self._node.destroy_subscription(subscription)
        return heard

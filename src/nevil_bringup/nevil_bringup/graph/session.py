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

"""A node of the command line in the robot's domain, for a moment."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
import os
import time
from typing import Any
from typing import TypeVar

from nevil_bringup.errors import UserError
import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

__all__ = ['full_name', 'Session', 'session']

# Nobody says when all of a domain have been heard: until nothing new comes for a while.
_LEAST_S, _CALM_S, _MOST_S = 1.0, 0.5, 4.0
_SERVICE_S = 5.0
_TICK_S = 0.05
_Seen = TypeVar('_Seen')


class Session:
    """
    A node, and who lets it work.

    :ivar node: hidden, without parameters and logs
    """

    def __init__(self, node: Node, executor: SingleThreadedExecutor) -> None:
        """Know nobody yet."""
        self.node, self._executor = node, executor

    def spin(self, timeout_s: float = _TICK_S) -> None:
        """Let what has arrived be handled."""
        self._executor.spin_once(timeout_sec=timeout_s)

    def calm(self, look: Callable[[], _Seen],
             enough: Callable[[_Seen], bool] = lambda seen: False) -> _Seen:
        """
        Return what is seen once it changes no more.

        :param enough: whether that is all that is wanted
        """
        began = changed = time.monotonic()
        seen = look()
        while (now := time.monotonic()) < began + _MOST_S:
            if enough(seen) or now > began + _LEAST_S and now > changed + _CALM_S:
                break
            self.spin()
            before, seen = seen, look()
            if seen != before:
                changed = time.monotonic()
        return seen

    def nodes(self, wanted: str = '') -> list[str]:
        """Return the full names of all nodes but hidden ones, or of some with the one wanted."""
        def look() -> list[str]:
            return sorted({f'{namespace.rstrip("/")}/{name}' for name, namespace
                           in self.node.get_node_names_and_namespaces()
                           if not name.startswith('_')})
        return self.calm(look, lambda names: wanted in names)

    def call(self, kind: Any, service: str, request: Any) -> Any:
        """
        Return the answer of a service.

        :raises UserError: there is none
        """
        client = self.node.create_client(kind, service)
        try:
            future = None
            deadline = time.monotonic() + _SERVICE_S
            while time.monotonic() < deadline:
                if future is None and client.service_is_ready():
                    future = client.call_async(request)
                self.spin()
                if future is not None and future.done():
                    return future.result()
        finally:
            self.node.destroy_client(client)
        raise UserError(f'{service} does not answer within {_SERVICE_S:g} s')


@contextmanager
def session() -> Iterator[Session]:
    """Be in the domain until the end."""
    context = Context()
    rclpy.init(args=['--ros-args', '--disable-external-lib-logs'], context=context)
    node = rclpy.create_node(
        f'_nevil_cli_{os.getpid()}', context=context, enable_rosout=False,
        start_parameter_services=False)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        yield Session(node, executor)
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown(context=context)


def full_name(name: str) -> str:
    """Return a name with its slash."""
    return name if name.startswith('/') else f'/{name}'

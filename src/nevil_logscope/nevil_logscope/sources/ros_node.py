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

"""A ROS 2 node of LogScope's own, which no executor spins: its messages are taken when asked."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import os
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions

__all__ = ['Inbox', 'RosNode', 'qos']


def qos(depth: int, *, reliable: bool = True, latched: bool = True) -> QoSProfile:
    """Return a QoS profile that keeps that many messages."""
    return QoSProfile(
        depth=depth, history=HistoryPolicy.KEEP_LAST,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE)


class RosNode:
    """
    The node; it has a context of its own, so that it works beside rqt's and without any.

    :raises Exception: ROS 2 cannot be started; says why
    """

    def __init__(self, name: str = 'logscope') -> None:
        self._context = Context()
        rclpy.init(context=self._context, signal_handler_options=SignalHandlerOptions.NO)
        self.node: Any = rclpy.create_node(
            f'{name}_{os.getpid()}', context=self._context, enable_rosout=False,
            start_parameter_services=False, use_global_arguments=False)

    def close(self) -> None:
        """End the node and its context."""
        if self.node is not None:
            self.node.destroy_node()
            self.node = None
            self._context.try_shutdown()


class Inbox:
    """The messages of a subscription, taken without an executor."""

    def __init__(self, ros: RosNode, kind: Any, topic: str, profile: QoSProfile) -> None:
        self._ros, self._kind = ros, kind
        create: Callable[..., Any] = ros.node.create_subscription
        self._subscription = create(
            kind, topic, lambda message: None, profile,
            event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False))

    def take(self) -> Iterator[tuple[Any, int]]:
        """Yield the messages that have arrived, with the numbers their publishers gave them."""
        handle = self._subscription.handle
        with handle:
            while (taken := handle.take_message(self._kind, False)) is not None:
                yield taken[0], int(taken[1].get('publication_sequence_number') or 0)

    def close(self) -> None:
        """End the subscription."""
        if self._ros.node is not None:
            self._ros.node.destroy_subscription(self._subscription)

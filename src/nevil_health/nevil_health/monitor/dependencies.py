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

"""Publishes which of the nodes that a node requires are lost or back."""

from __future__ import annotations

from collections.abc import Sequence

from nevil_msgs.msg import Dependency
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

__all__ = ['DependencyTeller', 'TOPIC']

TOPIC = '/nevil/dependency'
# Many nodes may lose the same dependency at once; each takes only what is addressed to it.
_DEPTH = 100


class DependencyTeller:
    """Publishes ``nevil_msgs/Dependency``; a node receives it also while it is inactive."""

    def __init__(self, node: Node) -> None:
        """Advertise the topic."""
        self._node = node
        self._publisher = node.create_publisher(Dependency, TOPIC, QoSProfile(
            reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST,
            durability=DurabilityPolicy.VOLATILE, depth=_DEPTH))

    def stop(self) -> None:
        """Withdraw the topic."""
        self._node.destroy_publisher(self._publisher)

    def tell(self, node: str, lost: Sequence[str], restored: Sequence[str]) -> None:
        """Publish it for one node."""
        self._publisher.publish(Dependency(node=node, lost=lost, restored=restored))

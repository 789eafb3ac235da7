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
News of the nodes that a node requires, on /nevil/dependency.

The monitor sends them before it pauses a node because it lost one of them, and before it resumes
it. Only a node that wants to know subscribes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nevil_msgs.msg import Dependency
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

__all__ = ['DEPENDENCY_QOS', 'DEPENDENCY_TOPIC', 'LOST', 'RESTORED', 'DependencyNews']

DEPENDENCY_TOPIC = '/nevil/dependency'
DEPENDENCY_QOS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST, depth=100)
LOST = 'on_dependency_lost'
RESTORED = 'on_dependency_restored'


class DependencyNews:
    """
    Calls the node's ``on_dependency_lost()`` and ``on_dependency_restored()``, once for each news.

    :param node: the NevilNode
    :param name: what the monitor calls it
    :param tell: calls one of the two with the name of the other node
    """

    def __init__(self, node: Any, name: str, tell: Callable[[str, str], None]) -> None:
        """Subscribe."""
        self._name = name
        self._tell = tell
        self._lost: dict[str, bool] = {}
        node.create_subscription(Dependency, DEPENDENCY_TOPIC, self._receive, DEPENDENCY_QOS)

    def _receive(self, message: Dependency) -> None:
        if message.node != self._name:
            return
        for hook, names in ((LOST, message.lost), (RESTORED, message.restored)):
            for name in names:
                lost = hook == LOST
                if self._lost.get(name) is not lost:  # a monitor that was restarted repeats itself
                    self._lost[name] = lost
                    self._tell(hook, name)

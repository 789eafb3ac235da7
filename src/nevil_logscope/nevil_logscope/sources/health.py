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

"""The health of each node, as /nevil/node_health says; lights for the list of nodes."""

from __future__ import annotations

from dataclasses import dataclass
import time

from nevil_logscope.sources.ros_node import Inbox
from nevil_logscope.sources.ros_node import qos
from nevil_logscope.sources.ros_node import RosNode
from nevil_logscope.store import Batch
from nevil_msgs.msg import NodeHealthArray

__all__ = ['HealthSource']

_TOPIC = '/nevil/node_health'
_STALE_S = 30.0


@dataclass(frozen=True)
class Light:
    """
    How a node is.

    :param level: unknown, healthy, degraded, unhealthy
    :param state: of its process: ready, starting, backoff, ...
    :param cause: why it is not healthy
    :param restarts: since the system was started
    """

    level: str
    state: str
    cause: str
    restarts: int
    cpu_percent: float
    memory_mb: float


class HealthSource:
    """
    The lights; it gives no entries.

    :param ros: node to use; None makes one
    """

    name = _TOPIC
    loading = False
    dropped = 0

    def __init__(self, ros: RosNode | None = None) -> None:
        self.received = 0
        # By node; replaced as a whole when there is news.
        self.lights: dict[str, Light] = {}
        self._own = ros is None
        self._ros = ros or RosNode()
        self._inbox = Inbox(self._ros, NodeHealthArray, _TOPIC, qos(1))
        self._heard_at: float | None = None

    @property
    def ok(self) -> bool:
        """Return whether the health node has published recently."""
        return self._heard_at is not None and time.monotonic() - self._heard_at < _STALE_S

    @property
    def status(self) -> str:
        """Return whether the health node publishes."""
        if self._heard_at is None:
            return 'no health node'
        return f'{len(self.lights)} nodes' if self.ok else 'the health node is silent'

    def poll(self, budget_s: float) -> list[Batch]:
        """Take the newest health of all nodes."""
        for message, _ in self._inbox.take():
            self.received += 1
            self._heard_at = time.monotonic()
            self.lights = {
                node.node: Light(node.level, node.state, node.cause, node.restarts,
                                 node.cpu_percent, node.memory_mb)
                for node in message.nodes}
        return []

    def close(self) -> None:
        """End the subscription, and the node if it is ours."""
        self._inbox.close()
        if self._own:
            self._ros.close()

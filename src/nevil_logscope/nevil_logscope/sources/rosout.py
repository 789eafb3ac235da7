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

"""What nodes say on /rosout, none of it lost: taken from a deep queue by polling."""

from __future__ import annotations

import time
from typing import Any

from nevil_logscope.sources.gaps import Gaps
from nevil_logscope.sources.marks import flags_in
from nevil_logscope.sources.ros_node import Inbox
from nevil_logscope.sources.ros_node import qos
from nevil_logscope.sources.ros_node import RosNode
from nevil_logscope.store import Batch
from nevil_logscope.store import LINE_BREAK
from nevil_logscope.store import Names
import numpy as np
from rcl_interfaces.msg import Log
from rclpy.qos import DurabilityPolicy
from rclpy.qos import ReliabilityPolicy

__all__ = ['RosoutSource']

_TOPIC = '/rosout'
# Bursts of many nodes come between two ticks of the window, and each publisher keeps up to 1000.
_DEPTH = 5000
_LOOK_S = 2.0


class RosoutSource:
    """
    The topic /rosout.

    Publishers that do not latch, or are not reliable, need a second subscription:
    the first one does not match them.

    :param ros: node to use; None makes one
    :raises Exception: ROS 2 cannot be started; says why
    """

    name = _TOPIC
    loading = False

    def __init__(self, names: Names, ros: RosNode | None = None) -> None:
        self.received = 0
        self._names = names
        self._number = names.sources.number(self.name)
        self._own = ros is None
        self._ros = ros or RosNode()
        self._inbox = Inbox(self._ros, Log, _TOPIC, qos(_DEPTH))
        self._second: Inbox | None = None
        # Nodes whose messages only the second subscription receives.
        self._odd: set[str] = set()
        self._publishers = 0
        self._gaps = Gaps()
        self._looked_at = -_LOOK_S

    @property
    def ok(self) -> bool:
        """Return whether anybody publishes."""
        return self._publishers > 0

    @property
    def dropped(self) -> int:
        """Return how many messages did not arrive, by their numbers."""
        return self._gaps.lost

    @property
    def status(self) -> str:
        """Return how many nodes speak."""
        many = self._publishers
        return f'{many} node{"" if many == 1 else "s"}' if many else 'nobody publishes'

    def poll(self, budget_s: float) -> list[Batch]:
        """Take what has arrived."""
        deadline = time.perf_counter() + budget_s
        self._look()
        messages = []
        for message, number in self._inbox.take():
            messages.append(message)
            self._gaps.see(message.name, number)
            if len(messages) == _DEPTH or time.perf_counter() > deadline:
                break
        if self._second is not None:
            messages += [message for message, _ in self._second.take()
                         if message.name.partition('.')[0] in self._odd]
        if not messages:
            return []
        self.received += len(messages)
        return [self._batch(messages)]

    def close(self) -> None:
        """End the subscriptions, and the node if it is ours."""
        for inbox in (self._inbox, self._second):
            if inbox is not None:
                inbox.close()
        if self._own:
            self._ros.close()

    def _batch(self, messages: list[Any]) -> Batch:
        nodes, components = self._names.nodes.number, self._names.components.number
        stamps = [(message.stamp.sec, message.stamp.nanosec) for message in messages]
        at_ns = np.array([sec * 1_000_000_000 + nanosec for sec, nanosec in stamps], np.int64)
        batch = Batch.of_columns([
            at_ns, np.array([min(4, max(0, message.level // 10 - 1)) for message in messages]),
            np.array([nodes(message.name) for message in messages]),
            np.array([components(message.function) for message in messages]),
            np.full(len(messages), self._number), np.zeros(len(messages)),
            np.zeros(len(messages)),
        ], [_text(message.msg) for message in messages])
        batch.flags[:] = flags_in(batch.text, batch.ends, batch.level, batch.node, self._names)
        return batch

    def _look(self) -> None:
        """Count the publishers, and subscribe to those with another QoS too."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_S:
            return
        self._looked_at = now
        found = self._ros.node.get_publishers_info_by_topic(_TOPIC)
        self._publishers = len(found)
        self._odd = {
            info.node_name for info in found
            if info.qos_profile.durability == DurabilityPolicy.VOLATILE
            or info.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT}
        if self._odd and self._second is None:
            self._second = Inbox(
                self._ros, Log, _TOPIC, qos(_DEPTH, reliable=False, latched=False))
        self._gaps.publishers_are([
            '.'.join([*info.node_namespace.split('/'), info.node_name]).strip('.')
            for info in found])


def _text(message: str) -> bytes:
    text = message.rstrip('\n').replace(LINE_BREAK, ' ').replace('\0', ' ')
    return text.replace('\r\n', '\n').replace('\n', LINE_BREAK).encode('utf-8', 'replace')

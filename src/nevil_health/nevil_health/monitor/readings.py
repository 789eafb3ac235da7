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

"""What the health node senses by its own clock (ready, late, back), sent and logged."""

from __future__ import annotations

import math
import time

from nevil_health.control.monitor import HeartbeatReading
from nevil_health.monitor.control_link import ControlLink
from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.lateness import NetworkSilent
from nevil_health.monitor.lateness import Watched
from nevil_health.monitor.resource_usage import state_of
from nevil_health.signals.silence import no_heartbeat
from rclpy.node import Node

__all__ = ['Readings']

# A participant that cannot be reached any more is forgotten after its lease (Fast DDS: 20 s).
_LEASE_S = 25.0
_LOOK_S = 1.0
_TOPIC = '/nevil/heartbeat'


class Readings:
    """Sends each reading once, with its evidence."""

    def __init__(self, node: Node, link: ControlLink) -> None:
        """Say nothing yet."""
        self._node, self._link = node, link
        self.expectation = Expectation()
        self._seen: frozenset[str] = frozenset()
        self._looked_at = -math.inf

    def ready(self, unit: ExpectedUnit) -> None:
        """Report that a unit has come up."""
        self._link.send(HeartbeatReading(
            kind='ready', unit=unit.unit, generation=unit.generation))

    def resumed(self, unit: ExpectedUnit, node: str) -> None:
        """Report that a late node sends heartbeats again, and with it its whole unit."""
        self._node.get_logger().info(f'{node}: heartbeats arrive again')
        self._link.send(HeartbeatReading(
            kind='resumed', unit=unit.unit, generation=unit.generation, node=node))

    def late(self, who: Watched, silent_for_s: float) -> None:
        """Report that a node is silent."""
        unit, generation, node = who
        self._node.get_logger().warning(f'{node}: {no_heartbeat(silent_for_s)}')
        self._link.send(HeartbeatReading(
            kind='late', unit=unit, generation=generation, silent_for_s=round(silent_for_s, 3),
            node=node, process_state=self._process_state(who)))

    def network_silent(self, news: NetworkSilent) -> None:
        """Report that most nodes fell silent at once."""
        self._node.get_logger().error(
            f'no heartbeat of {news.silent} of {news.nodes} nodes for {news.silent_for_s:.1f} s: '
            'they fell silent at once, so the network is the suspect and no node is blamed; '
            'check the loopback interface and ROS_DOMAIN_ID')
        self._link.send(HeartbeatReading(
            kind='network_silent', silent_for_s=round(news.silent_for_s, 3)))

    def network_back(self) -> None:
        """Report that their heartbeats arrive again."""
        self._node.get_logger().info('heartbeats arrive again')
        self._link.send(HeartbeatReading(kind='network_back'))

    def confirmed_silent(self, who: Watched, silent_for_s: float) -> bool:
        """
        Return whether it is certain that the node itself is silent, and not the way to it.

        So it is when its process is stopped or dead, and when the middleware, which has threads of
        its own, still keeps up the connection after the time in which it gives up lost ones.
        """
        if self._process_state(who) in ('T', 't', 'Z', 'X', None):
            return True
        return silent_for_s > _LEASE_S and who[2] in self._connected()

    def _connected(self) -> frozenset[str]:
        """Return the nodes whose heartbeat the middleware is connected to, as last observed."""
        at = time.monotonic()
        if at - self._looked_at > _LOOK_S:
            self._looked_at = at
            self._seen = frozenset(
                info.node_name for info in self._node.get_publishers_info_by_topic(_TOPIC))
        return self._seen

    def _process_state(self, who: Watched) -> str | None:
        unit = self.expectation.unit(who[:2])
        return state_of(unit.pid) if unit is not None else None

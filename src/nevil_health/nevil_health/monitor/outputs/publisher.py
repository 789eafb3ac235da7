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

"""The topics of the robot's health."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from nevil_health.control.monitor import PublishHealth
from nevil_health.control.reports import AlertReport
from nevil_health.control.reports import SystemReport
from nevil_health.monitor.outputs import messages
from nevil_health.monitor.outputs.diagnostics import diagnostics
from nevil_msgs.msg import AlertArray
from nevil_msgs.msg import NodeHealthArray
from nevil_msgs.msg import SystemHealth
from nevil_msgs.srv import GetHealth
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

__all__ = ['HealthPublisher']

# A change of many nodes comes as many changes; each is the whole list.
_MIN_PAUSE_S = 0.2
_DIAGNOSTICS_S = 1.0


def _qos(depth: int, durability: DurabilityPolicy) -> QoSProfile:
    return QoSProfile(reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST,
                      durability=durability, depth=depth)


class HealthPublisher:
    """Publishes what the supervisor says of the robot's health."""

    def __init__(self, node: Node) -> None:
        """Advertise the topics."""
        self._node = node
        latched = _qos(1, DurabilityPolicy.TRANSIENT_LOCAL)
        self._nodes = node.create_publisher(NodeHealthArray, '/nevil/node_health', latched)
        self._system = node.create_publisher(SystemHealth, '/nevil/system_health', latched)
        self._alerts = node.create_publisher(AlertArray, '/nevil/alerts', latched)
        self._diagnostics = node.create_publisher(
            DiagnosticArray, '/diagnostics', _qos(10, DurabilityPolicy.VOLATILE))
        self._waiting: PublishHealth | None = None
        self._said_at = self._diagnosed_at = 0.0
        self._last_alerts: Sequence[AlertReport] | None = None
        self.event: PublishHealth | None = None
        self.last = GetHealth.Response()
        self.lost('no data from the supervisor yet')

    def stop(self) -> None:
        """Withdraw the topics."""
        for publisher in (self._nodes, self._system, self._alerts, self._diagnostics):
            self._node.destroy_publisher(publisher)

    def health(self, message: PublishHealth) -> None:
        """Take over the event ``health``; only the newest of several is published."""
        self._waiting = message

    def lost(self, reason: str) -> None:
        """Say that nothing is known: what was last known may not be true any more."""
        self._waiting = None
        self.event = None
        self._publish(PublishHealth(
            nodes=(), system=SystemReport(level='unhealthy', causes=(reason,))))

    def flush(self, at: float) -> None:
        """Publish what is due."""
        if self._waiting is not None and at - self._said_at >= _MIN_PAUSE_S:
            message, self._waiting = self._waiting, None
            self._said_at = at
            try:
                self._publish(message)
                self.event = message
            except (OverflowError, ValueError) as error:  # a number that its message cannot hold
                self._node.get_logger().error(
                    f'health not understood: {type(error).__name__}: {error}')
        if self.event is not None and at - self._diagnosed_at >= _DIAGNOSTICS_S:
            self._diagnosed_at = max(at - _DIAGNOSTICS_S, self._diagnosed_at + _DIAGNOSTICS_S)
            if self._diagnostics.get_subscription_count():
                self._diagnostics.publish(diagnostics(
                    self.last.system, self.last.nodes, self._now()))

    def state_of(self, node: str) -> str:
        """Return the state of a node as it was last said; '' where it was not."""
        return next((one.state for one in self.last.nodes if one.node == node), '')

    def _publish(self, health: PublishHealth) -> None:
        """
        Publish all of it; the alerts only when there are some, or were.

        :raises ValueError: a number does not fit into its message; OverflowError likewise
        """
        stamp = self._now()
        said = GetHealth.Response(
            system=messages.system_health(health.system),
            nodes=[messages.node_health(one) for one in health.nodes],
            alerts=[messages.alert(one) for one in health.alerts])
        said.system.stamp = stamp
        self.last = said
        self._nodes.publish(NodeHealthArray(stamp=stamp, nodes=said.nodes))
        self._system.publish(said.system)
        if self._last_alerts is None or health.alerts or self._last_alerts:
            self._alerts.publish(AlertArray(stamp=stamp, alerts=said.alerts))
        self._last_alerts = health.alerts

    def _now(self) -> Any:
        return self._node.get_clock().now().to_msg()

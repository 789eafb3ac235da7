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
The sign of life of a node, on /nevil/heartbeat.

Sent by a timer in the node's default callback group: a callback that hangs silences it, which is
what it is for. The timer is steady, so neither a step of the wall clock nor sim time changes it.
"""

from __future__ import annotations

from collections.abc import Callable
import os
import threading
import time
from typing import Any
import uuid

from nevil_msgs.msg import Heartbeat
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.event_handler import UnsupportedEventTypeError
from rclpy.exceptions import InvalidHandle
from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

__all__ = ['HEARTBEAT_TOPIC', 'HeartbeatSender']

HEARTBEAT_TOPIC = '/nevil/heartbeat'
HEARTBEAT_QOS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE, durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST, depth=1)
# monitoring.heartbeat_timeout counts in these: less than three of them is refused.
PERIOD_S = 1.0
# Until a monitor is found, and shortly after, beats come faster: the first one makes a node ready.
EAGER_PERIOD_S = 0.05
EAGER_AFTER_MATCH_S = 0.5
EAGER_MAX_S = 10.0


def generation() -> int:
    """Return how many times the supervisor has started this node; 0 where it is not supervised."""
    text = os.environ.get('NEVIL_GENERATION', '')
    return int(text) if text.isdecimal() else 0


class HeartbeatSender:
    """
    Sends the heartbeat of one node.

    :param node: the rclpy node
    :param fill: puts the node's state and counters into the message
    """

    def __init__(self, node: Any, fill: Callable[[Heartbeat], None]) -> None:
        """Create the publisher; nothing is sent before ``start()``."""
        self._node = node
        self._fill = fill
        self._message = Heartbeat(
            node=node.get_fully_qualified_name(), pid=os.getpid(), generation=generation(),
            # Distinguishes a node from its predecessor in the same process, even if both have the
            # same pid (within a process, or in a container).
            instance=uuid.uuid4().hex)
        self._lock = threading.Lock()
        self._sequence = 0
        self._period_s = EAGER_PERIOD_S
        self._eager_until = time.monotonic() + EAGER_MAX_S
        self._due: float | None = None
        self._timer: Any = None
        self._publisher = self._create_publisher()

    def _create_publisher(self) -> Any:
        try:
            return self._node.create_publisher(
                Heartbeat, HEARTBEAT_TOPIC, HEARTBEAT_QOS,
                event_callbacks=PublisherEventCallbacks(matched=self._on_matched))
        except UnsupportedEventTypeError:  # some middlewares have no matched event
            return self._node.create_publisher(Heartbeat, HEARTBEAT_TOPIC, HEARTBEAT_QOS)

    def start(self) -> None:
        """Beat now, and from now on with the executor."""
        self._eager_until = time.monotonic() + EAGER_MAX_S
        self.beat()
        self._timer = self._node.create_timer(
            self._period_s, self._on_timer, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._due = time.monotonic() + self._period_s

    def beat(self) -> None:
        """Send one beat out of turn, for example after a change of state."""
        self._send(self._lag_s())

    def changed(self) -> None:
        """Send a change of state at once; silent before ``start()``."""
        if self._timer is not None:
            self.beat()

    def _on_timer(self) -> None:
        now, lag = time.monotonic(), self._lag_s()
        self._set_period(EAGER_PERIOD_S if now < self._eager_until else PERIOD_S)
        self._send(lag)
        self._due = now + self._timer.time_until_next_call() / 1e9

    def _lag_s(self) -> float:
        """Return for how long the timer has been due: the executor has had no turn for it."""
        return max(0.0, time.monotonic() - self._due) if self._due is not None else 0.0

    def _on_matched(self, info: Any) -> None:
        """Send one to a monitor that has just come up, without waiting for the next turn."""
        if info.current_count_change <= 0:
            return
        lag_s = self._lag_s()
        self._eager_until = time.monotonic() + EAGER_AFTER_MATCH_S
        if self._timer is not None:
            self._set_period(EAGER_PERIOD_S)
            self._due = time.monotonic() + self._timer.time_until_next_call() / 1e9
        self._send(lag_s)

    def _set_period(self, period_s: float) -> None:
        if period_s != self._period_s:
            self._period_s = period_s
            self._timer.timer_period_ns = int(period_s * 1e9)
            # The new period alone would take effect only after the next call.
            self._timer.reset()

    def _send(self, lag_s: float) -> None:
        message = self._message
        with self._lock:  # a change of state may come from another thread
            message.sequence = self._sequence
            message.period = self._period_s
            message.executor_lag = lag_s
            self._fill(message)
            self._sequence += 1
            try:
                self._publisher.publish(message)
            except (InvalidHandle, _rclpy.RCLError):
                if self._node.context.ok():
                    raise  # else somebody has shut the context down, and the node is ending

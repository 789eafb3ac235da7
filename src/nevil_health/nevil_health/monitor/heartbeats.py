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


"""Heartbeats: received, drained, judged; the verdicts go to a callback."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any

from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.lateness import Back
from nevil_health.monitor.lateness import Judge
from nevil_health.monitor.lateness import LagMeter
from nevil_health.monitor.lateness import Late
from nevil_health.monitor.lateness import NetworkBack
from nevil_health.monitor.lateness import NetworkSilent
from nevil_health.monitor.readiness import Beat
from nevil_health.monitor.readiness import Readiness
from nevil_msgs.msg import Heartbeat
from rclpy.clock import Clock
from rclpy.clock import ClockType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

__all__ = ['HeartbeatWatch', 'TOPIC']

TOPIC = '/nevil/heartbeat'
# Four beats of each of 250 nodes may wait while the monitor is away; unused room costs nothing.
_DEPTH = 1000
_MAX_DRAINED = 2 * _DEPTH
_SLEPT_S = 1.0


class HeartbeatWatch:
    """
    Decides who is ready and who is late.

    :param verdict: called with kind, unit, generation and seconds of silence
    """

    def __init__(self, node: Node, verdict: Callable[[str, str, int, float], None]) -> None:
        """Listen."""
        self._node = node
        self._verdict = verdict
        self._readiness = Readiness()
        self._expectation = Expectation()
        self._judge = Judge(self._expectation.heartbeat_timeout_s)
        self._lag = LagMeter(0.5)
        self._asleep_s = _asleep_s()
        self._subscription: Any = node.create_subscription(
            Heartbeat, TOPIC, self._on_heartbeat,
            QoSProfile(reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST,
                       durability=DurabilityPolicy.VOLATILE, depth=_DEPTH))
        self._timer: Any = node.create_timer(
            self._lag.period_s, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def stop(self) -> None:
        """Stop listening."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)

    def forget_told(self) -> None:
        """Tell every verdict again: there is a new listener."""
        self._readiness.forget_told()

    def expect(self, expectation: Expectation) -> None:
        """Judge these units from now on."""
        self._expectation = expectation
        self._set_timeout(expectation.heartbeat_timeout_s)
        for unit in self._readiness.expect(expectation.units):
            self._verdict('ready', unit.unit, unit.generation, 0.0)
        self._watch()

    def confirm(self, unit: ExpectedUnit) -> None:
        """Tell that a unit without heartbeats is ready."""
        if self._readiness.confirm(unit.key):
            self._verdict('ready', unit.unit, unit.generation, 0.0)

    def word_of(self, unit: ExpectedUnit, node: str, at: float) -> dict[str, Any]:
        """Return what the node last said of itself, as part of its sample."""
        state = self._readiness.state_of(unit, node)
        return {} if state is None else {'lifecycle_state': state}

    def _on_heartbeat(self, message: Heartbeat) -> None:
        """Take in this message and, without a turn of the executor for each, all that wait."""
        at = time.monotonic()
        self._take_in(message, at)
        self._drain(at)

    def _drain(self, at: float) -> None:
        with self._subscription.handle:
            for _ in range(_MAX_DRAINED):
                taken = self._subscription.handle.take_message(
                    self._subscription.msg_type, self._subscription.raw)
                if taken is None:
                    return
                self._take_in(taken[0], at)

    def _take_in(self, message: Heartbeat, at: float) -> None:
        beat = Beat(message.node.rpartition('/')[2], message.pid, message.generation,
                    message.lifecycle_state)
        ready = self._readiness.beat(beat)
        if ready is not None:
            self._verdict('ready', ready.unit, ready.generation, 0.0)
            self._watch()
        unit = self._readiness.unit_of(beat)
        if unit is None:
            return
        for news in self._judge.beat((*unit.key, beat.node), at, self._lag.lost_s,
                                     message.period):
            if isinstance(news, NetworkBack):
                self._node.get_logger().info('heartbeats arrive again')
            elif isinstance(news, Back) and not self._judge.any_late(*unit.key):
                self._verdict('resumed', unit.unit, unit.generation, 0.0)

    def _tick(self) -> None:
        at = time.monotonic()
        self._lag.tick(at)
        self._drain(at)
        asleep_s = _asleep_s()
        if asleep_s - self._asleep_s > _SLEPT_S:
            self._node.get_logger().info(
                f'the machine slept for {asleep_s - self._asleep_s:.0f} s; '
                'every node gets its whole time again')
            self._judge.restart_grace(at, self._lag.lost_s)
        self._asleep_s = asleep_s
        for news in self._judge.judge(at, self._lag.lost_s):
            self._tell(news)

    def _tell(self, news: Late | NetworkSilent) -> None:
        if isinstance(news, Late):
            unit, generation, node = news.who
            self._node.get_logger().warning(
                f'{node}: no heartbeat for {news.silent_for_s:.1f} s')
            self._verdict('late', unit, generation, news.silent_for_s)
        else:
            self._node.get_logger().error(
                f'no heartbeat of any of {news.nodes} nodes for {news.silent_for_s:.1f} s: all '
                'fell silent at once, so the network is the suspect and no node is blamed; '
                'check the loopback interface and ROS_DOMAIN_ID')

    def _watch(self) -> None:
        """Watch what is ready, be it that we have heard it or that it was so before our time."""
        heard, unheard = [], []
        for unit in self._expectation.units:
            if not unit.foreign:
                watched = [(*unit.key, node) for node in unit.nodes]
                if self._readiness.is_ready(unit.key):
                    heard += watched
                elif unit.ready:
                    unheard += watched
        self._judge.watch(heard, time.monotonic(), self._lag.lost_s, unheard)

    def _set_timeout(self, timeout_s: float) -> None:
        if timeout_s == self._judge.timeout_s:
            return
        self._judge.set_timeout(timeout_s)
        self._lag.period_s = min(0.5, max(0.05, timeout_s / 10))
        self._timer.timer_period_ns = int(self._lag.period_s * 1e9)
        self._timer.reset()


def _asleep_s() -> float:
    """Return how long this machine has been suspended since it was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()

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

"""Heartbeats: received, drained, checked; readings and news go to a listener."""

from __future__ import annotations

from collections.abc import Callable
import math
import time
from typing import Any

from nevil_health.monitor.beat_record import makes_sense
from nevil_health.monitor.beat_record import Record
from nevil_health.monitor.clocks import LagMeter
from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.lateness import FIRST_BEAT_S
from nevil_health.monitor.lateness import Late
from nevil_health.monitor.lateness import Lateness
from nevil_health.monitor.lateness import NetworkBack
from nevil_health.monitor.lateness import NetworkSilent
from nevil_health.monitor.polled import Polled
from nevil_health.monitor.presence import Instances
from nevil_health.monitor.presence import Unmanaged
from nevil_health.monitor.readiness import Beat
from nevil_health.monitor.readiness import Readiness
from nevil_health.monitor.readings import Readings
from nevil_msgs.msg import Heartbeat
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from rclpy.serialization import deserialize_message

__all__ = ['HeartbeatWatch', 'TOPIC']

TOPIC = '/nevil/heartbeat'
# Four beats of each of 250 nodes may wait while the monitor is busy; unused room costs nothing.
_DEPTH = 1000
_MAX_DRAINED = 2 * _DEPTH
# Every text at its longest; what is larger is dropped before anything is made of it.
_MAX_BYTES = 2048


class HeartbeatWatch:
    """
    Receives heartbeats: which node is ready, which is late, and what each reports of itself.

    :param news: called with unit and node when its sample should not wait
    """

    def __init__(self, node: Node, readings: Readings, lag: LagMeter,
                 news: Callable[[ExpectedUnit, str], None]) -> None:
        """Listen."""
        self._node, self._readings, self._lag, self._news = node, readings, lag, news
        self._readiness = Readiness()
        self._expectation = Expectation()
        self._lateness = Lateness(self._expectation.heartbeat_timeout_s, readings.confirmed_silent)
        self._records: dict[str, tuple[ExpectedUnit, Record]] = {}
        self._instances = Instances()
        self._twins: dict[str, int] = {}
        self._unmanaged = Unmanaged()
        self._lost_before_s = 0.0
        self._deaf_until = 0.0
        self.malformed = self.replayed = 0
        # It is not the executor that waits for beats: one turn for many is a fraction of the cost.
        self._subscription: Any = node.create_subscription(
            Heartbeat, TOPIC, lambda _: None,
            QoSProfile(reliability=ReliabilityPolicy.RELIABLE, history=HistoryPolicy.KEEP_LAST,
                       durability=DurabilityPolicy.VOLATILE, depth=_DEPTH),
            callback_group=Polled(), raw=True)

    def stop(self) -> None:
        """Stop listening."""
        self._node.destroy_subscription(self._subscription)

    def forget_told(self) -> None:
        """Send every reading again: there is a new listener."""
        self._readiness.forget_told()

    def expect(self, expectation: Expectation) -> None:
        """Watch these units from now on."""
        at = time.monotonic()
        self._expectation = expectation
        before, self._records = self._records, {}
        for unit in expectation.units:
            for node in unit.nodes:
                old = before.get(node)
                record = old[1] if old and old[0].key == unit.key else Record(at)
                self._records[node] = unit, record
        self._instances.keep(self._records)
        self._unmanaged.know(self._records)
        self._lateness.set_timeouts(
            expectation.heartbeat_timeout_s, expectation.heartbeat_timeouts)
        for unit in self._readiness.expect(expectation.units):
            self._readings.ready(unit)
        self._watch()

    def gate(self, gate: Callable[[ExpectedUnit], bool]) -> None:
        """Let a unit be ready only when this says so too."""
        self._readiness.gate = gate

    def look(self, unit: ExpectedUnit) -> None:
        """Report that a unit is ready, if nothing else is missing."""
        if self._readiness.look(unit):
            self._readings.ready(unit)
            self._watch()

    def confirm(self, unit: ExpectedUnit) -> None:
        """Report that a unit without heartbeats is ready."""
        if self._readiness.confirm(unit.key):
            self._readings.ready(unit)

    @property
    def all_ready(self) -> bool:
        """Return whether nobody is waited for."""
        return all(self.is_ready(unit) for unit in self._expectation.units)

    def is_ready(self, unit: ExpectedUnit) -> bool:
        """Return whether this start of the unit has been found ready."""
        return unit.ready or self._readiness.is_ready(unit.key)

    def record_of(self, unit: ExpectedUnit, node: str) -> Record | None:
        """Return what this start of the node has said of itself."""
        found = self._records.get(node)
        return found[1] if found is not None and found[0].key == unit.key else None

    def look_again(self, unit: ExpectedUnit, node: str) -> None:
        """Let the node be looked at out of turn."""
        self._news(unit, node)

    def instances(self, node: str, at: float) -> int:
        """Return how many processes beat under that name now."""
        return self._instances.count(node, at)

    def unmanaged(self, at: float) -> tuple[str, ...]:
        """Return the names that beat and belong to nobody."""
        return self._unmanaged.names(at)

    def poll(self, at: float) -> None:
        """Handle all heartbeats that wait, then check who is late."""
        with self._subscription.handle:
            take, kind = self._subscription.handle.take_message, self._subscription.msg_type
            for _ in range(_MAX_DRAINED):
                taken = take(kind, True)
                if taken is None:
                    break
                self._take_in(taken[0], at)
        self._lost_before_s = self._lag.lost_s if at >= self._deaf_until else -math.inf
        for name, count in list(self._twins.items()):
            now = self._instances.count(name, at)
            if now != count and name in self._records:
                self._twins[name] = now
                self._news(self._records[name][0], name)
            if now == 1:
                del self._twins[name]
        for news in self._lateness.check(at, self._lag.lost_s):
            self._tell(news)

    def was_away(self, at: float) -> None:
        """Give everybody the whole time again, once they have had the time to find us."""
        self._deaf_until = at + FIRST_BEAT_S
        self._lost_before_s = -math.inf
        self._lateness.restart_grace(self._deaf_until, self._lag.lost_s)

    def _take_in(self, data: bytes, at: float) -> None:
        message = _read(data)
        if message is None:
            self.malformed += 1
            return
        name = message.node.rpartition('/')[2]
        found = self._records.get(name)
        if found is None:
            self._stranger(name, message, at)
            return
        unit, record = found
        if record.word is not None and record.word.node != message.node:
            return  # a node of another robot, in another namespace
        if self._instances.beat(name, (message.pid, message.instance), at, message.period):
            self._twins.setdefault(name, 1)
        if unit.pid != message.pid or unit.generation != message.generation:
            self._readiness.beat(_beat_of(name, message))
            return
        if not record.heard.add(message.instance, message.sequence):
            self.replayed += 1  # sent again, maybe by somebody else: no sign of life
            return
        if record.beat(message, at, self._lag.lost_s, self._lost_before_s):
            self._hear_state(unit, name, message)
        self._record_beat(unit, name, at, message.period)

    def _stranger(self, name: str, message: Heartbeat, at: float) -> None:
        """Remember somebody who may be expected in a moment."""
        if self._unmanaged.beat(name, at):
            self._readiness.beat(_beat_of(name, message))
        else:
            self.malformed += 1

    def _hear_state(self, unit: ExpectedUnit, name: str, message: Heartbeat) -> None:
        ready = self._readiness.beat(_beat_of(name, message))
        if ready is not None:
            self._readings.ready(ready)
            self._watch()
        self._news(unit, name)

    def _record_beat(self, unit: ExpectedUnit, name: str, at: float, period_s: float) -> None:
        back = self._lateness.beat((*unit.key, name), at, self._lag.lost_s, period_s)
        if back and not self._lateness.any_late(*unit.key):
            self._readings.resumed(unit, name)

    def _tell(self, news: Late | NetworkSilent | NetworkBack) -> None:
        if isinstance(news, Late):
            self._readings.late(news.who, news.silent_for_s)
        elif isinstance(news, NetworkSilent):
            self._readings.network_silent(news)
        else:
            self._readings.network_back()

    def _watch(self) -> None:
        """Watch what is ready, by its heartbeats or since before our start."""
        heard, unheard = [], []
        for unit in self._expectation.units:
            if not unit.foreign:
                watched = [(*unit.key, node) for node in unit.nodes]
                if self._readiness.is_ready(unit.key):
                    heard += watched
                elif unit.ready:
                    unheard += watched
        self._lateness.watch(heard, time.monotonic(), self._lag.lost_s, unheard)


def _read(data: bytes) -> Any:
    """Return the heartbeat in what somebody sent on the topic, None where there is none."""
    if len(data) > _MAX_BYTES:
        return None
    try:
        message = deserialize_message(data, Heartbeat)
    except RuntimeError:  # rclpy's RMWError: these bytes are no heartbeat
        return None
    return message if makes_sense(message) else None


def _beat_of(name: str, message: Heartbeat) -> Beat:
    return Beat(name, message.pid, message.generation, message.lifecycle_state)

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

"""Probes of topics: messages are counted as they come, without reading them."""

from __future__ import annotations

from collections import deque
from typing import Any

from nevil_health.monitor.polled import keep_apart
from nevil_health.monitor.polled import Polled
from nevil_health.monitor.probes.prober import Outcome
from nevil_health.monitor.probes.services import load_type
from rclpy import get_rmw_implementation_identifier
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

__all__ = ['TopicProber']

# As often as a probe runs before its node is ready.
_LOOK_S = 0.25
# Where the middleware numbers the messages, one of them is enough to know how many there were:
# images are not copied for being counted.
_DEPTH_UNNUMBERED = 100
# When the monitor itself was away for more of the window, its count says nothing about the node.
_LOST_SHARE = 0.25
# How often a numbered topic is looked at between tries: so much later is its silence noticed.
_LOOKS, _LOOK_MOST_S = 4, 0.5
# How middlewares say that they do not number messages.
_UNNUMBERED = (None, 0, 2 ** 64 - 1)


class TopicProber:
    """
    Counts what arrives on a topic, with the reliability and durability of its publishers.

    :param window_s: over which the rate is taken
    """

    silent = True

    def __init__(self, node: Node, name: str, *, min_hz: float | None, max_age_s: float | None,
                 window_s: float) -> None:
        """Listen as soon as somebody publishes."""
        self.what = f'topic {name}'
        self._node, self._name = node, name
        self._min_hz, self._max_age_s, self._window_s = min_hz, max_age_s, window_s
        self._subscription: Any = None
        self._numbered = False
        self.turn_at = 0.0
        self._look_s = min(_LOOK_MOST_S, min(window_s, max_age_s or window_s) / _LOOKS)
        self._since = -1.0
        self._first_at: float | None = None
        self._problem = 'it has no publisher'
        self._arrivals: deque[tuple[float, int]] = deque()
        self._number: int | None = None
        self._last: tuple[float, float] | None = None   # when one came, and the time lost by then
        self._lost: deque[tuple[float, float]] = deque()
        self._outcome = Outcome(None)

    def turn(self, at: float, lost_s: float) -> None:
        """Take what has arrived."""
        if self._subscription is None:
            self.turn_at = at + _LOOK_S
            self._subscribe(at)
            return
        self.turn_at = at + (self._look_s if self._numbered else 0.0)
        count = 0
        with self._subscription.handle:
            take, kind = self._subscription.handle.take_message, self._subscription.msg_type
            while (taken := take(kind, True)) is not None:
                count += self._counted(taken[1].get('publication_sequence_number'))
                if self._numbered:
                    break  # the newest, and no other is kept
        if count:
            self._first_at = self._first_at or at
            self._last = at, lost_s
            self._arrivals.append((at, count))
        self._lost.append((at, lost_s))
        for old in (self._arrivals, self._lost):
            while old and old[0][0] < at - self._window_s:
                old.popleft()

    def begin(self, at: float, lost_s: float) -> None:
        """Look at what came."""
        self.turn(at, lost_s)
        self._outcome = self._look(at, lost_s)

    def poll(self, at: float) -> Outcome | None:
        """Return what was seen."""
        return self._outcome

    def give_up(self) -> str:
        """Say nothing: a look takes no time."""
        return 'no answer'

    def reachable(self) -> bool:
        """Return whether somebody publishes, by the middleware."""
        return bool(self._node.count_publishers(self._name) > 0)

    def close(self) -> None:
        """Stop listening."""
        if self._subscription is not None:
            self._subscription.destroy()

    def _subscribe(self, at: float) -> None:
        publishers = self._node.get_publishers_info_by_topic(self._name)
        if not publishers:
            return
        try:
            kind = load_type(publishers[0].topic_type)
        except (ImportError, AttributeError, ValueError):
            self._problem = (f'its type {publishers[0].topic_type} cannot be loaded by the health'
                             ' node; build or source it before nevil start')
            return
        numbered = (len(publishers) == 1
                    and get_rmw_implementation_identifier().startswith('rmw_fastrtps'))
        reliable = all(one.qos_profile.reliability == ReliabilityPolicy.RELIABLE
                       for one in publishers)
        latched = all(one.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
                      for one in publishers)
        self._since = at
        self._subscription = self._node.create_subscription(
            kind, self._name, lambda _: None, QoSProfile(
                reliability=(ReliabilityPolicy.RELIABLE if reliable
                             else ReliabilityPolicy.BEST_EFFORT),
                durability=(DurabilityPolicy.TRANSIENT_LOCAL if latched
                            else DurabilityPolicy.VOLATILE),
                history=HistoryPolicy.KEEP_LAST, depth=1 if numbered else _DEPTH_UNNUMBERED),
            callback_group=Polled(), raw=True)
        keep_apart(self._node._subscriptions, self._subscription)
        self._numbered = numbered

    def _counted(self, number: int | None) -> int:
        """Return how many messages one stands for: those before it may be overwritten."""
        before, self._number = self._number, number
        if number in _UNNUMBERED or before in _UNNUMBERED or number is None or before is None:
            return 1
        return max(1, number - before)

    def _look(self, at: float, lost_s: float) -> Outcome:
        if self._subscription is None:
            return Outcome(False, self._problem)
        lost_in_window_s = lost_s - self._lost[0][1] if self._lost else 0.0
        if lost_in_window_s > _LOST_SHARE * self._window_s:
            return Outcome(None)
        last_at, lost_by_then = self._last or (self._since, lost_s)
        age_s = at - last_at - (lost_s - lost_by_then)
        max_age_s = self._max_age_s
        if self._min_hz is not None:
            # A rate below one a window is a matter of age.
            max_age_s = min(max_age_s or float('inf'), max(self._window_s, 2 / self._min_hz))
        if max_age_s is not None and age_s > max_age_s:
            return Outcome(False, f'no message for {age_s:.1f} s')
        if self._min_hz is not None:
            return self._rate(at, self._min_hz)
        if self._last is None:  # it has just begun, or any age will do
            return Outcome(None if max_age_s is not None else False, 'no message yet')
        return Outcome(True)

    def _rate(self, at: float, min_hz: float) -> Outcome:
        window_s = self._window_s
        if self._first_at is None or at - self._first_at < window_s:
            return Outcome(None)  # the rate of a part of a window is no rate
        count = sum(number for _, number in self._arrivals)
        # One more or less is a matter of when the window begins.
        if count + 1 < min_hz * window_s:
            hz = count / window_s
            return Outcome(False, f'{hz:.3g} messages a second, less than {min_hz:g}')
        return Outcome(True)

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

"""List, show, measure and publish topics, in the words of ``ros2 topic``."""

from __future__ import annotations

from collections import deque
import math
import time
from typing import Any

from nevil_bringup.errors import UserError
from nevil_bringup.graph.session import full_name
from nevil_bringup.graph.session import Session
from nevil_bringup.graph.values import message_class
from nevil_bringup.graph.values import set_fields
from nevil_bringup.graph.values import to_yaml
from nevil_bringup.graph.values import TRUNCATED
from rclpy.qos import DurabilityPolicy
from rclpy.qos import qos_profile_sensor_data
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
import yaml

__all__ = ['echo', 'hz', 'publish', 'topics']

_KEEP_ALIVE_S = 0.1


def topics(
    at: Session, *, hidden: bool = False, wanted: str = '',
) -> list[tuple[str, list[str]]]:
    """Return every topic with its types, by name; or some with the one wanted."""
    def look() -> list[tuple[str, list[str]]]:
        return sorted((name, list(types)) for name, types in at.node.get_topic_names_and_types()
                      if hidden or not any(part.startswith('_') for part in name.split('/')))
    return at.calm(look, lambda found: wanted in dict(found))


def echo(at: Session, topic: str, kind: str | None, *, once: bool, timeout_s: float | None,
         whole: bool) -> None:
    """
    Print each message until Ctrl-C.

    :raises UserError: its type is not known
    """
    topic = full_name(topic)
    message = _class(at, topic, kind)
    seen: list[Any] = []

    def show(received: Any) -> None:
        if not (once and seen):
            print(to_yaml(received, None if whole else TRUNCATED), end='---\n', flush=True)
        seen.append(received)

    at.node.create_subscription(message, topic, show, _like_publishers(at, topic))
    deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
    while time.monotonic() < deadline and not (once and seen):
        at.spin()


def hz(at: Session, topic: str, window: int) -> None:
    """Print the rate of a topic each second until Ctrl-C."""
    topic = full_name(topic)
    rates = _Rates(window)
    at.node.create_subscription(
        _class(at, topic, None), topic, lambda _: rates.note(time.time_ns()),
        qos_profile_sensor_data)
    while True:
        at.spin()
        text = rates.due()
        if text:
            print(text, flush=True)


def publish(at: Session, topic: str, kind: str, values: str, *, rate: float, times: int,
            wait: int) -> None:
    """
    Publish a message again and again.

    :param values: YAML
    :param times: 0 is until Ctrl-C
    :param wait: subscribers to wait for
    :raises UserError: type or values are wrong
    """
    message = message_class(kind)()
    try:
        given = yaml.safe_load(values)
    except yaml.YAMLError as error:
        raise UserError(f'the passed value is not YAML: {error}') from None
    if not isinstance(given, dict):
        raise UserError('The passed value needs to be a dictionary in YAML format')
    set_fields(message, given)
    publisher = at.node.create_publisher(type(message), full_name(topic), QoSProfile(depth=10))
    if publisher.get_subscription_count() < wait:
        print(f'Waiting for at least {wait} matching subscription(s)...', flush=True)
    while publisher.get_subscription_count() < wait:
        at.spin()
    print('publisher: beginning loop', flush=True)
    due, count = time.monotonic(), 0
    while not times or count < times:
        if time.monotonic() >= due:
            count, due = count + 1, due + 1.0 / rate
            print(f'publishing #{count}: {message!r}\n', flush=True)
            publisher.publish(message)
        at.spin(min(max(due - time.monotonic(), 0.0), 1.0) if not times or count < times else 0)
    time.sleep(_KEEP_ALIVE_S)  # for what is on its way


class _Rates:
    """The times between messages, as ``ros2 topic hz`` sums them up."""

    def __init__(self, window: int) -> None:
        self._times: deque[int] = deque(maxlen=window)
        self._last = self._printed = 0

    def note(self, at_ns: int) -> None:
        if self._last:
            self._times.append(at_ns - self._last)
        self._last = at_ns

    def due(self) -> str:
        if not self._times or self._last < self._printed + 1e9:
            return ''
        first, self._printed = not self._printed, self._last
        if first:
            return ''
        count = len(self._times)
        mean = sum(self._times) / count
        deviation = math.sqrt(sum((one - mean) ** 2 for one in self._times) / count)
        rate = 1e9 / mean if mean > 0 else 0.0
        return (f'average rate: {rate:.3f}\n\tmin: {min(self._times) * 1e-9:.3f}s '
                f'max: {max(self._times) * 1e-9:.3f}s std dev: {deviation * 1e-9:.5f}s '
                f'window: {count}')


def _class(at: Session, topic: str, kind: str | None) -> Any:
    types = [kind] if kind else dict(
        topics(at, hidden=True, wanted=topic)).get(topic, [])
    if not types:
        raise UserError(f'topic {topic} does not appear to be published yet; '
                        'could not determine the type for the passed topic')
    return message_class(types[0])


def _like_publishers(at: Session, topic: str) -> QoSProfile:
    """Return what hears every publisher that there is: reliable only where all are."""
    found = at.node.get_publishers_info_by_topic(topic)
    reliable = all(one.qos_profile.reliability == ReliabilityPolicy.RELIABLE for one in found)
    lasting = found and all(
        one.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for one in found)
    return QoSProfile(
        depth=10,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=(DurabilityPolicy.TRANSIENT_LOCAL if lasting else DurabilityPolicy.VOLATILE))

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

"""The declared topics of a node: its publishers and subscriptions, with the rules of its file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
import threading
import time
from typing import Any

from nevil_nodes.node.assignment import Topic
from nevil_nodes.node.conversion import Converter
from nevil_nodes.node.conversion import converter_for
from nevil_nodes.node.conversion import OwnDefaults
from nevil_nodes.node.counters import Counters
from nevil_nodes.node.errors import Refused
from nevil_nodes.node.message import Message
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

__all__ = ['Topics', 'qos_profile']

# What initialize() publishes is kept until the node is active: bounded, as a queue of ROS is.
_HELD_MAX = 100
# What rmw calls the node of a publisher whose participant has not announced its nodes yet.
_UNKNOWN = '_NODE_NAME_UNKNOWN_'


def qos_profile(qos: Mapping[str, Any]) -> QoSProfile:
    """Return ROS 2's profile of a declared quality of service; all of it explicit."""
    return QoSProfile(
        reliability=(ReliabilityPolicy.BEST_EFFORT if qos.get('reliability') == 'best_effort'
                     else ReliabilityPolicy.RELIABLE),
        durability=(DurabilityPolicy.TRANSIENT_LOCAL
                    if qos.get('durability') == 'transient_local' else DurabilityPolicy.VOLATILE),
        history=(HistoryPolicy.KEEP_ALL if qos.get('history') == 'keep_all'
                 else HistoryPolicy.KEEP_LAST),
        depth=int(qos.get('depth') or 10))


class _Publisher:
    """One declared topic that the node publishes."""

    def __init__(self, node: Any, topic: Topic) -> None:
        self.converter: Converter = converter_for(topic.ros_type)
        if topic.defaults:
            self.converter = OwnDefaults(self.converter, topic.defaults)
        self.type_name = topic.ros_type
        self.publisher = node.create_publisher(
            self.converter.ros_class, topic.topic, qos_profile(topic.qos))
        self.warned: set[str] = set()


class Topics:
    """
    Publishes and receives for one node.

    While the node is being configured, what it publishes is held and sent when it becomes active:
    v3 nodes publish in ``initialize()``. While it is inactive nothing goes out and no callback is
    called; of a latched topic (durability ``persistent``) the last message is kept for later.

    :param node: the rclpy node
    :param logger: says what was refused
    :param guard: runs a callback of the author: exceptions are logged and counted
    """

    def __init__(
        self, node: Any, publishes: tuple[Topic, ...], subscribes: tuple[Topic, ...], *,
        logger: Any, counters: Counters, guard: Callable[..., None],
    ) -> None:
        """Create the publishers and subscriptions."""
        self._node = node
        self._logger = logger
        self._counters = counters
        self._guard = guard
        self._lock = threading.Lock()
        self._open = False
        self._holding = True
        self._held: deque[tuple[_Publisher, Any]] = deque(maxlen=_HELD_MAX)
        self._latched: dict[tuple[str, str], tuple[Topic, Callable[..., Any], Any, Any]] = {}
        self._said_closed = False
        declared = {topic.topic: topic for topic in publishes}
        self._publishers = {name: _Publisher(node, topic) for name, topic in declared.items()}
        for topic in subscribes:
            self._subscribe(topic)

    def open(self) -> None:  # noqa: A003
        """Let messages through: first what was held back, then what comes."""
        with self._lock:
            held, self._held = list(self._held), deque(maxlen=_HELD_MAX)
            self._open, self._holding, self._said_closed = True, False, False
        for publisher, message in held:
            self._send(publisher, message)
        latched, self._latched = self._latched, {}
        for entry in latched.values():
            self._deliver(*entry)

    def hold(self) -> None:
        """Keep what the node publishes until ``open()``."""
        with self._lock:
            self._open, self._holding = False, True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep what is published meanwhile until ``open()``, unless the node is active."""
        with self._lock:
            before, self._holding = self._holding, True
        try:
            yield
        finally:
            with self._lock:
                self._holding = before and not self._open

    def close(self, forget: bool) -> None:
        """Let nothing through; with ``forget``, drop what was held too."""
        with self._lock:
            self._open, self._holding = False, False
            if forget:
                self._held.clear()
                self._latched.clear()

    def publish(self, topic: str, data: Any) -> bool:
        """Check and send a message; False, logged, where it was not sent."""
        publisher = self._publishers.get(topic)
        if publisher is None:
            return self._refuse(
                topic, 'not declared under publishes in .messages, which has '
                + (', '.join(self._publishers) or 'none'))
        try:
            message, unknown = publisher.converter.to_ros(data)
        except Refused as error:
            return self._refuse(topic, f'{publisher.type_name}: {error}')
        for name in unknown:
            if name not in publisher.warned:
                publisher.warned.add(name)
                self._logger.warning(
                    f'publish {topic}: {publisher.type_name} has no field {name!r}, it is not '
                    'sent; declare it in .messages (logged once)')
        with self._lock:
            if not self._open:
                return self._not_open(topic, publisher, message)
        return self._send(publisher, message)

    def _not_open(self, topic: str, publisher: _Publisher, message: Any) -> bool:
        if self._holding:
            self._held.append((publisher, message))
            return True
        if not self._said_closed:
            self._said_closed = True
            self._logger.info(
                f'publish {topic}: the node is not active, so nothing is sent (logged once)')
        return False

    def _send(self, publisher: _Publisher, message: Any) -> bool:
        publisher.publisher.publish(message)
        self._counters.publish()
        return True

    def _refuse(self, topic: str, reason: str) -> bool:
        self._counters.error()
        self._logger.error(f'publish {topic}: refused: {reason}')
        return False

    def _subscribe(self, topic: Topic) -> None:
        converter = converter_for(topic.ros_type)
        latched = topic.qos.get('durability') == 'transient_local'
        key = topic.topic, topic.callback

        def receive(message: Any, info: Any) -> None:
            if self._open:
                self._deliver(topic, converter.to_dict, message, info)
            elif latched:
                self._latched[key] = (topic, converter.to_dict, message, info)

        self._node.create_subscription(
            converter.ros_class, topic.topic, receive, qos_profile(topic.qos))

    def _deliver(
        self, topic: Topic, to_dict: Callable[[Any], dict[str, Any]], ros: Any, info: Any,
    ) -> None:
        """Call the author's method with one message."""
        self._counters.receive()
        sent_ns = info['source_timestamp']
        message = Message(
            topic.topic, to_dict(ros), timestamp=sent_ns / 1e9,
            message_id=f'{sent_ns}-{info["publication_sequence_number"]}',
            find_source=lambda: self._source(topic.topic), ros=ros)
        began = time.perf_counter()
        # Looked up now: a node may replace its callback, and tests do.
        self._guard(f'{topic.callback}() for topic {topic.topic}',
                    getattr(self._node, topic.callback), message)
        self._counters.callback(time.perf_counter() - began)

    def _source(self, topic: str) -> str:
        """Return the node that publishes a topic, '' where it is not exactly one known one."""
        infos = self._node.get_publishers_info_by_topic(self._node.resolve_topic_name(topic))
        name = str(infos[0].node_name) if len(infos) == 1 else ''
        return '' if name == _UNKNOWN else name

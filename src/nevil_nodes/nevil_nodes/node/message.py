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

"""What a callback receives, and the states that v3 nodes know."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

__all__ = ['Message', 'MessagePriority', 'NodeStatus']


class NodeStatus(Enum):
    """The state of a node in v3's words; the lifecycle state is the finer truth."""

    INITIALIZING = 'initializing'
    RUNNING = 'running'
    STOPPING = 'stopping'
    STOPPED = 'stopped'
    ERROR = 'error'


class MessagePriority(Enum):
    """Accepted by ``publish()`` for v3 nodes; DDS delivers in order, so it changes nothing."""

    LOW = 1
    NORMAL = 2
    HIGH = 3
    CRITICAL = 4


class Message:
    """
    One received message.

    :param topic: the topic as it is in ``.messages``
    :param data: its fields
    :param timestamp: when it was sent, s since 1970
    :param message_id: unique for the topic and its publisher
    :param find_source: asks the ROS graph for the node that sent it
    :param ros: the ROS message that ``data`` was made from
    """

    __slots__ = ('_find_source', '_source', 'data', 'message_id', 'priority', 'ros', 'timestamp',
                 'topic')

    def __init__(
        self, topic: str, data: dict[str, Any], *, timestamp: float, message_id: str,
        find_source: Callable[[], str] | None = None, ros: Any = None,
    ) -> None:
        """Keep the parts; the source is looked up when somebody asks for it."""
        self.topic = topic
        self.data = data
        self.timestamp = timestamp
        self.message_id = message_id
        self.priority = MessagePriority.NORMAL
        self.ros = ros
        self._find_source = find_source
        self._source = ''

    @property
    def source_node(self) -> str:
        """
        Return the sender's node name, '' unless the topic has exactly one publisher.

        It is also '' until ROS 2 knows which node that is, shortly after the two have met.
        """
        if not self._source:
            self._source = self._find_source() if self._find_source else ''
        return self._source

    def __repr__(self) -> str:
        """Show the topic, the data and when it was sent."""
        return f'Message(topic={self.topic!r}, data={self.data!r}, timestamp={self.timestamp})'

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


"""What a `.messages` file says, typed; an object that exists is valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal

from nevil_msggen.names import is_interface

__all__ = ['Field', 'FieldType', 'MessageType', 'MessagesFile', 'Place', 'Qos', 'Topic']

FieldType = Literal['string', 'float', 'integer', 'boolean', 'array', 'object']


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return ``file:line``."""
        return f'{self.file}:{self.line}'


@dataclass(frozen=True, kw_only=True)
class Qos:
    """Quality of service of one end of a topic, in ROS 2's words."""

    reliability: Literal['reliable', 'best_effort'] = 'reliable'
    durability: Literal['volatile', 'transient_local'] = 'volatile'
    history: Literal['keep_last', 'keep_all'] = 'keep_last'
    depth: int = 10


@dataclass(frozen=True, kw_only=True)
class Field:
    """
    One field of a message.

    :param name: empty for the items of an array
    :param maximum: largest number; :param max_length: characters of a string, items of an array
    :param items: what an array holds; None where the file does not say
    :param fields: an object's own fields; None where the file does not say
    :param own_default: the publishers have different defaults: each fills in its own
    """

    name: str
    type: FieldType  # noqa: A003
    required: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    allowed: tuple[Any, ...] | None = None
    items: Field | None = None
    fields: tuple[Field, ...] | None = None
    description: str = ''
    own_default: bool = False
    place: Place = field(default=Place('', 0), compare=False)

    @property
    def is_json(self) -> bool:
        """Return whether ROS cannot say its type, so that it travels as a string of JSON."""
        if self.type == 'object':
            return self.fields is None
        if self.type == 'array':
            return self.items is None or self.items.type == 'array' or self.items.is_json
        return False


@dataclass(frozen=True, kw_only=True)
class Topic:
    """
    One topic that a node publishes or subscribes.

    :param message_type: a type of the project (``VoiceCommand``) or ``pkg/msg/Type``
    :param callback: name of the node's method; empty for a publisher
    :param fields: its schema; None where the declaration leaves it out
    """

    topic: str
    message_type: str
    publishes: bool
    callback: str = ''
    description: str = ''
    frequency: str = ''
    qos: Qos = Qos()
    fields: tuple[Field, ...] | None = None
    place: Place = field(default=Place('', 0), compare=False)

    def ros_type(self, package: str) -> str:
        """Return the interface name, the project's own types being in ``package``."""
        if is_interface(self.message_type):
            return self.message_type
        return f'{package}/msg/{self.message_type}'


@dataclass(frozen=True, kw_only=True)
class MessagesFile:
    """
    One `.messages` file.

    :param node: the node it belongs to (its folder's name)
    :param topics: what it publishes, then what it subscribes, in the order of the file
    :param data: the whole file as plain data
    """

    file: str
    node: str
    topics: tuple[Topic, ...] = ()
    configuration: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def publishes(self) -> tuple[Topic, ...]:
        """Return what the node publishes."""
        return tuple(topic for topic in self.topics if topic.publishes)

    @property
    def subscribes(self) -> tuple[Topic, ...]:
        """Return what the node subscribes."""
        return tuple(topic for topic in self.topics if not topic.publishes)


@dataclass(frozen=True, kw_only=True)
class MessageType:
    """
    One type of a project: the union of its declarations.

    :param any_json: no file says what its fields are: its one field carries any JSON object
    """

    name: str
    fields: tuple[Field, ...]
    description: str = ''
    any_json: bool = False

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


"""The message types of a project: the union of what its nodes declare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

from nevil_msggen.interfaces import check_interfaces
from nevil_msggen.model import Field
from nevil_msggen.model import MessagesFile
from nevil_msggen.model import MessageType
from nevil_msggen.model import Topic
from nevil_msggen.names import file_stem
from nevil_msggen.names import is_interface
from nevil_msggen.names import nested_type
from nevil_msggen.problem import Problem
from nevil_msggen.topics import check_topics
from nevil_msggen.topics import find_spellings
from nevil_msggen.union import FieldUnion

__all__ = ['TypeTable', 'merge_types']

_ANYTHING = Field(name='json', type='object', description='Any JSON object.')


@dataclass(frozen=True)
class TypeTable:
    """
    The types that a project's interface package holds.

    :param types: by name, in alphabetical order; nested types are among them
    :param spellings: the name of each type by its other spellings, which differ in case alone
    """

    types: Mapping[str, MessageType] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether there is anything to generate."""
        return bool(self.types)


def merge_types(files: Sequence[MessagesFile],
                prefixes: Sequence[str] | None = None) -> tuple[TypeTable, list[Problem]]:
    """
    Return the types of a project, the same whatever the order of its files, and every problem.

    :param prefixes: where to look for existing ROS interfaces (``AMENT_PREFIX_PATH``, split);
        None: do not look
    """
    files = sorted(files, key=lambda file: (file.node, file.file))
    spellings, problems = find_spellings(files)
    files = [_respelled(file, spellings) for file in files]
    problems += check_topics(files)
    if prefixes is not None:
        problems += check_interfaces(files, prefixes)
    declared: dict[str, list[Topic]] = defaultdict(list)
    for file in files:
        for topic in file.topics:
            if not is_interface(topic.message_type):
                declared[topic.message_type].append(topic)
    types: dict[str, MessageType] = {}
    owners: dict[str, Topic] = {}
    for name in sorted(declared):
        merged, found = _merge(name, declared[name])
        problems += found
        for message_type in _with_nested(merged):
            here, stem = declared[name][0], file_stem(message_type.name)
            if stem in owners:
                problems += _clash(message_type.name, here, owners[stem])
            owners.setdefault(stem, here)
            types[message_type.name] = message_type
    table = TypeTable({name: types[name] for name in sorted(types)}, spellings)
    return table, sorted(problems, key=Problem.sort_key)


def _respelled(file: MessagesFile, spellings: Mapping[str, str]) -> MessagesFile:
    if not spellings:
        return file
    return replace(file, topics=tuple(
        replace(topic, message_type=spellings.get(topic.message_type, topic.message_type))
        for topic in file.topics))


def _merge(name: str, topics: Sequence[Topic]) -> tuple[MessageType, list[Problem]]:
    """Return the union of a type's declarations, those of publishers first."""
    topics = sorted(topics, key=lambda topic: not topic.publishes)
    schemas = [topic for topic in topics if topic.fields is not None]
    if not schemas:
        first, others = topics[0], ', '.join(str(topic.place) for topic in topics[1:])
        also = f' ({others} has none either)' if others else ''
        return MessageType(name=name, fields=(_ANYTHING,), any_json=True), [Problem(
            file=first.place.file, line=first.place.line, key=first.topic, severity='warning',
            text=f'no file says what a {name} is: there is no schema of it{also}; it carries any'
            ' JSON object, unchecked', fix='add `schema:` with its fields here')]
    union = FieldUnion()
    fields = union.merge([(topic.fields or (), topic.publishes) for topic in schemas], name)
    description = next((topic.description for topic in topics if topic.description), '')
    return MessageType(name=name, fields=fields, description=description), union.problems


def _with_nested(message_type: MessageType) -> Iterator[MessageType]:
    """Yield the type and those of its object fields."""
    yield message_type
    for member in message_type.fields:
        yield from _nested(message_type.name, member)


def _nested(owner: str, member: Field) -> Iterator[MessageType]:
    inner = member.items if member.type == 'array' else member
    if member.is_json or inner is None or inner.fields is None:
        return
    yield from _with_nested(MessageType(
        name=nested_type(owner, member.name), fields=inner.fields,
        description=member.description or f"'{member.name}' of {owner}"))


def _clash(name: str, topic: Topic, taken: Topic) -> list[Problem]:
    """Return the problem of two types that ROS 2 cannot tell apart."""
    where = 'two object fields' if topic is taken else f'this and {taken.place}'
    return [Problem(
        file=topic.place.file, line=topic.place.line, key=topic.topic, fix='rename the field',
        text=f'the type {name} would be made twice, of {where} (an object field becomes a type)')]

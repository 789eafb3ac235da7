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


"""The topics of a project: what publishers and subscribers must agree on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Sequence

from nevil_msggen.model import MessagesFile
from nevil_msggen.model import Topic
from nevil_msggen.names import is_interface
from nevil_msggen.problem import Problem
from nevil_msggen.problem import Severity

__all__ = ['check_topics', 'find_spellings']


def find_spellings(files: Sequence[MessagesFile]) -> tuple[dict[str, str], list[Problem]]:
    """
    Find names of types that differ in case alone: ROS would give them one header, v3 one type.

    :returns: the name that holds by each of the others, with a warning for each
    """
    uses: dict[str, dict[str, Topic]] = defaultdict(dict)
    # A publisher's spelling holds before a subscriber's, then the first file's.
    topics = [topic for file in files for topic in file.topics]
    for topic in sorted(topics, key=lambda topic: not topic.publishes):
        if not is_interface(topic.message_type):
            uses[topic.message_type.casefold()].setdefault(topic.message_type, topic)
    spellings: dict[str, str] = {}
    problems = []
    for first, *others in (list(found.values()) for found in uses.values()):
        for other in others:
            spellings[other.message_type] = first.message_type
            problems.append(_problem(
                other, f'{other.message_type} is taken for the {first.message_type} of'
                f' {first.place}: their names differ in case alone',
                f'write {first.message_type} everywhere', 'warning'))
    return spellings, problems


def check_topics(files: Sequence[MessagesFile]) -> list[Problem]:
    """Return where the declarations of one topic, in one file or in several, do not fit."""
    problems: list[Problem] = []
    topics: dict[str, list[Topic]] = defaultdict(list)
    for file in files:
        problems += _check_repeated(file)
        for topic in file.topics:
            topics[topic.topic.lstrip('/')].append(topic)
    for name in sorted(topics):
        problems += _check_topic(topics[name])
    return problems


def _check_repeated(file: MessagesFile) -> list[Problem]:
    problems = []
    first: dict[tuple[str, bool], Topic] = {}
    for topic in file.topics:
        before = first.setdefault((topic.topic, topic.publishes), topic)
        if before is topic:
            continue
        verb = 'published' if topic.publishes else 'subscribed'
        if before.callback != topic.callback:
            problems.append(_problem(
                topic, f"is {verb} with the callback '{topic.callback}' here, and with "
                f"'{before.callback}' in line {before.place.line}", 'keep one of them'))
        elif before.qos != topic.qos:
            problems.append(_problem(
                topic, f'has another qos here than in line {before.place.line}',
                'keep one of them'))
        else:
            problems.append(_problem(
                topic, f'is {verb} twice, here and in line {before.place.line}',
                'remove one of them', 'warning'))
    return problems


def _check_topic(topics: Sequence[Topic]) -> list[Problem]:
    first = topics[0]
    by_type: dict[str, list[Topic]] = {}
    for topic in topics:
        by_type.setdefault(topic.message_type, []).append(topic)
    if len(by_type) > 1:
        others = ' and '.join(
            f'{name} in {", ".join(str(topic.place) for topic in found)}'
            for name, found in by_type.items() if name != first.message_type)
        same = [str(topic.place) for topic in by_type[first.message_type][1:]]
        also = f' (and in {", ".join(same)})' if same else ''
        return [_problem(first, f'carries {first.message_type} here{also}, but {others}',
                         'write the same message_type everywhere')]
    publishers = [topic for topic in topics if topic.publishes]
    subscribers = [topic for topic in topics if not topic.publishes]
    if not publishers and not is_interface(first.message_type):
        return [_problem(first, 'no node publishes it', 'declare it in the node that does, or '
                         'remove it where none should', 'warning')]
    # One publisher of each kind is enough: a thousand nodes on one topic are a million pairs.
    kinds = {(each.qos.reliability, each.qos.durability): each for each in reversed(publishers)}
    return [
        *_check_required(publishers, subscribers),
        *(problem for publisher in kinds.values() for subscriber in subscribers
          for problem in _check_qos(publisher, subscriber))]


def _check_required(publishers: Sequence[Topic], subscribers: Sequence[Topic]) -> list[Problem]:
    """Find required fields of subscribers that none of the publishers with a schema has."""
    schemas = [topic for topic in publishers if topic.fields is not None]
    known = {field.name for topic in schemas for field in topic.fields or ()}
    if not schemas:
        return []
    missing: Mapping[str, list[str]] = defaultdict(list)
    for topic in subscribers:
        for field in topic.fields or ():
            if field.required and field.name not in known:
                missing[field.name].append(str(field.place))
    where = ', '.join(str(topic.place) for topic in schemas)
    return [
        _problem(schemas[0], f"'{name}' is required by its subscriber in {', '.join(lines)}, but "
                 f'no publisher has it ({where})',
                 "add it to the publisher's schema, or write `required: false` in the subscriber")
        for name, lines in missing.items()]


def _check_qos(publisher: Topic, subscriber: Topic) -> list[Problem]:
    problems = []
    for name, more, less in (('reliability', 'reliable', 'best_effort'),
                             ('durability', 'transient_local', 'volatile')):
        if (getattr(subscriber.qos, name), getattr(publisher.qos, name)) == (more, less):
            asked, offered = (word.replace('transient_local', 'persistent')
                              for word in (more, less))
            problems.append(_problem(
                subscriber, f'asks for {name} {asked}, but its publisher in {publisher.place} '
                f'offers {offered}: ROS 2 does not connect them',
                f'write `qos: {{{name}: {asked}}}` in the publisher, or {offered} here'))
    return problems


def _problem(topic: Topic, text: str, fix: str, severity: Severity = 'error') -> Problem:
    return Problem(file=topic.place.file, line=topic.place.line, key=topic.topic, text=text,
                   fix=fix, severity=severity)

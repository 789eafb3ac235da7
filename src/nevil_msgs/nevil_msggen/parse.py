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


"""Read one `.messages` file into its typed model, with every problem at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nevil_msggen.fields import FieldReader
from nevil_msggen.model import MessagesFile
from nevil_msggen.model import Qos
from nevil_msggen.model import Topic
from nevil_msggen.names import check_callback
from nevil_msggen.names import check_message_type
from nevil_msggen.names import check_topic
from nevil_msggen.names import is_interface
from nevil_msggen.problem import did_you_mean
from nevil_msggen.problem import has_errors
from nevil_msggen.problem import Problem
from nevil_msggen.schema_check import check
from nevil_msggen.schema_check import messages_schema
from nevil_msggen.shown import shown
from nevil_msggen.source import Document
from nevil_msggen.source import KeyPath
from nevil_msggen.source import read_document

__all__ = ['parse_messages', 'read_messages']

_FREQUENCIES = ('on_demand', 'on_change', 'periodic', 'continuous', 'streaming')


def read_messages(path: Path, shown_as: str) -> tuple[MessagesFile, list[Problem]]:
    """
    Read one `.messages` file; never raise for its content.

    :param path: the file; its folder's name is the node's
    :param shown_as: how the file is named in problems
    :returns: what is valid of it, and every problem
    """
    document, problems = read_document(path, shown_as)
    if has_errors(problems) and not document.data:
        return MessagesFile(file=shown_as, node=path.parent.name), problems
    parsed, found = parse_messages(document, path.parent.name)
    return parsed, [*problems, *found]


def parse_messages(document: Document, node: str) -> tuple[MessagesFile, list[Problem]]:
    """
    Check a document and return what is valid of it, and every problem.

    :param node: name of the node that the file belongs to
    """
    data, problems = check(document, messages_schema())
    reader = FieldReader(document)
    named = data.get('node_name', node)
    if named != node:
        reader.add(('node_name',), f"'{named}' is not '{node}', the name of the node's folder",
                   f'write `node_name: {node}`, or rename the folder')
    sim_time = data.get('configuration', {}).get('use_sim_time', False)
    if not isinstance(sim_time, bool):  # the one parameter of every node of ROS
        reader.add(('configuration', 'use_sim_time'),
                   f'{shown(sim_time)} is not true or false, which ROS needs here',
                   'write one of them')
    topics = [
        topic for key in ('publishes', 'subscribes')
        for index, entry in enumerate(data.get(key, ()))
        if entry is not None
        for topic in [_topic(reader, entry, (key, index))] if topic is not None]
    parsed = MessagesFile(
        file=document.file, node=node, topics=tuple(topics),
        configuration=data.get('configuration', {}), data=document.data)
    return parsed, sorted([*problems, *reader.problems], key=Problem.sort_key)


def _topic(reader: FieldReader, entry: dict[str, Any], path: KeyPath) -> Topic | None:
    """Return the topic, or None after a problem with one of its names."""
    publishes = path[0] == 'publishes'
    refusals = [
        (key, refusal) for key, refusal in (
            ('topic', check_topic(entry['topic'])),
            ('message_type', check_message_type(entry['message_type'])),
            ('callback', None if publishes else check_callback(entry['callback'])))
        if refusal is not None]
    for key, refusal in refusals:
        reader.add((*path, key), *refusal)
    frequency = entry.get('frequency', '')
    if frequency and frequency not in _FREQUENCIES:
        reader.add((*path, 'frequency'),
                   f"'{frequency}' is not one of {', '.join(_FREQUENCIES)}",
                   did_you_mean(frequency, _FREQUENCIES) or 'it has no effect', 'warning')
    fields = None
    if 'schema' in entry:
        fields = reader.fields(entry['schema'], (*path, 'schema'))
        if is_interface(entry['message_type']):
            reader.add((*path, 'schema'), 'has no effect: the message type is an existing one',
                       'remove it', 'warning')
            fields = None
    if refusals:
        return None
    return Topic(
        topic=entry['topic'], message_type=entry['message_type'], publishes=publishes,
        callback=entry.get('callback', ''), frequency=frequency, fields=fields,
        description=' '.join(entry.get('description', '').split()), place=reader.place(path),
        qos=_qos(entry.get('qos', {})))


def _qos(data: dict[str, Any]) -> Qos:
    durability = data.get('durability', 'volatile')
    return Qos(**{
        **data, 'durability': 'transient_local' if durability == 'persistent' else durability})

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


"""The project whose messages the tests build."""

from __future__ import annotations

from pathlib import Path

from nevil_msggen.parse import parse_messages
from nevil_msggen.source import read_text
from nevil_msggen.types import merge_types
from nevil_msggen.types import TypeTable
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import Plan

__all__ = ['plan_of', 'types_of']


def plan_of(project: Path, package: str = 'talking_msgs') -> Plan:
    """Return a plan without nodes: the build asks for no more."""
    return Plan(project=project.name, directory=str(project), messages_package=package, nodes=(),
                processes=(), logs=LogPlan(directory=str(project / 'logs')))


def types_of(fields: str = '{text: {type: string, default: hello}}', *more_types: str
             ) -> TypeTable:
    """Return the types of one node that publishes a Voice with these fields, and further types."""
    topics = [('Voice', fields), *((name, '{x: float}') for name in more_types)]
    document, problems = read_text('publishes: [' + ', '.join(
        f'{{topic: {name.lower()}, message_type: {name}, schema: {schema}}}'
        for name, schema in topics) + ']', 'f')
    file, found = parse_messages(document, 'talker')
    table, more = merge_types([file])
    assert [*problems, *found, *more] == []
    return table

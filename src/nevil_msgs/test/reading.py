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


"""What the tests of the translator share."""

from __future__ import annotations

from pathlib import Path
import textwrap

from nevil_msggen.model import MessagesFile
from nevil_msggen.parse import parse_messages
from nevil_msggen.problem import Problem
from nevil_msggen.source import read_text
from nevil_msggen.types import merge_types
from nevil_msggen.types import TypeTable

GOLDEN = Path(__file__).parent / 'golden'
MESSAGES = Path(__file__).parents[1] / 'messages'


def parse(text: str, node: str = 'talker') -> tuple[MessagesFile, list[str]]:
    """Read one file given as text; return it and its problems as they are shown."""
    document, problems = read_text(textwrap.dedent(text), f'{node}/.messages')
    parsed, found = parse_messages(document, node)
    return parsed, shown([*problems, *found])


def merge(**texts: str) -> tuple[TypeTable, list[str]]:
    """Merge the files of several nodes, which must be valid one by one."""
    files = []
    for node, text in texts.items():
        parsed, problems = parse(text, node)
        assert problems == []
        files.append(parsed)
    table, found = merge_types(files)
    return table, shown(found)


def shown(problems: list[Problem]) -> list[str]:
    """Return problems as a user sees them."""
    return [f'{problem.severity}: {problem}' for problem in problems]


def publisher(fields: str, topic: str = 'voice', message_type: str = 'Voice') -> str:
    """Return a file that publishes one topic with these fields (flow style)."""
    return f'publishes:\n- topic: {topic}\n  message_type: {message_type}\n  schema: {fields}\n'


def subscriber(fields: str = '', topic: str = 'voice', message_type: str = 'Voice') -> str:
    """Return a file that subscribes one topic, with a schema or without."""
    schema = f'  schema: {fields}\n' if fields else ''
    return (f'subscribes:\n- topic: {topic}\n  message_type: {message_type}\n'
            f'  callback: on_voice\n{schema}')

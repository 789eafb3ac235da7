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


"""One `.messages` file: its typed model, and what is said of every mistake in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_msggen.model import Field
from nevil_msggen.model import Qos
from nevil_msggen.parse import parse_messages
from nevil_msggen.parse import read_messages
from nevil_msggen.schema_check import check
from nevil_msggen.schema_check import messages_schema
from nevil_msggen.source import Document
from nevil_msggen.types import merge_types
import pytest
from reading import GOLDEN
from reading import MESSAGES
from reading import parse

WRONG = """\
node_name: listener
versio: 1
publishes:
  - topic: voice-command
    message_type: voice_command
    frequency: on_speech
    qos: {reliability: relaible, depth: 0, durabilty: volatile}
    schema:
      maxSpeed: float
      class: str
      level: {type: flot}
      speed: {type: float, min: 2, max: 1}
      count: {type: integer, default: "3", max_length: 5}
      ratio: {type: float, default: "1e-7"}
      mode: {type: string, allowed: [on, "off"], default: "idle"}
      name: {type: string, max_length: 3, default: long}
      size: {type: integer, requird: true, min: 1, default: 0}
      names: {type: array, items: {type: string}, default: [a, 1]}
  - message_type: Lost
subscribes:
  - topic: image
    message_type: sensor_msgs/Image
    callback: on image
  - topic: sound
    message_type: audio_msgs/msg/Sound
    schema: {a: str}
    callback: on_sound
  - nothing
testing: []
"""


def test_every_problem_of_a_file_is_found_at_once_with_line_rule_and_fix() -> None:
    """One run of validate must do: the golden file holds the exact words."""
    _, problems = parse(WRONG)
    expected = GOLDEN / 'wrong_messages.txt'
    assert '\n'.join(problems) + '\n' == expected.read_text(encoding='utf-8')


def test_short_and_long_forms_mean_the_same() -> None:
    """`text: str` is the form that v3 users write."""
    file, problems = parse("""
        publishes:
          - topic: t
            message_type: T
            schema:
              a: str
              b: {type: string}
              c: float
              d: {type: float}
              e: bool
              f: {type: boolean}
              g: int
              h: {type: integer}
        """)
    assert problems == []
    fields = file.publishes[0].fields
    assert fields is not None
    assert [field.type for field in fields[::2]] == [field.type for field in fields[1::2]]
    assert [field.type for field in fields[::2]] == ['string', 'float', 'boolean', 'integer']


def test_every_constraint_reaches_the_model() -> None:
    """Nothing of a field is dropped on the way."""
    file, problems = parse("""
        node_name: talker
        publishes:
          - topic: t
            message_type: T
            description: What  it
              says
            qos: {reliability: best_effort, durability: persistent, history: keep_all, depth: 3}
            schema:
              a: {type: integer, required: true, min: 1, max: 9, default: 2, description: Count}
              b: {type: array, max_length: 2, items: {type: string, max_length: 5}}
              c: {type: object, schema: {d: {type: float, allowed: [1, 2.5]}}}
        subscribes:
          - {topic: u, message_type: std_msgs/msg/String, callback: on_u}
        configuration: {x: {y: 1}}
        """)
    assert problems == []
    topic = file.publishes[0]
    assert topic.description == 'What it says'
    assert topic.qos == Qos(
        reliability='best_effort', durability='transient_local', history='keep_all', depth=3)
    assert topic.fields == (
        Field(name='a', type='integer', required=True, minimum=1, maximum=9, default=2,
              description='Count'),
        Field(name='b', type='array', max_length=2,
              items=Field(name='', type='string', max_length=5)),
        Field(name='c', type='object', fields=(
            Field(name='d', type='float', allowed=(1.0, 2.5)),)))
    assert topic.ros_type('my_robot_msgs') == 'my_robot_msgs/msg/T'
    assert file.subscribes[0].ros_type('my_robot_msgs') == 'std_msgs/msg/String'
    assert file.subscribes[0].qos == Qos()
    assert file.configuration == {'x': {'y': 1}}


def test_the_valid_part_of_a_broken_file_is_still_read() -> None:
    """Problems across files are found even while one file has a mistake of its own."""
    file, problems = parse("""
        publishes:
          - {topic: a, message_type: A, schema: {x: wrong, y: str}}
          - {topic: b}
          - {topic: c, message_type: C, schema: {z: str}}
        """)
    assert len(problems) == 2
    assert [topic.topic for topic in file.topics] == ['a', 'c']
    assert [field.name for field in file.topics[0].fields or ()] == ['y']


@pytest.mark.parametrize('node', ['ai_cognition', 'speech_recognition', 'speech_synthesis'])
def test_the_reference_robot_has_no_problem(node: str) -> None:
    """Its files are the example that users copy."""
    file, problems = read_messages(MESSAGES / node / '.messages', node)
    assert problems == []
    assert file.node == node


def test_an_unreadable_file_is_an_empty_one_with_a_problem(tmp_path: Path) -> None:
    """A node's folder without its file, or with broken YAML, never raises."""
    (tmp_path / '.messages').write_text('a: [')
    for path in (tmp_path / '.messages', tmp_path / 'missing'):
        file, problems = read_messages(path, 'x')
        assert file.topics == ()
        assert len(problems) == 1


KEYS = st.sampled_from(
    ['topic', 'message_type', 'callback', 'schema', 'qos', 'type', 'items', 'default', 'allowed',
     'min', 'max', 'max_length', 'required', 'description', 'depth', 'reliability', 'text', 'x'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.sampled_from(
        ['string', 'float', 'integer', 'array', 'object', 'bool', 'Voice', 'voice', 'reliable',
         'sensor_msgs/msg/Image', '', 'a b']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25)
TOPIC = st.fixed_dictionaries(
    {'topic': st.sampled_from(['a', 'b']), 'message_type': st.sampled_from(['A', 'B']),
     'callback': st.just('on_it')},
    optional={'schema': st.dictionaries(KEYS, VALUES, max_size=4), 'qos': VALUES})
DOCUMENT = st.dictionaries(
    st.sampled_from(['publishes', 'subscribes', 'configuration', 'node_name', 'y']),
    VALUES | st.lists(TOPIC | VALUES, max_size=4), max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(DOCUMENT, max_size=3))
def test_no_data_makes_the_parser_or_the_merge_raise(documents: list[dict[str, object]]) -> None:
    """Whatever a file says, it becomes a model and problems with a text."""
    files = []
    for index, data in enumerate(documents):
        parsed, problems = parse_messages(Document(f'{index}', data, {(): 1}), 'n')
        files.append(parsed)
        assert all(problem.text and str(problem) for problem in problems)
    merge_types(files)


@settings(max_examples=150, deadline=None)
@given(DOCUMENT)
def test_our_check_agrees_with_json_schema(data: Any) -> None:
    """Editors and `nevil validate` must call the same files wrong (empty values apart)."""
    jsonschema = pytest.importorskip('jsonschema')
    data = _without_nothing(data)
    _, problems = check(Document('f', data, {}), messages_schema())
    valid = jsonschema.Draft202012Validator(messages_schema()).is_valid(data)
    assert valid == (not problems)


def _without_nothing(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nothing(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nothing(item) for item in value if item is not None]
    return value


def test_the_schema_is_one_that_editors_understand() -> None:
    """It names the draft and is itself valid."""
    jsonschema = pytest.importorskip('jsonschema')
    schema = json.loads(json.dumps(messages_schema()))
    assert schema['$schema'] == 'https://json-schema.org/draft/2020-12/schema'
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_key_with_nothing_behind_it_is_right_in_editors_too() -> None:
    """`subscribes:` is in many files of nodes that subscribe nothing."""
    jsonschema = pytest.importorskip('jsonschema')
    data = dict.fromkeys(('publishes', 'subscribes', 'configuration', 'testing'))
    assert check(Document('f', data, {}), messages_schema()) == ({}, [])
    jsonschema.Draft202012Validator(messages_schema()).validate(data)

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


"""The union of what several files declare, and where they contradict each other."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_msggen.package import digest
from nevil_msggen.package import package_files
from nevil_msggen.types import merge_types
import pytest
from reading import GOLDEN
from reading import merge
from reading import parse
from reading import publisher
from reading import shown
from reading import subscriber


def test_a_type_is_the_union_of_its_declarations() -> None:
    """Each node declares the fields it knows; the message has them all."""
    table, problems = merge(
        a=publisher('{text: {type: string, required: true}, '
                    'mood: {type: string, default: x, allowed: [x]}}'),
        b=subscriber('{text: {type: string, max_length: 9, description: Words}, '
                     'mood: {type: string, allowed: [z]}}'))
    assert problems == []
    text, mood = table.types['Voice'].fields
    assert (text.required, text.max_length, text.description) == (True, 9, 'Words')
    assert (mood.default, mood.allowed, mood.required) == ('x', ('x', 'z'), False)


def test_a_schema_may_stand_in_another_file() -> None:
    """Files in the wild leave it out where another node has it."""
    table, problems = merge(a='publishes: [{topic: voice, message_type: Voice}]',
                            b=subscriber('{text: {type: string, required: true}}'))
    assert problems == []
    assert [field.name for field in table.types['Voice'].fields] == ['text']


@pytest.mark.parametrize('one, other, required', [
    ('{x: {type: string, required: true}}', '{x: {type: string, required: true}}', True),
    ('{x: {type: string, required: true}}', '{x: {type: string}}', False),
    ('{x: {type: string, required: true}}', '{y: string}', False),
])
def test_a_field_is_required_when_every_publisher_promises_it(
        one: str, other: str, required: bool) -> None:
    """A v3 node that never knew the field must go on publishing."""
    table, problems = merge(a=publisher(one), b=publisher(other))
    assert problems == []
    field = next(field for field in table.types['Voice'].fields if field.name == 'x')
    assert field.required is required


def test_every_contradiction_names_all_files_and_lines() -> None:
    """The golden file holds the exact words."""
    lines = []
    for name, files in CONTRADICTIONS.items():
        _, problems = merge(**files)
        assert problems, name
        lines += [name, *(f'  {problem}' for problem in problems)]
    expected = GOLDEN / 'contradictions.txt'
    assert '\n'.join(lines) + '\n' == expected.read_text(encoding='utf-8')


SAME_TWICE = publisher('{x: str}') + publisher('{x: str}').partition('\n')[2]
CONTRADICTIONS = {
    'two types of a field': {
        'a': publisher('{x: str}'), 'b': subscriber('{x: int}'), 'c': subscriber('{x: int}')},
    'three types of a field': {
        'a': publisher('{x: str}'), 'b': subscriber('{x: int}'), 'c': subscriber('{x: str}'),
        'd': subscriber('{x: bool}')},
    'two defaults': {
        'a': publisher('{x: {type: int, default: 1}}'),
        'b': subscriber('{x: {type: int, default: 2}}')},
    'three defaults': {
        'a': publisher('{x: {type: list, default: [1]}}'),
        'b': subscriber('{x: {type: list, default: [2]}}'),
        'c': subscriber('{x: {type: list, default: []}}')},
    'two bounds': {
        'a': publisher('{x: {type: int, max: 1}}'), 'b': subscriber('{x: {type: int, max: 2}}')},
    'defaults of two publishers': {
        'a': publisher('{x: {type: int, default: 1}}'),
        'b': publisher('{x: {type: int, default: 2}}'), 'c': subscriber('{x: int}')},
    'two types of a topic': {
        'a': publisher('{x: str}', message_type='TtsRequest'),
        'b': subscriber('{x: str}', message_type='SpeakRequest')},
    'two spellings of a type': {
        'a': subscriber('{x: str}', message_type='TTSRequest'),
        'b': publisher('{x: str}', message_type='TtsRequest'),
        'c': subscriber('{x: str}', message_type='TTSRequest')},
    'two spellings of a type that contradict each other': {
        'a': publisher('{x: str}', 'one', 'TtsRequest'),
        'b': publisher('{x: int}', 'two', 'TTSRequest')},
    'two object fields with one type': {
        'a': publisher('{a1: {type: object, schema: {x: str}}, '
                       'a_1: {type: object, schema: {y: str}}}')},
    'an object field with the name of a type': {
        'a': publisher('{meta: {type: object, schema: {x: str}}}'),
        'b': publisher('{x: str}', 'meta', 'VoiceMeta')},
    'a required field that nobody publishes': {
        'a': publisher('{x: str}'), 'b': subscriber('{y: {type: str, required: true}}')},
    'no schema anywhere': {
        'a': 'publishes: [{topic: voice, message_type: Voice}]', 'b': subscriber()},
    'a default that another file does not allow': {
        'a': publisher('{x: {type: str, default: q}}'),
        'b': subscriber('{x: {type: str, allowed: [r, s]}}')},
    'a topic that nobody publishes': {'a': subscriber('{x: str}')},
    'a topic twice in one file': {'a': SAME_TWICE},
    'a topic with two callbacks': {
        'a': 'subscribes:\n- {topic: u, message_type: std_msgs/msg/String, callback: on_a}\n'
             '- {topic: u, message_type: std_msgs/msg/String, callback: on_b}\n'},
    'qos that never connects': {
        'a': publisher('{x: str}') + '  qos: {reliability: best_effort}\n',
        'b': subscriber() + '  qos: {durability: persistent}\n'},
}


def test_each_publisher_has_its_own_default_where_they_differ() -> None:
    """So it was in v3; the `.msg` can hold only one, and holds none."""
    table, _ = merge(
        a=publisher('{x: {type: int, default: 1}, y: {type: int, default: 3}}'),
        b=publisher('{x: {type: int, default: 2}, y: int}'))
    x, y = table.types['Voice'].fields
    assert (x.default, x.own_default) == (None, True)
    assert (y.default, y.own_default) == (3, False)


def test_a_publishers_default_holds_against_those_of_subscribers() -> None:
    """It is the publisher that fills in."""
    table, _ = merge(a=subscriber('{x: {type: int, default: 1}}'),
                     b=publisher('{x: {type: int, default: 2}}'))
    assert [(field.default, field.own_default) for field in table.types['Voice'].fields] == [
        (2, False)]


def test_a_type_without_a_schema_carries_json() -> None:
    """A v3 project need not say what is in its messages."""
    table, _ = merge(a='publishes: [{topic: voice, message_type: Voice}]')
    voice = table.types['Voice']
    assert voice.any_json and [field.is_json for field in voice.fields] == [True]


def test_names_that_differ_in_case_alone_are_one_type() -> None:
    """The publisher's spelling holds; the fields are the union of all."""
    table, problems = merge(
        a=subscriber('{y: str}', message_type='TTSRequest'),
        b=publisher('{x: str, y: str}', message_type='TtsRequest'))
    assert list(table.types) == ['TtsRequest']
    assert table.spellings == {'TTSRequest': 'TtsRequest'}
    assert {field.name for field in table.types['TtsRequest'].fields} == {'x', 'y'}
    assert problems == [
        'warning: a/.messages:2: voice: TTSRequest is taken for the TtsRequest of b/.messages:2:'
        ' their names differ in case alone; write TtsRequest everywhere']


def test_agreeing_repetition_and_differing_bounds_are_warnings() -> None:
    """Only what cannot work refuses a start."""
    for files in (CONTRADICTIONS['a topic twice in one file'], CONTRADICTIONS['two bounds']):
        _, problems = merge(**files)
        assert [problem.partition(':')[0] for problem in problems] == ['warning']


def test_the_wider_bound_holds() -> None:
    """What one node allows reaches the other."""
    table, _ = merge(a=publisher('{x: {type: int, min: 1, max: 5}}'),
                     b=publisher('{x: {type: int, min: 0, max: 4}}'))
    field = table.types['Voice'].fields[0]
    assert (field.minimum, field.maximum) == (0, 5)


def test_existing_interfaces_are_looked_up_where_a_prefix_is_given(tmp_path: Path) -> None:
    """A missing package or a misspelt message is found before a node fails on it."""
    index = tmp_path / 'share/ament_index/resource_index/rosidl_interfaces'
    index.mkdir(parents=True)
    (index / 'std_msgs').write_text('msg/Bool.idl\nmsg/Bool.msg\nmsg/String.msg\nsrv/X.srv\n')
    file, problems = parse("""\
        subscribes:
          - {topic: a, message_type: std_msgs/msg/String, callback: on_it}
          - {topic: b, message_type: std_msgs/msg/Strin, callback: on_it}
          - {topic: c, message_type: audio_msgs/msg/Sound, callback: on_it}
        """)
    assert problems == []
    assert merge_types([file])[1] == []
    assert shown(merge_types([file], [str(tmp_path)])[1]) == [
        "error: talker/.messages:3: b: the package 'std_msgs' has no message 'Strin'; "
        "did you mean 'String'?",
        "error: talker/.messages:4: c: the package 'audio_msgs' of audio_msgs/msg/Sound is not "
        'installed; install it (apt install ros-$ROS_DISTRO-audio-msgs), source its workspace, or '
        'correct the name']


def test_a_thousand_nodes_on_one_topic_are_checked_in_linear_time() -> None:
    """Pairs of publishers and subscribers would be a million."""
    one, _ = parse(publisher('{x: str}') + subscriber())
    _, problems = merge_types([one] * 1000)
    assert problems == []


FIELDS = st.dictionaries(
    st.sampled_from(['a', 'b', 'c']), st.sampled_from(
        ['str', '{type: string, max_length: 4}', '{type: string, allowed: [x, z]}',
         '{type: string, allowed: [y, x]}', '{type: string, description: What}']), max_size=3)


@settings(max_examples=80, deadline=None)
@given(st.lists(FIELDS, min_size=1, max_size=4), st.randoms())
def test_the_order_of_the_files_changes_nothing(
        schemas: list[dict[str, str]], random: st.randoms) -> None:  # type: ignore[valid-type]
    """The same files make the same bytes, so that nothing is compiled without need."""
    files = [parse(publisher('{' + ', '.join(f'{k}: {v}' for k, v in schema.items()) + '}'),
                   f'node{index}')[0] for index, schema in enumerate(schemas)]
    before, problems = merge_types(files)
    random.shuffle(files)  # type: ignore[attr-defined]
    after, same = merge_types(files)
    assert package_files(before, 'p_msgs') == package_files(after, 'p_msgs')
    assert digest(before, 'p_msgs') == digest(after, 'p_msgs')
    assert problems == same

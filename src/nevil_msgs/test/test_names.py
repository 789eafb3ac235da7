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


"""Names that ROS refuses, and the fix that is offered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nevil_msggen import names
import pytest


@pytest.mark.parametrize('name', ['text', 'a', 'max_speed', 'x1', 'map', 'context', 'object'])
def test_field_names_of_ros_are_accepted(name: str) -> None:
    """Words of IDL alone (map, context, object) work in ROS 2 and are left alone."""
    assert names.check_field(name) is None


@pytest.mark.parametrize('name, fix', [
    ('maxSpeed', 'max_speed'), ('max__speed', 'max_speed'), ('speed_', 'speed'),
    ('1st', 'field_1st'), ('a-b', 'a_b'), ('class', 'class_value'), ('from', 'from_value'),
    ('double', 'double_value'),
    ('errno', 'errno_value'), ('Größe', 'gr_e'), ('', 'field'),
])
def test_other_field_names_are_refused_with_a_name_that_works(name: str, fix: str) -> None:
    """The fix can be pasted."""
    refused = names.check_field(name)
    assert refused is not None
    assert refused[1] == f"rename it to '{fix}'"
    assert names.check_field(fix) is None


@pytest.mark.parametrize('name', [
    'builtins', 'self', 'check_fields', 'fields_and_field_types', 'int64_t', 'uint8_t', 'complex',
    'st_mtime', 'linux', 'i386', 'pass', 'lambda', 'namespace', 'math_errhandling'])
def test_names_that_break_generated_code_are_refused_with_the_way_out(name: str) -> None:
    """Every type of the package would fail at import, or the package could not be built."""
    refused = names.check_field(name)
    assert refused is not None and 'which ROS generates uses itself' in refused[0]
    assert refused[1] == f"rename it to '{name}_value'"
    assert names.check_field(f'{name}_value') is None


@pytest.mark.parametrize('name', [
    'property', 'type', 'list', 'data', 'msg', 'size', 'value', 'string', 'match', 'module',
    'interface', 'std', 'array', 'numpy', 'math', 'hash', 'int64', 'size_t', 'key', 'sequence'])
def test_names_that_only_look_dangerous_are_accepted(name: str) -> None:
    """They were built with all generators of Jazzy, and imported."""
    assert names.check_field(name) is None


@pytest.mark.parametrize('name, fix', [
    ('voice_command', "rename it to 'VoiceCommand' in every file"),
    ('Voice_Command', "rename it to 'VoiceCommand' in every file"),
    ('sensor_msgs/Image', "write 'sensor_msgs/msg/Image'"),
    ('a/b/c', "write it like 'sensor_msgs/msg/Image'"),
    ('None', "rename it to 'NoneMessage'"),
])
def test_type_names_are_refused_with_the_way_out(name: str, fix: str) -> None:
    """Words with capitals for own types, three parts for existing ones."""
    refused = names.check_message_type(name)
    assert refused is not None
    assert refused[1] == fix


@pytest.mark.parametrize('name', ['VoiceCommand', 'A1', 'sensor_msgs/msg/Image'])
def test_type_names_of_ros_are_accepted(name: str) -> None:
    """Own and existing types."""
    assert names.check_message_type(name) is None


@pytest.mark.parametrize('name', ['voice', '/voice', '~/voice', 'robot/arm/state', 'Cmd_vel'])
def test_topic_names_of_ros_are_accepted(name: str) -> None:
    """Relative, absolute and private names."""
    assert names.check_topic(name) is None


@pytest.mark.parametrize('name, fix', [
    ('voice-command', 'voice_command'), ('a//b', 'a/b'), ('1st', '_1st'), ('a__b', 'a_b'),
    ('/voice command/', '/voice_command'), ('/', '/topic'),
])
def test_other_topic_names_are_refused_with_a_name_that_works(name: str, fix: str) -> None:
    """ROS would refuse them when the node runs."""
    refused = names.check_topic(name)
    assert refused is not None
    assert refused[1] == f"rename it to '{fix}'"
    assert names.check_topic(fix) is None


@given(st.text(max_size=20))
def test_every_offered_name_is_valid(name: str) -> None:
    """Whatever is written, the fix is accepted when it is pasted."""
    assert names.check_message_type(names.camel_case(name)) is None or names.camel_case(
        name) in ('None', 'True', 'False', 'EOF', 'NULL', 'NAN', 'TRUE', 'FALSE')
    offered = names.snake_case(name)
    assert names.check_field(offered) is None or names.check_field(f'{offered}_value') is None
    refused = names.check_topic(name)
    if refused is not None:
        assert names.check_topic(refused[1].split("'")[1]) is None


@given(st.lists(st.text(max_size=6) | st.integers() | st.floats(allow_nan=False), max_size=8))
def test_constants_are_valid_and_unique(values: list[object]) -> None:
    """'a-b', 'a_b' and 'ä' are three constants."""
    taken = {'MODE_A'}
    made = names.constant_names('mode', values, taken)
    assert len(made) == len(values) == len(set(made) - {'MODE_A'})
    assert all(names.check_field(name.lower()) is None for name in made)


@given(st.from_regex(r'[A-Z][A-Za-z0-9]{0,8}', fullmatch=True))
def test_the_header_of_a_type_is_the_one_that_rosidl_writes(name: str) -> None:
    """Types whose headers clash (TtsRequest, TTSRequest) can only be told by rosidl's own rule."""
    rosidl = pytest.importorskip('rosidl_pycommon')
    assert names.file_stem(name) == rosidl.convert_camel_case_to_lower_case_underscore(name)


def test_types_that_share_a_header_are_known() -> None:
    """The pair that is seen in the wild."""
    assert names.file_stem('TtsRequest') == names.file_stem('TTSRequest') == 'tts_request'

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

"""Between dicts and ROS messages: round trips, rules, and existing ROS types."""

from __future__ import annotations

import array  # noqa: F401  (used by values of parameters)
from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_nodes.node.conversion import converter_for
from nevil_nodes.node.conversion import DeclaredConverter
from nevil_nodes.node.conversion import JsonConverter
from nevil_nodes.node.conversion import OwnDefaults
from nevil_nodes.node.errors import NodeError
from nevil_nodes.node.errors import Refused
from nevil_nodes.node.tables import declared
from nevil_nodes.node.tables import find_table
import numpy
import pytest
from rcl_interfaces.msg import ParameterValue
from rclpy.serialization import deserialize_message
from rclpy.serialization import serialize_message

INT64 = st.integers(-2 ** 63, 2 ** 63 - 1)
TEXT = st.text(st.characters(exclude_characters='\0', exclude_categories=['Cs']), max_size=40)
FLOAT = st.floats(allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | INT64 | FLOAT | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8)


def row(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Return a row of the table as the translator writes it."""
    return {'name': name, 'type': kind, 'required': False, 'default': None, 'min': None,
            'max': None, 'max_length': None, 'allowed': None, 'items': None, 'message': None,
            'encoding': None, 'fields': None, 'description': '', **more}


# A real ROS class with fields of every kind stands for a generated one.
VALUE_ROWS = [
    row('bool_value', 'boolean'),
    row('integer_value', 'integer', min=-(2 ** 63)),
    row('double_value', 'float'),
    row('string_value', 'object', encoding='json'),
    row('bool_array_value', 'array', items=row('', 'boolean')),
    row('integer_array_value', 'array', items=row('', 'integer')),
    row('double_array_value', 'array', items=row('', 'float'), max_length=5),
    row('string_array_value', 'array', items=row('', 'string', max_length=200)),
]
VALUES = {
    'bool_value': st.booleans(), 'integer_value': INT64, 'double_value': FLOAT,
    'string_value': st.dictionaries(TEXT, JSON, max_size=3),
    'bool_array_value': st.lists(st.booleans(), max_size=5),
    'integer_array_value': st.lists(INT64, max_size=5),
    'double_array_value': st.lists(FLOAT, max_size=5),
    'string_array_value': st.lists(TEXT, max_size=5),
}


def value_converter() -> DeclaredConverter:
    """Return a converter with fields of every kind."""
    return DeclaredConverter(ParameterValue, VALUE_ROWS, 'rcl_interfaces')


def refusal(converter: Any, data: Any) -> str:
    """Return why a message is refused."""
    with pytest.raises(Refused) as caught:
        converter.to_ros(data)
    return str(caught.value)


@given(st.fixed_dictionaries(VALUES))
@settings(deadline=None)
def test_what_was_sent_is_received(data: dict[str, Any]) -> None:
    """Through the wire format and back, every field is what it was."""
    converter = value_converter()
    message, unknown = converter.to_ros(data)
    received = deserialize_message(serialize_message(message), ParameterValue)
    assert converter.to_dict(received) == data
    assert not unknown


@given(st.dictionaries(st.sampled_from(sorted(VALUES)) | TEXT, JSON, max_size=6))
@settings(deadline=None)
def test_nonsense_is_refused_or_sent_never_raised(data: dict[str, Any]) -> None:
    """A wrong value must not reach rclpy's C code, which does not check it."""
    converter = value_converter()
    try:
        message, unknown = converter.to_ros(data)
    except Refused as error:
        assert str(error).split(':')[0].split('[')[0] in VALUES
    else:
        serialize_message(message)
        assert set(unknown) == set(data) - set(VALUES)


@given(TEXT, st.floats(0, 1), st.none() | st.floats(0, allow_infinity=False))
@settings(deadline=None)
def test_types_of_the_reference_robot_round_trip(
    text: str, confidence: float, duration: float | None,
) -> None:
    """The table that the translator wrote fits the classes that rosidl made."""
    converter = converter_for('nevil_msgs/msg/VoiceCommand')
    message, _ = converter.to_ros(
        {'text': text, 'confidence': confidence, 'duration': duration})
    assert converter.to_dict(message) == {
        'text': text, 'confidence': confidence, 'language': 'en-US', 'duration': duration or 0.0}


def test_array_rules_name_the_item() -> None:
    """Which of a hundred numbers is wrong is the first question."""
    converter = value_converter()
    assert refusal(converter, {'integer_array_value': [1, 2.5]}) == \
        'integer_array_value[1]: 2.5 is not an integer'
    assert refusal(converter, {'double_array_value': [0.0] * 6}) == \
        'double_array_value: has 6 items, max_length is 5'
    assert refusal(converter, {'bool_array_value': 'yes'}) == \
        "bool_array_value: 'yes' is not an array"
    assert refusal(converter, {'string_value': [1]}) == 'string_value: [1] is not an object'
    assert 'cannot be written as JSON' in refusal(converter, {'string_value': {'a': object()}})
    assert refusal(converter, {'integer_value': 2 ** 63}) == \
        f'integer_value: {2 ** 63} does not fit into 64 bits'


def test_numpy_scalars_are_numbers() -> None:
    """Sensor code computes with numpy."""
    converter = value_converter()
    message, _ = converter.to_ros({
        'double_value': numpy.float32(0.5), 'integer_value': numpy.int16(3),
        'double_array_value': numpy.array([1.0, 2.0])})
    assert (message.double_value, message.integer_value) == (0.5, 3)
    assert list(message.double_array_value) == [1.0, 2.0]


@pytest.mark.parametrize('value', [
    'numpy.array([1, 2])', 'numpy.array([1, 2], dtype="float32")', '(1, 2)', '[numpy.int64(1), 2]',
    'numpy.array([1, 2], dtype=">i2")', 'array.array("i", [1, 2])', 'range(1, 3)', 'b"\\1\\2"'])
def test_arrays_of_any_kind_are_arrays_of_numbers(value: str) -> None:
    """Which container holds the numbers is the author's business."""
    data = eval(value)  # parameters are named for what they are
    if isinstance(data, bytes):
        assert refusal(value_converter(), {'double_array_value': data}).endswith('not an array')
        return
    message, _ = value_converter().to_ros({
        'double_array_value': data, 'integer_array_value': [int(item) for item in data]})
    assert list(message.double_array_value) == [1.0, 2.0]
    assert {type(item) for item in message.double_array_value} == {float}


def test_scalars_of_numpy_are_what_they_stand_for() -> None:
    """Also within JSON, and as an array without dimensions."""
    converter = value_converter()
    message, _ = converter.to_ros({
        'bool_value': numpy.array([1, 2]).any(), 'integer_value': numpy.array(5),
        'double_value': numpy.int64(2), 'bool_array_value': numpy.array([True, False]),
        'string_array_value': numpy.array(['a', 'b']),
        'string_value': {'a': numpy.float32(0.5), 'b': numpy.arange(2), 'c': (1, numpy.bool_(1))}})
    assert message.bool_value is True and message.integer_value == 5
    assert message.double_value == 2.0 and list(message.bool_array_value) == [True, False]
    assert list(message.string_array_value) == ['a', 'b']
    assert json.loads(message.string_value) == {'a': 0.5, 'b': [0, 1], 'c': [1, True]}
    assert refusal(converter, {'integer_value': numpy.float64(2.5)}).startswith('integer_value: ')
    assert refusal(converter, {'double_value': numpy.array([1.0])}).endswith('is not a float')
    assert refusal(converter, {'double_array_value': numpy.array(1.0)}).endswith('not an array')
    assert refusal(converter, {'double_array_value': numpy.eye(2)}).startswith(
        'double_array_value[0]: ')


@pytest.mark.parametrize('value', [
    'numpy.zeros((3, 3))', 'numpy.zeros(9, dtype="int32")', '[0] * 9', '(0,) * 9', '[0.0] * 9',
    '[numpy.float32(0)] * 9', 'numpy.zeros(9)', 'array.array("f", [0] * 9)'])
def test_arrays_of_existing_types_take_any_numbers(value: str) -> None:
    """A covariance is nine floats, written as whole numbers, a matrix or a tuple."""
    message, _ = converter_for('sensor_msgs/msg/Imu').to_ros(
        {'orientation_covariance': eval(value), 'orientation': {'w': numpy.float32(1)}})
    received = deserialize_message(serialize_message(message), type(message))
    assert list(received.orientation_covariance) == [0.0] * 9 and received.orientation.w == 1.0


@pytest.mark.parametrize('value', [
    '[1, 2]', '(1, 2)', 'numpy.array([1, 2])', 'numpy.array([1, 2], dtype="float32")',
    'numpy.array([1., 2.])', 'array.array("d", [1, 2])', '[numpy.float32(1), numpy.int64(2)]'])
def test_sequences_of_existing_types_take_any_numbers(value: str) -> None:
    """`ranges` of a laser is a sequence of 32-bit floats; an author has 64-bit ones."""
    message, _ = converter_for('sensor_msgs/msg/LaserScan').to_ros({'ranges': eval(value)})
    received = deserialize_message(serialize_message(message), type(message))
    assert list(received.ranges) == [1.0, 2.0]


def test_an_image_of_numpy_is_sent_row_by_row() -> None:
    """Rows, columns and colours are the bytes that ROS wants."""
    picture = numpy.arange(12, dtype='uint8').reshape(2, 2, 3)
    image = converter_for('sensor_msgs/msg/Image')
    for data in (picture, picture.tobytes(), bytearray(picture.tobytes()), list(range(12))):
        message, _ = image.to_ros({'height': numpy.int64(2), 'data': data})
        assert bytes(message.data) == bytes(range(12)) and message.height == 2


@pytest.mark.parametrize(('kind', 'data', 'reason'), [
    ('LaserScan', {'ranges': numpy.array(['a'])}, 'ranges: '),
    ('LaserScan', {'ranges': 'far'}, "ranges: 'far' is not an array"),
    ('LaserScan', {'ranges': [1, 'a']}, 'ranges: '),
    ('LaserScan', {'ranges': 5.0}, 'ranges: 5.0 is not an array'),
    ('Image', {'data': numpy.array([1.5])}, 'data: array([1.5]) holds float64, not uint8'),
    ('Image', {'data': numpy.array([256])}, 'data: [256] is not of type sequence<uint8>'),
    ('Image', {'height': numpy.float64(1.5)}, 'height: 1.5 is not of type uint32'),
    ('Imu', {'orientation_covariance': numpy.zeros((2, 2))}, 'orientation_covariance: '),
])
def test_numbers_that_do_not_fit_are_refused(
        kind: str, data: dict[str, Any], reason: str) -> None:
    """rclpy's C code would cut them off, or end the process."""
    assert refusal(converter_for(f'sensor_msgs/msg/{kind}'), data).startswith(reason)


def test_nested_objects_are_checked_with_their_path() -> None:
    """A rule within an object is a rule."""
    from rcl_interfaces.msg import Parameter
    rows = [row('name', 'string', required=True),
            row('value', 'object', message='ParameterValue', fields=VALUE_ROWS)]
    converter = DeclaredConverter(Parameter, rows, 'rcl_interfaces')
    message, unknown = converter.to_ros(
        {'name': 'a', 'value': {'double_value': 1, 'other': 2}, 'more': 3})
    assert message.value.double_value == 1.0
    assert unknown == ['value.other', 'more']
    assert converter.to_dict(message)['value']['double_value'] == 1.0
    assert refusal(converter, {'name': 'a', 'value': {'bool_value': 1}}) == \
        'value.bool_value: 1 is not a boolean'
    assert refusal(converter, {'name': 'a', 'value': 5}) == \
        'value: 5 is not a dict of fields'


def test_default_that_a_msg_cannot_hold_is_set_by_the_publisher() -> None:
    """The translator leaves a default with a backslash to the table."""
    rows = [row('string_value', 'string', default='C:\\sound'), row('integer_value', 'integer')]
    converter = DeclaredConverter(ParameterValue, rows, 'rcl_interfaces')
    assert converter.to_ros({})[0].string_value == 'C:\\sound'
    assert converter.to_ros({'string_value': None})[0].string_value == 'C:\\sound'
    assert converter.to_ros({'string_value': ''})[0].string_value == ''


def test_a_type_that_no_file_describes_carries_any_dict() -> None:
    """A v3 node publishes what it likes; so does `ros2 topic pub`."""
    converter = JsonConverter(ParameterValue, 'string_value')
    data = {'text': 'ä', 'deep': {'list': [1, None, numpy.float32(0.5)]}}
    message, unknown = converter.to_ros(data)
    assert unknown == []
    assert converter.to_dict(message) == {'text': 'ä', 'deep': {'list': [1, None, 0.5]}}
    assert converter.to_ros(message)[0] is message
    assert converter.to_dict(ParameterValue()) == {}
    assert converter.to_dict(ParameterValue(string_value='[1]')) == {'string_value': [1]}
    assert refusal(converter, 5) == 'data: 5 is not a dict'
    assert 'cannot be written as JSON' in refusal(converter, {'a': object()})


def test_a_publisher_fills_in_its_own_defaults() -> None:
    """Where another publisher of the type has others; the author's dict stays as it is."""
    from rcl_interfaces.msg import Parameter
    rows = [row('name', 'string'),
            row('value', 'object', message='ParameterValue', fields=VALUE_ROWS)]
    converter = OwnDefaults(DeclaredConverter(Parameter, rows, 'rcl_interfaces'),
                            {'name': 'mine', 'value.integer_value': 5})
    given = {'value': {'bool_value': True}}
    message, _ = converter.to_ros(given)
    assert (message.name, message.value.integer_value, message.value.bool_value) == (
        'mine', 5, True)
    assert given == {'value': {'bool_value': True}}
    message, _ = converter.to_ros({'name': '', 'value': {'integer_value': 0}})
    assert (message.name, message.value.integer_value) == ('', 0)
    assert converter.to_ros({'name': None})[0].value.integer_value == 5
    assert refusal(converter, {'value': 3}) == 'value: 3 is not a dict of fields'
    assert refusal(converter, 3) == 'data: 3 is not a dict of fields'


def test_json_field_that_is_no_json_is_given_as_it_is() -> None:
    """`ros2 topic pub` may write anything into it."""
    converter = value_converter()
    assert converter.to_dict(ParameterValue(string_value='{oops'))['string_value'] == '{oops'
    assert converter.to_dict(ParameterValue())['string_value'] is None


def test_existing_ros_type_from_nested_dicts() -> None:
    """A topic may use any interface of ROS; no table says anything about it."""
    converter = converter_for('rcl_interfaces/msg/ParameterEvent')
    message, unknown = converter.to_ros({
        'stamp': {'sec': 5}, 'node': '/x', 'colour': 1,
        'new_parameters': [{'name': 'a', 'value': {'type': 3, 'double_value': 2}}]})
    assert message.stamp.sec == 5
    assert message.new_parameters[0].value.double_value == 2.0
    assert unknown == ['colour']
    data = converter.to_dict(message)
    assert data['stamp'] == {'sec': 5, 'nanosec': 0}
    assert data['new_parameters'][0]['name'] == 'a'
    assert converter.to_dict(converter.to_ros(data)[0]) == data


def test_existing_ros_type_refuses_a_wrong_value() -> None:
    """With the field and its ROS type."""
    converter = converter_for('rcl_interfaces/msg/ParameterEvent')
    assert refusal(converter, {'node': 5}) == 'node: 5 is not of type string'
    assert refusal(converter, {'stamp': {'sec': 'x'}}) == "stamp.sec: 'x' is not of type int32"
    assert refusal(converter, {'stamp': 3}) == \
        'stamp: 3 is not of type builtin_interfaces/Time'
    assert refusal(converter, [1]) == 'data: [1] is not a dict of fields'


def test_type_that_is_not_built_says_how_to_build_it() -> None:
    """The most likely mistake after a change of .messages."""
    with pytest.raises(NodeError, match='nowhere_msgs/msg/Ghost.*nevil build'):
        converter_for('nowhere_msgs/msg/Ghost')


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a folder at the head of AMENT_PREFIX_PATH."""
    (tmp_path / 'share' / 'x_msgs').mkdir(parents=True)
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'/nowhere:{tmp_path}::')
    yield tmp_path / 'share' / 'x_msgs' / 'nevil_messages.json'


def test_table_is_found_by_ament_prefix_path(prefix: Path) -> None:
    """No folder is searched through: that takes time and finds the wrong one."""
    assert find_table('x_msgs') == ''
    assert declared('x_msgs/msg/Thing') is None
    prefix.write_text(json.dumps({
        'version': 1, 'types': {'Thing': {'fields': [row('a', 'float')]}}}))
    assert find_table('x_msgs') == str(prefix)
    assert [field['name'] for field in (declared('x_msgs/msg/Thing') or {})['fields']] == ['a']
    assert declared('x_msgs/msg/Other') is None


@pytest.mark.parametrize('text', ['', '{"version": 99, "types": {}}', '[]'])
def test_broken_table_is_an_error_with_the_way_out(prefix: Path, text: str) -> None:
    """Without its rules a node would publish anything."""
    prefix.write_text(text)
    with pytest.raises(NodeError, match='nevil_messages.json.*run `nevil build`'):
        declared('x_msgs/msg/Thing')

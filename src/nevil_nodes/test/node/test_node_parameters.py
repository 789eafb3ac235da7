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

"""``configuration`` as ROS parameters."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from nevil_msggen.scalars import plain_value
from nevil_nodes.declarations.parameters import parameter_arguments
from nevil_nodes.node import NevilNode
from nevil_nodes.node.errors import NodeError
from nevil_nodes.node.parameters import flat
from nodelab import Lab
from nodelab import Peer
from nodelab import plan_of
import pytest
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import GetParameters
import rclpy
from rclpy.parameter import Parameter

CONFIGURATION = {
    'audio': {'sample_rate': 44100, 'gain': 1.5, 'device': 'default', 'deep': {'on': True}},
    'words': ['a', 'b'], 'rates': [1, 2.5], 'mixed': [1, 'a'], 'things': [{'a': 1}], 'none': None,
    'empty': [], 'dotted.key': 1, 'huge': 2 ** 70,
}


def test_names_are_dotted_and_what_ros_has_no_type_for_is_left_out() -> None:
    """A configuration is free-form; what is no parameter is still in self.config."""
    assert dict(flat(CONFIGURATION)) == {
        'audio.sample_rate': 44100, 'audio.gain': 1.5, 'audio.device': 'default',
        'audio.deep.on': True, 'words': ['a', 'b'], 'rates': [1.0, 2.5]}


def test_parameters_are_typed(lab: Lab) -> None:
    """`ros2 param get` shows them as they are in the file."""
    node = lab.make(NevilNode, plan_of('robot', configuration=CONFIGURATION))
    assert node.get_parameter('audio.sample_rate').type_ == Parameter.Type.INTEGER
    assert node.get_parameter('audio.deep.on').type_ == Parameter.Type.BOOL
    assert node.get_parameter('rates').type_ == Parameter.Type.DOUBLE_ARRAY
    assert node.config['configuration'] == CONFIGURATION


def test_set_changes_the_config(lab: Lab) -> None:
    """A node reads one place, whoever changed it."""
    node = lab.make(NevilNode, plan_of('robot', configuration=CONFIGURATION))
    audio = node.config['configuration']['audio']
    assert all(result.successful for result in node.set_parameters([
        Parameter('audio.gain', value=3.0), Parameter('audio.deep.on', value=False),
        Parameter('rates', value=[4.0])]))
    assert audio['gain'] == 3.0 and audio['deep']['on'] is False
    assert node.config['configuration']['rates'] == [4.0]


def test_set_of_another_type_is_refused_and_changes_nothing(lab: Lab) -> None:
    """The node counts on the type in its file."""
    node = lab.make(NevilNode, plan_of('robot', configuration=CONFIGURATION))
    result, = node.set_parameters([Parameter('audio.sample_rate', value='fast')])
    assert not result.successful
    assert node.config['configuration']['audio']['sample_rate'] == 44100


def test_parameters_are_seen_from_outside(lab: Lab, peer: Peer) -> None:
    """The standard tools work."""
    lab.make(NevilNode, plan_of('robot', configuration=CONFIGURATION))
    client = peer.node.create_client(GetParameters, '/robot/get_parameters')
    lab.until(client.service_is_ready)
    future: Any = client.call_async(GetParameters.Request(names=['audio.device']))

    def done() -> bool:
        peer.spin()
        return bool(future.done())
    lab.until(done)
    value = future.result().values[0]
    assert (value.type, value.string_value) == (ParameterType.PARAMETER_STRING, 'default')


def test_what_every_node_has_declared_is_set(lab: Lab) -> None:
    """Simulated time is switched on like any other parameter."""
    node = lab.make(NevilNode, plan_of('robot', configuration={'use_sim_time': True, 'rate': 5}))
    assert node.get_parameter('use_sim_time').value is True
    assert node.get_parameter('rate').value == 5
    assert node.set_parameters([Parameter('use_sim_time', value=False)])[0].successful
    assert node.config['configuration'] == {'use_sim_time': False, 'rate': 5}


@pytest.mark.parametrize(('name', 'value', 'reason'), [
    ('use_sim_time', 'often', 'Wrong parameter type'),
    ('start_type_description_service', False, 'read-only')])
def test_what_ros_does_not_let_be_set_is_said(
        lab: Lab, name: str, value: object, reason: str) -> None:
    """The node does not start with another value than its file has."""
    with pytest.raises(NodeError, match=rf'configuration\.{name} in \.messages: .*{reason}'):
        lab.make(NevilNode, plan_of('robot', configuration={name: value}))


def test_numbers_are_read_as_rcl_reads_them_from_a_file(tmp_path: Path, domain: int) -> None:
    """One spelling has one value, in `.messages` and in a file for --params-file."""
    texts = ['0', '-1', '007', '-010', '08', '0x1F', '1.', '.5', '1e3', '1e-3', '0x1.8p3', '.inf',
             '-.Inf', '12:30:00', '1_000', '0b11', '0o14', '1.2.3', '2025-01-02', '1e', '0x', 'on']
    lines = ''.join(f'    p{index}: {text}\n' for index, text in enumerate(texts))
    file = tmp_path / 'params.yaml'
    file.write_text(f'/**:\n  ros__parameters:\n{lines}')
    context = rclpy.Context()
    rclpy.init(args=['--ros-args', '--params-file', str(file)], context=context)
    node = rclpy.create_node('reader', context=context,
                             automatically_declare_parameters_from_overrides=True)
    try:
        read = [node.get_parameter(f'p{index}').value for index in range(len(texts))]
    finally:
        node.destroy_node()
        context.shutdown()
    assert [repr(value) for value in read] == [repr(plain_value(text)) for text in texts]


def test_what_is_written_for_a_command_line_is_read_back_by_rcl(domain: int) -> None:
    """Texts that look like other values, and characters that YAML does not take as they are."""
    params = {
        'word': 'yes', 'digits': '010', 'none': 'null', 'empty': '', 'quote': '"\'\\',
        'hash': 'a # b', 'lines': 'a\nb\tc', 'control': '\x07\x7f\x85\x9b',
        'mark': '\ufeff\u2028', 'face': '\U0001f600',
        'tiny': 1e-300, 'huge': 1e300, 'far': math.inf, 'whole': 2.0, 'least': -2 ** 63,
        'on': [True, False], 'rates': [1e-7, 2.0], 'texts': ['1', 'a: b']}
    context = rclpy.Context()
    rclpy.init(args=['--ros-args', *parameter_arguments(params)], context=context)
    node = rclpy.create_node('reader', context=context,
                             automatically_declare_parameters_from_overrides=True)
    try:
        read = {name: node.get_parameter(name).value for name in params}
    finally:
        node.destroy_node()
        context.shutdown()
    assert {name: list(value) if isinstance(params[name], list) else value
            for name, value in read.items()} == params
    assert isinstance(read['whole'], float)

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

from typing import Any

from nevil_nodes.node import NevilNode
from nevil_nodes.node.parameters import flat
from nodelab import Lab
from nodelab import Peer
from nodelab import plan_of
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import GetParameters
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
    """`ros2 param get` shows them as they stand in the file."""
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

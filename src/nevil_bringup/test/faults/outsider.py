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

"""
Somebody in the robot's ROS domain who is no part of it and means no good.

``outsider.py malformed SECONDS``, ``flood COUNT``, ``race NODE COUNT``, ``change NODE LABEL``,
``set_true NODE PARAMETER``.
"""

from __future__ import annotations

from collections.abc import Callable
import os
import sys
import time

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nevil_msgs.msg import Heartbeat
from rcl_interfaces.srv import SetParameters
import rclpy
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile

TOPIC = '/nevil/heartbeat'


def _matched(node: Node) -> rclpy.publisher.Publisher:
    """Return a publisher of heartbeats that somebody hears."""
    publisher = node.create_publisher(Heartbeat, TOPIC, QoSProfile(depth=1000))
    deadline = time.monotonic() + 20
    while not publisher.get_subscription_count():
        if time.monotonic() > deadline:
            raise SystemExit('nobody listens to heartbeats')
        time.sleep(0.02)
    return publisher


def malformed(node: Node, seconds: str) -> None:
    """Send heartbeats that make no sense, and bytes that are none."""
    publisher = _matched(node)
    nan, inf = float('nan'), float('inf')
    senseless = [
        Heartbeat(),
        Heartbeat(node='/victim', period=nan, executor_lag=nan, response_time=nan,
                  main_loop_age=nan, lifecycle_state='active'),
        Heartbeat(node='/victim', period=-inf, response_time=inf, main_loop_age=-inf),
        Heartbeat(node='victim', pid=2**32 - 1, generation=2**64 - 1, sequence=2**64 - 1,
                  error_count=2**64 - 1, received_count=2**64 - 1),
        Heartbeat(node='/victim', lifecycle_state='x' * 1_000_000),
        Heartbeat(node='/' + 'y' * 100_000, instance='z' * 100_000),
        Heartbeat(node='/../\n\x1b[31m', lifecycle_state='\0'),
    ]
    garbage = [b'\x00\x01\x00\x00', b'\x00\x01\x00\x00' + b'\xff' * 64, os.urandom(200)]
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        for message in senseless:
            publisher.publish(message)
        for data in garbage:
            publisher.publish(data)
        time.sleep(0.1)


def flood(node: Node, count: str) -> None:
    """Beat under very many names."""
    publisher = _matched(node)
    print(time.monotonic())
    for number in range(int(count)):
        publisher.publish(Heartbeat(
            node=f'/stranger_{number}', pid=number, period=1.0, lifecycle_state='active',
            instance=f'{number:032x}'))
        if number % 50 == 0:
            time.sleep(0.02)


def race(node: Node, name: str, count: str) -> None:
    """Ask for transitions that are illegal in the state of the node, by id, all at once."""
    client = node.create_client(ChangeState, f'/{name}/change_state')
    if not client.wait_for_service(20):
        raise SystemExit('it has no lifecycle')
    illegal = (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE,
               Transition.TRANSITION_CLEANUP, Transition.TRANSITION_DESTROY, 200)
    for turn in range(int(count)):
        request = ChangeState.Request()
        request.transition.id = illegal[turn % len(illegal)]
        futures = [client.call_async(request) for _ in range(3)]
        for future in futures:
            rclpy.spin_until_future_complete(node, future, timeout_sec=10)
            if not future.done():
                raise SystemExit(f'no answer to call {turn}')
            if future.result().success:
                raise SystemExit(f'transition {request.transition.id} was legal')
    print('refused', count)


def change(node: Node, name: str, label: str) -> None:
    """Ask for one transition by its label, as ``ros2 lifecycle set`` does."""
    client = node.create_client(ChangeState, f'/{name}/change_state')
    if not client.wait_for_service(20):
        raise SystemExit('it has no lifecycle')
    request = ChangeState.Request()
    request.transition.label = label
    future = client.call_async(request)
    rclpy.spin_until_future_complete(node, future, timeout_sec=10)
    print(time.monotonic(), bool(future.done() and future.result().success))


def set_true(node: Node, name: str, parameter: str) -> None:
    """Set a parameter of a node to true."""
    client = node.create_client(SetParameters, f'/{name}/set_parameters')
    if not client.wait_for_service(20):
        raise SystemExit('it has no parameters')
    future = client.call_async(SetParameters.Request(
        parameters=[Parameter(parameter, value=True).to_parameter_msg()]))
    rclpy.spin_until_future_complete(node, future, timeout_sec=10)
    print(bool(future.done() and future.result().results[0].successful))


if __name__ == '__main__':
    rclpy.init()
    WAYS: dict[str, Callable[..., None]] = {
        'malformed': malformed, 'flood': flood, 'race': race, 'change': change,
        'set_true': set_true}
    WAYS[sys.argv[1]](rclpy.create_node('outsider'), *sys.argv[2:])

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

"""Say something to the robot through its topics; the only module of the CLI with rclpy."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
import time
from typing import Any

from nevil_bringup.errors import UserError
import rclpy
from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile
from std_msgs.msg import String

__all__ = ['say']

_TEXT_TOPIC = '/speech_text'
_ANSWER_TOPIC = '/speaking_status'
_TICK_S = 0.02


def say(text: str, *, listener_s: float, answer_s: float | None) -> str | None:
    """
    Publish a sentence and return the first thing that is spoken afterwards.

    :param listener_s: how long to wait until somebody listens
    :param answer_s: how long to wait for the answer; None does not wait
    :returns: the answer, None where none was waited for or came
    :raises UserError: nobody listens
    """
    context = Context()
    rclpy.init(args=['--ros-args', '--disable-external-lib-logs'], context=context)
    node = rclpy.create_node(
        'nevil_say', context=context, enable_rosout=False, start_parameter_services=False)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    try:
        return _say(node, executor, text, listener_s, answer_s)
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown(context=context)


def _say(
    node: Node, executor: SingleThreadedExecutor, text: str, listener_s: float,
    answer_s: float | None,
) -> str | None:
    publisher = node.create_publisher(String, _TEXT_TOPIC, QoSProfile(depth=10))
    if not _wait(executor, listener_s, lambda: bool(publisher.get_subscription_count())):
        raise UserError(f'nobody listens on {_TEXT_TOPIC} after {listener_s:g} s: is '
                        'speech_recognition ready? nevil status shows it')
    answers: list[tuple[int, str]] = []
    if answer_s is not None:
        _listen(node, executor, answers, listener_s)
    said_ns = time.time_ns()
    publisher.publish(String(data=text))
    if answer_s is None:
        publisher.wait_for_all_acked(Duration(seconds=listener_s))
        return None

    def answer() -> str | None:
        return next((text for at_ns, text in answers if at_ns >= said_ns), None)

    _wait(executor, answer_s, lambda: answer() is not None)
    return answer()


def _listen(
    node: Node, executor: SingleThreadedExecutor, answers: list[tuple[int, str]], limit_s: float,
) -> None:
    """
    Collect what is spoken, with the time at which it was published.

    With the publisher's own durability: where it keeps its last message, an answer that comes
    before the two have found each other is not missed.

    :raises UserError: nothing speaks
    """
    if not _wait(executor, limit_s, lambda: bool(node.count_publishers(_ANSWER_TOPIC))):
        raise UserError(f'nobody publishes {_ANSWER_TOPIC} after {limit_s:g} s: is '
                        'speech_synthesis ready? nevil status shows it, --no-wait does not wait')
    speaker = node.get_publishers_info_by_topic(_ANSWER_TOPIC)[0]
    package, _, name = speaker.topic_type.split('/')
    message_type = getattr(import_module(f'{package}.msg'), name)

    def take(message: Any, info: Any) -> None:
        if message.text:
            answers.append((info['source_timestamp'], str(message.text)))

    qos = QoSProfile(depth=10, durability=speaker.qos_profile.durability)
    node.create_subscription(message_type, _ANSWER_TOPIC, take, qos)


def _wait(
    executor: SingleThreadedExecutor, limit_s: float, condition: Callable[[], bool],
) -> bool:
    """Spin until the condition holds; return whether it does."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() >= deadline:
            return False
        executor.spin_once(timeout_sec=_TICK_S)
    return True

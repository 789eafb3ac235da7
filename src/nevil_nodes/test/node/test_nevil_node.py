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

"""The contract between NevilNode and the author of a node."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from lifecycle_msgs.msg import State
from nevil_msgs.msg import VoiceCommand
from nevil_nodes.node import NevilNode
from nevil_nodes.node import NodeError
from nevil_nodes.node import NodeStatus
from nodelab import Lab
from nodelab import LATCHED
from nodelab import Peer
from nodelab import plan_of
from nodelab import STRING
import pytest
from rcl_interfaces.msg import Log
from rclpy.lifecycle import LifecycleNode
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from std_msgs.msg import String

VOICE = 'nevil_msgs/msg/VoiceCommand'
MODE = 'nevil_msgs/msg/SystemMode'


class Talker(NevilNode):
    """Keeps what it receives and which of its methods were called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: list[str] = []
        self.got: list[Any] = []

    def initialize(self) -> None:
        self.calls.append('initialize')

    def cleanup(self) -> None:
        self.calls.append('cleanup')

    def on_text(self, message: Any) -> None:
        self.got.append(message)


def warnings_of(caplog: pytest.LogCaptureFixture, node: NevilNode) -> None:
    """Let caplog see the lines of a node, whose logger does not propagate."""
    node.logger.addHandler(caplog.handler)


def test_a_node_is_a_ros_lifecycle_node(lab: Lab) -> None:
    """A new node may use all of rclpy."""
    node = lab.make(Talker, plan_of('talker'))
    assert isinstance(node, LifecycleNode)
    assert node.get_name() == 'talker'


def test_attributes_of_v3_are_there(lab: Lab) -> None:
    """A v3 node reads these names."""
    node = lab.make(Talker, plan_of(
        'talker', publishes={'voice': VOICE}, subscribes={'text': (STRING, 'on_text')},
        configuration={'a': 1}))
    assert node.node_name == 'talker'
    assert node.config['configuration'] == {'a': 1}
    assert isinstance(node.logger, logging.Logger)
    assert node.published_topics == {'voice'}
    assert node.subscribed_topics == {'text'}
    assert node.status is NodeStatus.RUNNING
    assert node.error_count == 0
    assert not node.shutdown_event.is_set()
    assert abs(time.time() - node.last_heartbeat) < 60
    assert node.message_bus is not None
    status = node.get_status()
    assert status['status'] == 'running' and status['published_topics'] == ['voice']


def test_callback_gets_topic_data_source_timestamp_and_id(lab: Lab, peer: Peer) -> None:
    """These five are what v3 callbacks read."""
    node = lab.make(Talker, plan_of('talker', subscribes={'text': (STRING, 'on_text')}))
    publisher = peer.node.create_publisher(String, 'text', 10)
    lab.until(publisher.get_subscription_count)
    before = time.time()
    publisher.publish(String(data='one'))
    publisher.publish(String(data='two'))
    lab.until(lambda: len(node.got) == 2)
    first, second = node.got
    assert (first.topic, first.data) == ('text', {'data': 'one'})
    assert first.source_node in ('', 'peer')
    lab.until(lambda: first.source_node == 'peer')
    assert before - 1 <= first.timestamp <= time.time() + 1
    assert first.message_id and first.message_id != second.message_id


def test_source_is_empty_where_two_nodes_publish(lab: Lab, peer: Peer) -> None:
    """Nobody knows which of them sent it, and a guess would be a lie."""
    node = lab.make(Talker, plan_of(
        'talker', publishes={'text': STRING}, subscribes={'text': (STRING, 'on_text')}))
    peer.node.create_publisher(String, 'text', 10)
    lab.until(lambda: node.count_publishers('text') == 2)
    node.publish('text', {'data': 'x'})
    lab.until(lambda: node.got)
    assert node.got[0].source_node == ''


@pytest.mark.parametrize(('data', 'rule'), [
    ({'confidence': 1.0}, 'text: required, but missing'),
    ({'text': None, 'confidence': 1.0}, 'text: required, but you gave None'),
    ({'txt': 'x', 'confidence': 1.0}, "text: required, but you gave 'txt', which "),
    ({'words': 'x', 'tone': 1}, "text: required, but you gave 'words', 'tone', which "),
    ({'text': 5, 'confidence': 1.0}, 'text: 5 is not a string'),
    ({'text': 'x' * 501, 'confidence': 1.0}, 'has 501 characters, max_length is 500'),
    ({'text': 'é' * 300, 'confidence': 1.0}, 'has 600 bytes of UTF-8, max_length is 500'),
    ({'text': 'x', 'confidence': 1.5}, 'confidence: 1.5 is above max 1.0'),
    ({'text': 'x', 'confidence': -0.5}, 'confidence: -0.5 is below min 0.0'),
    ({'text': 'x', 'confidence': float('nan')}, 'confidence: nan is not within 0.0 to 1.0'),
    ({'text': 'x', 'confidence': True}, 'confidence: True is not a float'),
    ({'text': 'x', 'confidence': '1'}, "confidence: '1' is not a float"),
    ('text', "data: 'text' is not a dict of fields"),
])
def test_publish_refuses_what_breaks_a_rule(
    lab: Lab, caplog: pytest.LogCaptureFixture, data: Any, rule: str,
) -> None:
    """What goes out is what the file promises; the log names topic, type, field and rule."""
    node = lab.make(Talker, plan_of('talker', publishes={'voice': VOICE}))
    warnings_of(caplog, node)
    assert node.publish('voice', data) is False
    assert node.error_count == 1
    assert f'publish voice: refused: {VOICE}: ' in caplog.text
    assert rule in caplog.text


def test_publish_refuses_a_value_that_is_not_allowed(
    lab: Lab, caplog: pytest.LogCaptureFixture,
) -> None:
    """The log shows the choices."""
    node = lab.make(Talker, plan_of('talker', publishes={'mode': MODE}))
    warnings_of(caplog, node)
    assert not node.publish('mode', {'mode': 'dancing'})
    assert "mode: 'dancing' is not one of listening, thinking" in caplog.text


def test_publish_refuses_an_undeclared_topic(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    """A typo in a topic must not create a topic."""
    node = lab.make(Talker, plan_of('talker', publishes={'voice': VOICE}))
    warnings_of(caplog, node)
    assert not node.publish('voices', {'text': 'x', 'confidence': 1.0})
    assert 'publish voices: refused: not declared under publishes in .messages' in caplog.text
    assert node.error_count == 1


def test_fields_that_the_type_lacks_are_dropped_with_one_warning(
    lab: Lab, peer: Peer, caplog: pytest.LogCaptureFixture,
) -> None:
    """v3 nodes in the wild send such; refusing would break them, silence would hide it."""
    node = lab.make(Talker, plan_of('talker', publishes={'voice': VOICE}))
    warnings_of(caplog, node)
    heard = peer.listen(VoiceCommand, 'voice')
    data = {'text': 'x', 'confidence': 1, 'colour': 'red'}
    peer.until(lambda: node.publish('voice', data) and len(heard) > 2)
    assert heard[0].text == 'x' and heard[0].language == 'en-US'
    assert caplog.text.count("has no field 'colour'") == 1


def test_a_ready_message_may_be_published(lab: Lab) -> None:
    """A new node has the class at hand; the rules hold all the same."""
    node = lab.make(Talker, plan_of('talker', publishes={'voice': VOICE}))
    assert node.publish('voice', VoiceCommand(text='x', confidence=0.5))
    assert not node.publish('voice', VoiceCommand(text='x', confidence=5.0))


def test_what_initialize_publishes_is_sent_when_the_node_is_active(
    lab: Lab, peer: Peer,
) -> None:
    """v3 nodes announce their mode in initialize(), before a ROS node may send."""
    class Announcer(Talker):

        def initialize(self) -> None:
            assert self.publish('text', {'data': 'here'})

    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    heard = peer.listen(String, 'text', latched)
    node = lab.make(Announcer, plan_of('talker', publishes={'text': (STRING, LATCHED)}))
    peer.until(lambda: heard)
    assert heard[0].data == 'here'
    assert node.get_status()['published_count'] == 1


def test_missing_callback_names_file_and_key(lab: Lab) -> None:
    """A message without a receiver must not be found out at its arrival."""
    with pytest.raises(NodeError) as caught:
        lab.make(Talker, plan_of('talker', subscribes={'text': (STRING, 'on_txt')}))
    assert 'nodes/talker/.messages: subscribes[0].callback' in str(caught.value)
    assert "Talker has no method 'on_txt'" in str(caught.value)


def test_callback_that_raises_is_logged_and_counted(
    lab: Lab, peer: Peer, caplog: pytest.LogCaptureFixture,
) -> None:
    """One bad message must not end a node."""
    class Fragile(Talker):

        def on_text(self, message: Any) -> None:
            super().on_text(message)
            raise ValueError('bad message')

    node = lab.make(Fragile, plan_of('talker', subscribes={'text': (STRING, 'on_text')}))
    warnings_of(caplog, node)
    publisher = peer.node.create_publisher(String, 'text', 10)
    lab.until(publisher.get_subscription_count)
    publisher.publish(String(data='one'))
    publisher.publish(String(data='two'))
    lab.until(lambda: len(node.got) == 2)
    assert node.error_count == 2
    assert 'on_text() for topic text failed' in caplog.text and 'Traceback' in caplog.text


def test_timer_that_raises_does_not_end_spin(lab: Lab) -> None:
    """The same holds for callbacks that a new node gives to rclpy."""
    node = lab.make(Talker, plan_of('talker'))
    node.create_timer(0.01, lambda: 1 / 0)
    lab.until(lambda: len(lab.failures) >= 2)
    assert isinstance(lab.failures[0], ZeroDivisionError)


def test_names_of_rclpy_are_free_for_the_author(lab: Lab, peer: Peer) -> None:
    """v3 nodes know nothing of rclpy; what they call executor or timers must not break it."""
    class Careless(Talker):

        def __init__(self, name: str) -> None:
            super().__init__(name)
            self.executor = 'mine'
            self.timers = {'a': 1}
            self.context = ['conversation']
            self.handle = None
            self._services = 'mine too'
            self._clock = 12

        def get_logger(self, extra: str) -> str:
            return extra

    node = lab.make(Careless, plan_of(
        'talker', publishes={'text': STRING}, subscribes={'text': (STRING, 'on_text')}))
    assert node.publish('text', {'data': 'x'})
    lab.until(lambda: node.got)
    assert (node.executor, node.timers, node.context, node.handle, node._services, node._clock) \
        == ('mine', {'a': 1}, ['conversation'], None, 'mine too', 12)
    assert node.get_logger('own') == 'own'
    node.create_timer(0.01, lambda: node.calls.append('tick'))
    lab.until(lambda: 'tick' in node.calls)
    other = lab.make(Talker, plan_of('other'))
    assert other.executor is lab.executor


def test_main_loop_runs_in_its_own_thread_while_active(lab: Lab) -> None:
    """v3 nodes sleep in main_loop(); callbacks must go on meanwhile."""
    threads: list[str] = []

    class Loop(Talker):

        def main_loop(self) -> None:
            threads.append(threading.current_thread().name)
            time.sleep(0.01)

    node = lab.make(Loop, plan_of('loop'))
    lab.until(lambda: len(threads) > 3)
    assert set(threads) == {'loop_main'}
    node.trigger_deactivate()
    seen, paused_at = len(threads), time.monotonic()
    lab.until(lambda: time.monotonic() > paused_at + 0.1)
    assert len(threads) == seen
    node.trigger_activate()
    lab.until(lambda: len(threads) > seen)


def test_ten_errors_in_a_row_end_the_node(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    """A loop that always fails does no work; the supervisor decides what follows."""
    class Broken(Talker):
        error_pause_s = 0.0

        def main_loop(self) -> None:
            raise RuntimeError('no sensor')

    node = lab.make(Broken, plan_of('broken'))
    lab.until(lambda: lab.ends)
    assert lab.ends == [1]
    assert node.error_count == 10
    assert node.status is NodeStatus.ERROR


def test_an_error_now_and_then_does_not_end_the_node(lab: Lab) -> None:
    """Only errors in a row count: a success in between starts again."""
    class Shaky(Talker):
        error_pause_s = 0.0
        rounds = 0

        def main_loop(self) -> None:
            self.rounds += 1
            if self.rounds % 3:
                raise RuntimeError('no answer')

    node = lab.make(Shaky, plan_of('shaky'))
    lab.until(lambda: node.rounds > 40)
    assert node.error_count > 20 and not lab.ends


def test_cleanup_is_called_once(lab: Lab) -> None:
    """It gives back a device: twice is as wrong as never."""
    node = lab.make(Talker, plan_of('talker'))
    node._nevil.end(failed=False)
    node._nevil.end(failed=False)
    assert node.calls == ['initialize', 'cleanup']
    assert node.status is NodeStatus.STOPPED
    assert node.shutdown_event.is_set()


def test_cleanup_follows_a_failed_initialize_once(lab: Lab) -> None:
    """Half of a device may be open already."""
    class Failing(Talker):

        def initialize(self) -> None:
            super().initialize()
            raise RuntimeError('no device')

    node = lab.make(Failing, plan_of('failing'), start=False)
    assert not node._nevil.start()
    assert node.calls == ['initialize', 'cleanup']
    node._nevil.end(failed=True)
    assert node.calls == ['initialize', 'cleanup']


def test_log_lines_reach_rosout_and_stderr_once(
    lab: Lab, peer: Peer, capfd: pytest.CaptureFixture[str],
) -> None:
    """rqt_console shows what the log file has; rclpy's logger would print it a second time."""
    qos = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    heard = peer.listen(Log, '/rosout', qos)
    node = lab.make(Talker, plan_of('talker'))
    node._nevil.begin_beating()
    node.logger.warning('battery at %d %%', 12)
    peer.until(lambda: [log for log in heard if 'battery' in log.msg])
    log = next(log for log in heard if 'battery' in log.msg)
    assert (log.msg, log.level, log.name) == ('battery at 12 %', 30, 'talker')
    error = capfd.readouterr().err
    assert error.count('battery at 12 %') == 1
    assert '[WARNING] [talker] [test_nevil_node] battery at 12 %' in error


@pytest.mark.parametrize(('level', 'shown'), [
    ('DEBUG', ['debug', 'info', 'warning']), ('INFO', ['info', 'warning']),
    ('WARNING', ['warning']), ('CRITICAL', [])])
def test_both_loggers_have_the_level_of_the_system(
    lab: Lab, capfd: pytest.CaptureFixture[str], level: str, shown: list[str],
) -> None:
    """``system.log_level`` holds for ``self.logger``, and for ``get_logger()`` of rclpy."""
    node = lab.make(Talker, plan_of(f'talker_{level.lower()}', log_level=level), start=False)
    for logger, name in ((node.logger, 'own'), (node.get_logger(), 'ros')):
        logger.debug(f'{name} debug')  # rclpy wants a line of its own for each level
        logger.info(f'{name} info')
        logger.warning(f'{name} warning')
    captured = capfd.readouterr()
    text = captured.err + captured.out
    for name in ('own', 'ros'):
        assert [word for word in ('debug', 'info', 'warning') if f'{name} {word}' in text] == shown


def test_state_is_visible_in_ros(lab: Lab) -> None:
    """`ros2 lifecycle get` and the author see the same."""
    node = lab.make(Talker, plan_of('talker', status='muted'))
    assert node._state_machine.current_state[0] == State.PRIMARY_STATE_INACTIVE
    assert node.get_status()['lifecycle_state'] == 'inactive'

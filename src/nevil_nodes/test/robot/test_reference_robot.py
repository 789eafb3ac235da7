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

"""The three nodes of the reference robot, together, as their files say."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import copy
from pathlib import Path
from typing import Any

from nevil_msggen.source import read_document
from nevil_msgs.msg import Dependency
from nevil_msgs.msg import ListeningStatus
from nevil_msgs.msg import SpeakingStatus
from nevil_msgs.msg import SystemMode
from nevil_msgs.msg import TextResponse
from nevil_nodes.node.dependency import DEPENDENCY_QOS
from nevil_nodes.node.dependency import DEPENDENCY_TOPIC
from nevil_nodes.robot.ai_cognition import AiCognitionNode
from nevil_nodes.robot.speech_recognition import SpeechRecognitionNode
from nevil_nodes.robot.speech_synthesis import SpeechSynthesisNode
from nodelab import Lab
from nodelab import Peer
import pytest
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from std_msgs.msg import String

MESSAGES = Path(__file__).parents[3] / 'nevil_msgs' / 'messages'
CLASSES: dict[str, Any] = {
    'ai_cognition': AiCognitionNode, 'speech_recognition': SpeechRecognitionNode,
    'speech_synthesis': SpeechSynthesisNode,
}
# States are kept with a depth of 1: one that lasts no time may be overwritten before it is seen.
SLOW = {'words_per_minute': 200}


def plan_from_file(name: str) -> dict[str, Any]:
    """Return the plan of a node of the robot, from its .messages."""
    document, problems = read_document(MESSAGES / name / '.messages', name)
    assert not problems
    data = copy.deepcopy(dict(document.data))
    for entry in (*data['publishes'], *data['subscribes']):
        kind = entry['message_type']
        entry['ros_type'] = kind if '/' in kind else f'nevil_msgs/msg/{kind}'
        if entry.setdefault('qos', {}).get('durability') == 'persistent':
            entry['qos']['durability'] = 'transient_local'
    return {'name': name, 'publishes': data['publishes'], 'subscribes': data['subscribes'],
            'messages': data}


class Robot:
    """The three nodes, and somebody who talks to them."""

    def __init__(self, lab: Lab, peer: Peer) -> None:
        self.lab = lab
        self.peer = peer
        self.nodes: dict[str, Any] = {}
        self.said = peer.listen(SpeakingStatus, 'speaking_status', QoSProfile(depth=100))
        self.answers = peer.listen(TextResponse, 'text_response')
        self.modes = peer.listen(SystemMode, 'system_mode', QoSProfile(depth=100))
        self._voice = peer.node.create_publisher(String, 'speech_text', 10)

    def bring_up(self, **configurations: dict[str, Any]) -> None:
        """Start the nodes with a changed configuration."""
        for name, cls in CLASSES.items():
            plan = plan_from_file(name)
            plan['messages']['configuration'].update(configurations.get(name, {}))
            node = self.lab.make(lambda _, cls=cls: cls(), plan)
            self.nodes[name] = node
        self.until(lambda: self._voice.get_subscription_count() and all(
            self.peer.node.count_publishers(topic) for topic in (
                'speaking_status', 'text_response', 'system_mode')))

    def until(self, condition: Callable[[], Any]) -> None:
        """Let all of them work until the condition is true."""
        def step() -> bool:
            self.peer.spin()
            return bool(condition())
        self.lab.until(step)

    def tell(self, text: str) -> None:
        """Say a sentence to the robot."""
        self._voice.publish(String(data=text))


@pytest.fixture
def robot(domain: int) -> Iterator[Robot]:
    """Return a robot that is not up yet."""
    lab, peer = Lab(domain), Peer(domain)
    yield Robot(lab, peer)
    lab.close()
    peer.close()


@pytest.mark.parametrize(('mode', 'answer'), [
    ('echo', 'hello robot'), ('reverse', 'tobor olleh'), ('parrot', 'Squawk! hello robot')])
def test_a_sentence_goes_through_all_three_nodes(robot: Robot, mode: str, answer: str) -> None:
    """The robot's main job, in each mode."""
    robot.bring_up(ai_cognition={'mode': mode}, speech_synthesis=SLOW)
    robot.tell('hello robot')
    robot.until(lambda: len(robot.said) >= 2)
    assert [(status.speaking, status.text) for status in robot.said] == \
        [(True, answer), (False, answer)]
    robot.until(lambda: [mode.mode for mode in robot.modes][-2:] == ['speaking', 'idle'])


def test_mode_changes_while_the_robot_runs(robot: Robot) -> None:
    """`ros2 param set /ai_cognition mode parrot`."""
    robot.bring_up()
    robot.nodes['ai_cognition'].set_parameters([Parameter('mode', value='parrot')])
    robot.tell('hello')
    robot.until(lambda: robot.answers)
    assert robot.answers[0].text == 'Squawk! hello'
    robot.nodes['ai_cognition'].set_parameters([Parameter('mode', value='nonsense')])
    robot.tell('again')
    robot.until(lambda: len(robot.answers) == 2)
    assert robot.answers[1].text == 'again'


def test_unknown_mode_refuses_the_start(robot: Robot) -> None:
    """With what there is."""
    plan = plan_from_file('ai_cognition')
    plan['messages']['configuration']['mode'] = 'genius'
    node = robot.lab.make(lambda _: AiCognitionNode(), plan, start=False)
    with pytest.raises(ValueError, match="mode: 'genius' is not one of echo, reverse, parrot"):
        node.initialize()


def test_sentences_come_from_a_file_line_by_line(robot: Robot, tmp_path: Path) -> None:
    """Empty lines are silence, and the file may grow."""
    path = tmp_path / 'text'
    path.write_text('one\n\ntwo\n', encoding='utf-8')
    robot.bring_up(speech_recognition={'source': {'file': str(path), 'interval_s': 0.01}})
    robot.until(lambda: [answer.text for answer in robot.answers][-1:] == ['two'])
    with path.open('a', encoding='utf-8') as stream:
        stream.write('three\n')
    robot.until(lambda: [answer.text for answer in robot.answers][-1:] == ['three'])


def test_robot_does_not_listen_to_itself(robot: Robot) -> None:
    """While it speaks it says that it does not listen."""
    heard = robot.peer.listen(ListeningStatus, 'listening_status', QoSProfile(depth=100))
    robot.bring_up(speech_synthesis=SLOW)
    robot.until(lambda: robot.peer.node.count_publishers('listening_status'))
    robot.tell('hello')
    robot.until(lambda: [status.listening for status in heard][-2:] == [False, True])


def test_urgent_answers_are_said_first(robot: Robot) -> None:
    """A smaller priority is more urgent; equal ones keep their order."""
    robot.bring_up(speech_synthesis={'voice': 'alto', 'words_per_minute': 150})
    publisher = robot.peer.node.create_publisher(TextResponse, 'text_response', 10)
    robot.until(publisher.get_subscription_count)
    publisher.publish(TextResponse(text='a', priority=100))
    robot.until(lambda: robot.said)
    for text, priority in (('b', 100), ('c', 50), ('d', 100), ('e', 1)):
        publisher.publish(TextResponse(text=text, priority=priority))
    robot.until(lambda: robot.said[-1].text == 'd' and not robot.said[-1].speaking)
    assert ''.join(status.text for status in robot.said if status.speaking) == 'aecbd'
    assert {status.voice for status in robot.said} == {'alto'}


def test_recognition_notices_that_its_file_is_gone(robot: Robot, tmp_path: Path) -> None:
    """The health check of the reference robot; without a file there is nothing to lose."""
    robot.bring_up()
    node = robot.nodes['speech_recognition']
    assert node.check_source() == (True, 'receives the topic speech_text')
    path = tmp_path / 'text'
    path.write_text('one\n', encoding='utf-8')
    plan = plan_from_file('speech_recognition')
    plan['messages']['configuration']['source']['file'] = str(path)
    node = robot.lab.make(lambda _: SpeechRecognitionNode(), plan)
    assert node.check_source() == (True, f'reads {path}')
    path.rename(tmp_path / 'old')
    assert node.check_source() == (False, f'{path}: No such file or directory')
    path.write_text('two\n', encoding='utf-8')
    assert node.check_source() == (False, f'{path} was replaced by another file')


def test_robot_says_who_is_lost_and_listens_again(robot: Robot) -> None:
    """Also where it was lost in the middle of a sentence, whose end nobody tells any more."""
    heard = robot.peer.listen(ListeningStatus, 'listening_status', QoSProfile(depth=100))
    news = robot.peer.node.create_publisher(Dependency, DEPENDENCY_TOPIC, DEPENDENCY_QOS)
    robot.bring_up(speech_synthesis={'words_per_minute': 1})
    robot.until(lambda: news.get_subscription_count() == 2
                and robot.peer.node.count_publishers('listening_status'))
    robot.tell('hello')
    robot.until(lambda: [status.listening for status in heard][-1:] == [False])
    requires = (('speech_recognition', 'ai_cognition'), ('ai_cognition', 'speech_synthesis'))
    paused = [robot.nodes[name] for name in ('speech_recognition', 'ai_cognition')]
    for name, lost in requires:
        news.publish(Dependency(node=name, lost=[lost]))
    robot.until(lambda: heard[-1].reason == 'ai_cognition is lost')
    robot.until(lambda: robot.modes[-1].reason == 'speech_synthesis is lost')
    for node in paused:
        node.trigger_deactivate()
    for name, lost in requires:
        news.publish(Dependency(node=name, restored=[lost]))
    robot.until(lambda: not paused[0].busy)
    for node in reversed(paused):
        robot.until(lambda: node._nevil.topics._held)
        node.trigger_activate()
    robot.until(lambda: robot.modes[-1].mode == 'idle')
    robot.until(lambda: heard[-1].listening and heard[-1].reason == 'ai_cognition is back')

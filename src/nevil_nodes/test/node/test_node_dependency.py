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

"""News of the nodes that a node requires."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from nevil_msgs.msg import Dependency
from nevil_nodes.node import NevilNode
from nevil_nodes.node.dependency import DEPENDENCY_QOS
from nevil_nodes.node.dependency import DEPENDENCY_TOPIC
from nodelab import Lab
from nodelab import NodeProcess
from nodelab import Peer
from nodelab import plan_of
from nodelab import STRING
import pytest
from std_msgs.msg import String

PLAN: dict[str, Any] = {'publishes': {'said': STRING}}


class Mind(NevilNode):
    """Notes what it is told."""

    def initialize(self) -> None:
        self.told: list[tuple[str, str]] = []

    def on_dependency_lost(self, node: str) -> None:
        self.told.append(('lost', node))
        self.publish('said', {'data': f'without {node}'})
        if node == 'bad':
            raise RuntimeError('cannot do without')

    def on_dependency_restored(self, node: str) -> None:
        self.told.append(('restored', node))
        self.publish('said', {'data': f'with {node}'})


class Monitor:
    """Tells as the health node does."""

    def __init__(self, lab: Lab, peer: Peer) -> None:
        self._lab = lab
        self._peer = peer
        self._publisher = peer.node.create_publisher(Dependency, DEPENDENCY_TOPIC, DEPENDENCY_QOS)

    def until(self, condition: Callable[[], Any]) -> None:
        """Spin both sides until the condition is true."""
        def step() -> bool:
            self._peer.spin()
            return bool(condition())
        self._lab.until(step)

    def tell(self, node: str, lost: tuple[str, ...] = (), restored: tuple[str, ...] = ()) -> None:
        """Send one message to whoever is there."""
        self.until(self._publisher.get_subscription_count)
        self._publisher.publish(Dependency(node=node, lost=lost, restored=restored))


@pytest.fixture
def monitor(lab: Lab, peer: Peer) -> Monitor:
    """Join the node's domain as a health node."""
    return Monitor(lab, peer)


def test_node_is_told_once_of_each_news_of_its_own(lab: Lab, monitor: Monitor) -> None:
    """A monitor that was restarted repeats itself; news of others are not meant."""
    node = lab.make(Mind, plan_of('mind', **PLAN))
    monitor.tell('voice', lost=('ears',))
    monitor.tell('mind', lost=('ears', 'eyes'))
    monitor.tell('mind', lost=('ears',))
    monitor.tell('mind', restored=('ears',))
    monitor.tell('mind', restored=('ears', 'eyes'))
    monitor.tell('mind', lost=('ears',), restored=('never_lost',))
    monitor.until(lambda: ('restored', 'never_lost') in node.told)
    assert node.told == [
        ('lost', 'ears'), ('lost', 'eyes'), ('restored', 'ears'), ('restored', 'eyes'),
        ('lost', 'ears'), ('restored', 'never_lost')]


def test_what_it_says_before_and_after_the_pause_arrives(
    lab: Lab, peer: Peer, monitor: Monitor,
) -> None:
    """It is told while it can still speak, and what it then says goes out when it may again."""
    heard = peer.listen(String, 'said')
    node = lab.make(Mind, plan_of('mind', **PLAN))
    monitor.until(lambda: node.count_subscribers('said'))
    client = peer.node.create_client(ChangeState, '/mind/change_state')
    monitor.until(client.service_is_ready)
    monitor.tell('mind', lost=('ears',))
    future = client.call_async(
        ChangeState.Request(transition=Transition(label='deactivate')))
    monitor.until(lambda: future.done() and heard)
    assert future.result().success
    monitor.tell('mind', restored=('ears',))
    monitor.until(lambda: len(node.told) == 2)
    assert not node.publish('said', {'data': 'paused'})
    assert [message.data for message in heard] == ['without ears']
    future = client.call_async(ChangeState.Request(transition=Transition(label='activate')))
    monitor.until(lambda: future.done() and len(heard) == 2)
    assert [message.data for message in heard] == ['without ears', 'with ears']


def test_exception_in_it_is_logged_and_counted(
    lab: Lab, monitor: Monitor, capfd: pytest.CaptureFixture[str],
) -> None:
    """And the other news still come."""
    node = lab.make(Mind, plan_of('mind', **PLAN))
    monitor.tell('mind', lost=('bad', 'ears'))
    monitor.until(lambda: len(node.told) == 2)
    assert node.told == [('lost', 'bad'), ('lost', 'ears')]
    assert node.error_count == 1 and node._nevil.counters.errors == 1
    assert "on_dependency_lost('bad') failed: RuntimeError('cannot do without')" \
        in capfd.readouterr().err


def test_only_a_node_that_wants_to_know_subscribes(lab: Lab, peer: Peer) -> None:
    """Each subscription makes a start longer and the discovery larger."""
    class Deaf(NevilNode):
        """Has nothing to do then."""

    class Callbacks(NevilNode):
        """Has had a callback of this name all along, for a topic of its own."""

        def on_dependency_lost(self, node: Any) -> None:
            """Take a message."""

    for number, cls in enumerate((Deaf, Callbacks)):
        subscribes = {'said': (STRING, 'on_dependency_lost')} if number else {}
        node = lab.make(cls, plan_of(f'node_{number}', subscribes=subscribes))
        assert DEPENDENCY_TOPIC not in [each.topic_name for each in node.subscriptions]
    node = lab.make(Mind, plan_of('mind', **PLAN))
    assert DEPENDENCY_TOPIC in [each.topic_name for each in node.subscriptions]


def test_one_of_the_two_methods_is_enough(lab: Lab, monitor: Monitor) -> None:
    """The other one does nothing."""
    class Half(NevilNode):
        """Only wants to know the end of it."""

        def on_dependency_restored(self, node: str) -> None:
            """Note it."""
            self.back = node

    node = lab.make(Half, plan_of('half'))
    monitor.tell('half', lost=('ears',))
    monitor.tell('half', restored=('ears',))
    monitor.until(lambda: hasattr(node, 'back'))
    assert node.error_count == 0


def test_composed_nodes_each_get_their_own_news(
    run: Callable[..., NodeProcess], peer: Peer,
) -> None:
    """In the processes that the robot really has."""
    source = """
        from nevil_nodes.node import NevilNode

        class {name}Node(NevilNode):
            def __init__(self):
                super().__init__('{lower}')

            def on_dependency_lost(self, node):
                print('{lower} lost', node)
    """
    process = run({name: source.format(name=name.title(), lower=name) for name in ('ab', 'cd')},
                  plan_of('ab'), plan_of('cd'))
    publisher = peer.node.create_publisher(Dependency, DEPENDENCY_TOPIC, DEPENDENCY_QOS)
    peer.until(lambda: publisher.get_subscription_count() == 2)
    publisher.publish(Dependency(node='cd', lost=['eyes']))
    publisher.publish(Dependency(node='ab', lost=['ears']))
    process.wait_for('ab lost ears')
    assert process.end() == 0
    assert 'cd lost eyes' in process.output
    assert 'ab lost eyes' not in process.output and 'cd lost ears' not in process.output

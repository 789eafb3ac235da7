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

"""The gaps of rclpy's lifecycle, one by one, and what a node does in which state."""

from __future__ import annotations

from collections.abc import Callable
import threading
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from lifecycle_msgs.srv import GetState
from nevil_nodes.node import NevilNode
from nodelab import Lab
from nodelab import LATCHED
from nodelab import Peer
from nodelab import plan_of
from nodelab import STRING
import pytest
from rclpy.duration import Duration
from rclpy.lifecycle import SimpleManagedEntity
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from std_msgs.msg import String

SUCCESS = TransitionCallbackReturn.SUCCESS
ERROR = TransitionCallbackReturn.ERROR


def state_of(node: Any) -> str:
    """Return the label of a node's state."""
    return str(node.get_status()['lifecycle_state'])


class Service:
    """Asks a node of the lab for transitions, as `ros2 lifecycle set` and the monitor do."""

    def __init__(self, lab: Lab, peer: Peer, name: str) -> None:
        self._lab = lab
        self._peer = peer
        self._change = peer.node.create_client(ChangeState, f'/{name}/change_state')
        self._get = peer.node.create_client(GetState, f'/{name}/get_state')
        lab.until(lambda: self._change.service_is_ready() and self._get.service_is_ready())

    def _call(self, client: Any, request: Any) -> Any:
        future = client.call_async(request)

        def done() -> bool:
            self._peer.spin()
            return bool(future.done())
        self._lab.until(done)
        return future.result()

    def label(self, label: str) -> bool:
        """Ask by label."""
        return bool(self._call(self._change, ChangeState.Request(
            transition=Transition(label=label))).success)

    def id(self, number: int) -> bool:  # noqa: A003
        """Ask by id."""
        return bool(self._call(self._change, ChangeState.Request(
            transition=Transition(id=number))).success)

    def state(self) -> str:
        """Ask for the state."""
        return str(self._call(self._get, GetState.Request()).current_state.label)


def hook_returning(hook: str, action: Callable[[], Any]) -> type[NevilNode]:
    """Return a node class whose hook does something else."""
    return type('Odd', (NevilNode,), {hook: lambda self, state: action()})


def raising() -> None:
    """Raise, as an author's hook may."""
    raise RuntimeError('no device')


def test_illegal_transition_by_id_is_answered_with_false(lab: Lab, peer: Peer) -> None:
    """With rclpy alone it ends the process of any Jazzy node."""
    node = lab.make(NevilNode, plan_of('victim'))
    service = Service(lab, peer, 'victim')
    assert service.id(Transition.TRANSITION_CONFIGURE) is False
    assert service.id(Transition.TRANSITION_INACTIVE_SHUTDOWN) is False
    assert service.id(77) is False
    assert service.state() == state_of(node) == 'active'


def test_illegal_transition_by_label_is_answered_with_false(lab: Lab, peer: Peer) -> None:
    """Unknown labels too."""
    lab.make(NevilNode, plan_of('victim'))
    service = Service(lab, peer, 'victim')
    assert service.label('activate') is False
    assert service.label('dance') is False
    assert service.state() == 'active'


def test_deactivate_and_activate_by_service(lab: Lab, peer: Peer) -> None:
    """This is how nodes are muted, paused and brought back."""
    node = lab.make(NevilNode, plan_of('quiet', publishes={'text': STRING}))
    service = Service(lab, peer, 'quiet')
    assert service.label('deactivate') and service.state() == 'inactive'
    assert not node.publish('text', {'data': 'x'})
    assert service.id(Transition.TRANSITION_ACTIVATE) and service.state() == 'active'
    assert node.publish('text', {'data': 'x'})


def test_cleanup_and_configure_again(lab: Lab, peer: Peer) -> None:
    """A node may be taken down and brought up without a new process."""
    calls: list[str] = []

    class Renewed(NevilNode):

        def initialize(self) -> None:
            calls.append('initialize')

        def cleanup(self) -> None:
            calls.append('cleanup')

    lab.make(Renewed, plan_of('renewed'))
    service = Service(lab, peer, 'renewed')
    for label in ('deactivate', 'cleanup', 'configure', 'activate', 'shutdown'):
        assert service.label(label), label
    assert service.state() == 'finalized'
    assert calls == ['initialize', 'cleanup', 'initialize', 'cleanup']


def test_hook_that_raises_is_logged_and_ends_unconfigured(
    lab: Lab, caplog: pytest.LogCaptureFixture,
) -> None:
    """With rclpy alone nothing of it is seen anywhere."""
    node = lab.make(hook_returning('on_activate', raising), plan_of('odd'), start=False)
    node.logger.addHandler(caplog.handler)
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == ERROR
    assert "on_activate() from state 'inactive' failed" in caplog.text
    assert 'Traceback' in caplog.text and 'no device' in caplog.text
    assert state_of(node) == 'unconfigured'
    assert node.error_count == 1


def test_hook_that_returns_none_counts_as_success_with_a_warning(
    lab: Lab, caplog: pytest.LogCaptureFixture,
) -> None:
    """With rclpy alone a forgotten return ends the process."""
    node = lab.make(hook_returning('on_activate', lambda: None), plan_of('odd'), start=False)
    node.logger.addHandler(caplog.handler)
    assert node._nevil.start()
    assert 'on_activate() returned None, taken as success' in caplog.text
    assert state_of(node) == 'active'


def test_hook_that_returns_something_else_fails(
    lab: Lab, caplog: pytest.LogCaptureFixture,
) -> None:
    """False most likely meant failure, and True is no result either."""
    node = lab.make(hook_returning('on_activate', lambda: True), plan_of('odd'), start=False)
    node.logger.addHandler(caplog.handler)
    assert not node._nevil.start()
    assert 'on_activate() returned True' in caplog.text
    assert state_of(node) == 'unconfigured'


def test_hook_that_fails_leaves_the_state(lab: Lab) -> None:
    """FAILURE is an answer of the node, not an error."""
    failure = TransitionCallbackReturn.FAILURE
    node = lab.make(hook_returning('on_activate', lambda: failure), plan_of('odd'), start=False)
    assert not node._nevil.start()
    assert state_of(node) == 'inactive'


def test_error_hook_that_fails_finalizes(lab: Lab, peer: Peer) -> None:
    """Nothing leads out of finalized, and asking must not end the process."""
    cls = type('Hopeless', (NevilNode,), {
        'on_activate': lambda self, state: raising(), 'on_error': lambda self, state: raising()})
    node = lab.make(cls, plan_of('hopeless'), start=False)
    assert not node._nevil.start()
    assert state_of(node) == 'finalized'
    service = Service(lab, peer, 'hopeless')
    assert service.id(Transition.TRANSITION_CONFIGURE) is False
    assert service.state() == 'finalized'


def test_two_transitions_at_once_are_serialised(lab: Lab) -> None:
    """With rclpy alone two threads interleave in the state machine."""
    inside: list[int] = []
    overlaps: list[int] = []
    done: list[Any] = []

    class Slow(NevilNode):

        def _enter(self) -> TransitionCallbackReturn:
            inside.append(1)
            overlaps.append(len(inside))
            threading.Event().wait(0.002)
            inside.pop()
            return SUCCESS

        def on_activate(self, state: Any) -> TransitionCallbackReturn:
            return self._enter()

        def on_deactivate(self, state: Any) -> TransitionCallbackReturn:
            return self._enter()

    node = lab.make(Slow, plan_of('slow'))
    node.trigger_deactivate()
    overlaps.clear()

    def ask(label: str) -> None:
        for _ in range(20):
            try:
                done.append(node._nevil.change(label))
            except Exception as error:
                done.append(error)

    threads = [threading.Thread(target=ask, args=(label,))
               for label in ('activate', 'deactivate', 'activate', 'deactivate')]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 80 and set(overlaps) == {1} and SUCCESS in done
    assert state_of(node) in ('active', 'inactive')


class Entity(SimpleManagedEntity):  # type: ignore[misc]
    """A managed entity that writes down what happens to it."""

    def __init__(self, name: str, log: list[str], result: Any = SUCCESS) -> None:
        super().__init__()
        self.name = name
        self.log = log
        self.result = result

    def on_activate(self, state: Any) -> Any:
        self.log.append(f'+{self.name}')
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def on_deactivate(self, state: Any) -> Any:
        self.log.append(f'-{self.name}')
        return SUCCESS


def test_managed_entities_are_activated_in_order_and_deactivated_in_reverse(lab: Lab) -> None:
    """Plain rclpy keeps them in a set, whose order is arbitrary."""
    log: list[str] = []
    node = lab.make(NevilNode, plan_of('order'), start=False)
    for name in 'abcde':
        node.add_managed_entity(Entity(name, log))
    assert node._nevil.start()
    node.trigger_deactivate()
    assert ''.join(log) == '+a+b+c+d+e-e-d-c-b-a'


@pytest.mark.parametrize('result', [ERROR, RuntimeError('stuck'), 'nonsense'])
def test_managed_entities_are_rolled_back_where_one_fails(lab: Lab, result: Any) -> None:
    """Plain rclpy leaves those before it activated in a node that is not."""
    log: list[str] = []
    node = lab.make(NevilNode, plan_of('order'), start=False)
    for name, outcome in (('a', SUCCESS), ('b', SUCCESS), ('c', result), ('d', SUCCESS)):
        node.add_managed_entity(Entity(name, log, outcome))
    assert not node._nevil.start()
    assert ''.join(log) == '+a+b+c-b-a'


def test_lifecycle_publisher_is_silent_while_inactive(lab: Lab) -> None:
    """Lifecycle publishers of rclpy still work in a NevilNode."""
    node = lab.make(NevilNode, plan_of('own', status='muted'))
    publisher = node.create_lifecycle_publisher(String, 'own_topic', 10)
    assert not publisher.is_activated
    node.trigger_activate()
    assert publisher.is_activated
    node.destroy_lifecycle_publisher(publisher)


def test_muted_node_publishes_nothing_and_calls_nothing(lab: Lab, peer: Peer) -> None:
    """A muted voice must be silent, not only say nothing on a topic."""
    calls: list[str] = []

    class Muted(NevilNode):

        def initialize(self) -> None:
            calls.append('initialize')

        def main_loop(self) -> None:
            calls.append('main_loop')

        def on_text(self, message: Any) -> None:
            calls.append(message.data['data'])

    node = lab.make(Muted, plan_of(
        'muted', publishes={'out': STRING}, subscribes={'text': (STRING, 'on_text')},
        status='muted'))
    heard = peer.listen(String, 'out')
    publisher = peer.node.create_publisher(String, 'text', 10)
    lab.until(publisher.get_subscription_count)
    publisher.publish(String(data='while muted'))
    # It has arrived then, and is handled before any later request.
    assert publisher.wait_for_all_acked(Duration(seconds=20))
    assert not node.publish('out', {'data': 'x'})
    assert state_of(node) == 'inactive'
    service = Service(lab, peer, 'muted')
    assert service.label('activate')
    publisher.publish(String(data='after'))
    lab.until(lambda: 'after' in calls and 'main_loop' in calls)
    assert 'while muted' not in calls and not heard


def test_latched_message_that_came_while_inactive_is_delivered_at_activation(
    lab: Lab, peer: Peer,
) -> None:
    """Its publisher will not send the robot's mode again."""
    got: list[str] = []

    class Listener(NevilNode):

        def on_text(self, message: Any) -> None:
            got.append(message.data['data'])

    node = lab.make(Listener, plan_of(
        'listener', subscribes={'text': (STRING, 'on_text', LATCHED)}, status='muted'))
    publisher = peer.node.create_publisher(
        String, 'text', QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))
    publisher.publish(String(data='old'))
    publisher.publish(String(data='new'))
    lab.until(lambda: [entry for entry in node._nevil.topics._latched.values()
                       if entry[2].data == 'new'])
    assert not got
    node.trigger_activate()
    assert got == ['new']


def test_message_callback_named_like_a_hook_is_a_message_callback(
    lab: Lab, peer: Peer,
) -> None:
    """v3 files may name a callback on_error; it must not become ROS's on_error."""
    got: list[Any] = []

    class Clash(NevilNode):

        def on_error(self, message: Any) -> None:
            got.append(message.data)

        def initialize(self) -> None:
            raise RuntimeError('no device')

    node = lab.make(Clash, plan_of(
        'clash', subscribes={'text': (STRING, 'on_error')}), start=False)
    assert not node._nevil.start()
    assert state_of(node) == 'unconfigured' and not got

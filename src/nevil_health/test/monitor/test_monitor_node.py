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


"""The real health node against real nodes, with a stand-in for the supervisor."""

from __future__ import annotations

import signal
import sys
import time

import pytest

pytest.importorskip('rclpy')
pytest.importorskip('nevil_msgs.msg')

from asking import Asker  # noqa: E402, I100, I201
from lifecycle_msgs.msg import Transition  # noqa: E402, I100, I201
from lifecycle_msgs.srv import ChangeState  # noqa: E402, I100, I201
from lifecycle_msgs.srv import GetState  # noqa: E402, I100, I201
from nevil_msgs.msg import Heartbeat  # noqa: E402, I100, I201
from quality.waiting import wait_for  # noqa: E402, I100, I201
from stand_in import Scene  # noqa: E402, I100, I201
from stand_in import unit_of  # noqa: E402, I100, I201


def test_a_unit_is_ready_once_its_node_is_active(stage: Scene) -> None:
    """Readiness is the node's own word, and is told once a start."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'))
    wait_for(lambda: stage.server.readings())
    stage.server.expect(unit_of(victim, 'a'), interval_s=0.2)
    wait_for(lambda: len(stage.server.samples()) > 2)
    assert stage.server.readings() == [('ready', 'a', 1)]


def test_an_inactive_node_is_not_ready_unless_it_is_muted(stage: Scene) -> None:
    """Muted is inactive on purpose; anything else that is inactive is not done starting."""
    plain, muted = (stage.victim(name, 1, '--bring-up', 'configure') for name in 'ab')
    stage.server.expect(unit_of(plain, 'a'), unit_of(muted, 'b', muted=True))
    wait_for(lambda: stage.server.readings())
    plain.tell('state active')
    wait_for(lambda: len(stage.server.readings()) == 2)
    assert stage.server.readings() == [('ready', 'b', 1), ('ready', 'a', 1)]


def test_a_composed_unit_needs_every_node(stage: Scene) -> None:
    """One node of a shared process says nothing about the others."""
    both = stage.victim('a')
    other = stage.victim('b')
    stage.server.expect(unit_of(both, 'a', 'c'), unit_of(other, 'b'))
    wait_for(lambda: stage.server.readings())
    assert stage.server.readings() == [('ready', 'b', 1)]


def test_beats_of_another_pid_or_generation_do_not_count(stage: Scene) -> None:
    """The last words of a killed predecessor must not make its successor ready."""
    old, good = stage.victim('a', 1), stage.victim('b', 2)
    stage.server.expect(unit_of(old, 'a', generation=2), unit_of(good, 'b', generation=2))
    wait_for(lambda: stage.server.readings())
    stage.server.expect({**unit_of(old, 'a'), 'pid': good.pid}, unit_of(good, 'b', generation=2))
    good.tell('silent')
    stage.server.expect(unit_of(old, 'a'))
    wait_for(lambda: len(stage.server.readings()) == 2)
    assert stage.server.readings() == [('ready', 'b', 2), ('ready', 'a', 1)]


def test_silence_is_told_once_and_its_end_too(stage: Scene) -> None:
    """A hung node is late after its time, a bystander is not."""
    hung, well = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(hung, 'a'), unit_of(well, 'b'), timeout_s=1.0)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    before = time.monotonic()
    hung.tell('hang')
    wait_for(lambda: stage.server.readings('late'))
    assert time.monotonic() - before > 0.8
    hung.tell('go on')
    wait_for(lambda: stage.server.readings('resumed'))
    assert stage.server.readings()[2:] == [('late', 'a', 1), ('resumed', 'a', 1)]
    assert 'a: no heartbeat for' in stage.health.text()


def test_what_hung_while_no_health_node_was_there_is_late(stage: Scene) -> None:
    """Its successor never hears the node; the supervisor's word says that it had been ready."""
    hung, well = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(hung, 'a'), unit_of(well, 'b'), timeout_s=1.0)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    hung.signal(signal.SIGSTOP)
    stage.health.kill()
    stage.start_health()
    stage.server.expect(unit_of(hung, 'a', ready=True), unit_of(well, 'b', ready=True),
                        timeout_s=1.0)
    wait_for(lambda: stage.server.readings('late'))
    assert stage.server.readings('late') == [('late', 'a', 1)]


def test_beats_that_are_sent_again_are_no_life(stage: Scene) -> None:
    """Somebody who repeats what it has recorded must not hide that a node hangs."""
    hung, well = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(hung, 'a'), unit_of(well, 'b'), timeout_s=1.0)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    with Asker(stage.domain) as asker:
        recorded = [message for message in asker.hear(
            Heartbeat, '/nevil/heartbeat', 30, latched=False) if message.node == '/a']
        assert len(recorded) > 3
        hung.signal(signal.SIGSTOP)

        def late_while_repeated() -> bool:
            for message in recorded:
                asker.say(Heartbeat, '/nevil/heartbeat', message)
            return bool(stage.server.readings('late'))

        wait_for(late_while_repeated)
        hung.signal(signal.SIGCONT)
        wait_for(lambda: stage.server.readings('resumed'))
    assert stage.server.readings('late') == [('late', 'a', 1)]


@pytest.mark.parametrize('asked', [
    Transition(label='deactivate'), Transition(label='cleanup'), Transition(label='shutdown'),
    Transition(id=Transition.TRANSITION_ACTIVE_SHUTDOWN), Transition(id=99), Transition()])
def test_nobody_takes_the_health_node_out_of_service(stage: Scene, asked: Transition) -> None:
    """A lifecycle call would leave it alive and every node unwatched."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'), timeout_s=1.0)
    wait_for(lambda: stage.server.readings('ready'))
    with Asker(stage.domain) as asker:
        answer = asker.ask(ChangeState, '/nevil_health/change_state',
                           ChangeState.Request(transition=asked))
        assert not answer.success
        state = asker.ask(GetState, '/nevil_health/get_state', GetState.Request())
        assert state.current_state.label == 'active'
    assert 'of the health node was requested over ROS and refused' in stage.health.text()
    victim.tell('hang')
    wait_for(lambda: stage.server.readings('late'))
    assert stage.server.attached == 1


def test_when_all_fall_silent_at_once_nobody_is_blamed(stage: Scene) -> None:
    """It is the network then, and restarting every node would make it worse."""
    three = [stage.victim(name) for name in 'abc']
    stage.server.expect(*(unit_of(one, name) for one, name in zip(three, 'abc')), timeout_s=1.0)
    wait_for(lambda: len(stage.server.readings('ready')) == 3)
    for one in three:
        one.tell('silent')
    wait_for(lambda: 'the network is the suspect' in stage.health.text())
    for one in three:
        one.tell('beat')
    wait_for(lambda: 'heartbeats arrive again' in stage.health.text())
    assert stage.server.readings('late') == []


def test_the_monitors_own_absence_is_no_nodes_fault(stage: Scene) -> None:
    """A monitor that was stopped for longer than the time-out reads first and blames nobody."""
    victims = {name: stage.victim(name) for name in 'ab'}
    units = [unit_of(one, name) for name, one in victims.items()]
    stage.server.expect(*units, timeout_s=1.0, interval_s=0.2)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    stage.health.signal(signal.SIGSTOP)
    time.sleep(2)  # the fault itself, not a wait
    stage.health.signal(signal.SIGCONT)
    heard = len(stage.server.samples())
    wait_for(lambda: len(stage.server.samples()) > heard + 7)
    assert stage.server.readings('late') == []


def test_mute_and_unmute_are_lifecycle_transitions(stage: Scene) -> None:
    """The supervisor has no ROS; the health node carries out what it decides."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'), interval_s=0.2)
    wait_for(lambda: stage.server.readings())
    order = {'event': 'transition', 'unit': 'a', 'generation': 1, 'nodes': ['a']}
    for label, state in (('deactivate', 'inactive'), ('activate', 'active')):
        stage.server.send({**order, 'label': label})
        wait_for(lambda: stage.server.sample('a').get('lifecycle_state') == state)
    assert 'a: deactivated' in stage.health.text()
    wait_for(lambda: stage.server.transitions() == [('deactivate', ''), ('activate', '')])


def test_what_has_no_lifecycle_is_always_active(stage: Scene) -> None:
    """A mute that did nothing must not look like one that did."""
    other = stage.start(['/bin/sleep', '60'], 'other')
    stage.server.expect(unit_of(other, 'other', kind='executable'))
    order = {'event': 'transition', 'unit': 'other', 'nodes': ['other']}
    for generation, label in ((1, 'deactivate'), (1, 'activate'), (2, 'activate')):
        stage.server.send({**order, 'label': label, 'generation': generation})
    wait_for(lambda: stage.server.transitions() == [
        ('deactivate', 'it is not a lifecycle node'), ('activate', ''),
        ('activate', 'it has ended meanwhile')])


def test_a_transition_that_fails_is_a_log_line(stage: Scene) -> None:
    """An order that cannot be carried out ends neither the node nor the monitor."""
    victim = stage.victim('a', 1, '--bring-up', 'none')
    stage.server.expect(unit_of(victim, 'a'))
    stage.server.send({'event': 'transition', 'unit': 'a', 'generation': 1, 'nodes': ['a'],
                       'label': 'activate'})
    wait_for(lambda: 'a: activate: ' in stage.health.text())
    assert 'it is unconfigured' in stage.health.text()
    victim.tell('state active')
    wait_for(lambda: stage.server.readings() == [('ready', 'a', 1)])


def test_a_foreign_lifecycle_node_is_brought_up(stage: Scene) -> None:
    """Somebody else's node sends no heartbeat and waits to be configured and activated."""
    foreign = stage.victim('a', 1, '--bring-up', 'none')
    foreign.tell('silent')
    stage.server.expect(unit_of(foreign, 'a', kind='executable'), interval_s=0.2)
    wait_for(lambda: stage.server.readings() == [('ready', 'a', 1)])
    foreign.tell('beat')
    wait_for(lambda: stage.server.sample('a').get('lifecycle_state') == 'active')


def test_a_foreign_process_without_services_is_ready_when_it_lives(stage: Scene) -> None:
    """A program that is no ROS 2 node at all can still be part of a robot."""
    began = time.monotonic()
    other = stage.start(['/bin/sleep', '60'], 'other')
    stage.server.expect(unit_of(other, 'other', kind='executable'))
    wait_for(lambda: stage.server.readings() == [('ready', 'other', 1)])
    assert time.monotonic() - began >= 2


def test_the_next_health_node_goes_on_where_one_was_killed(stage: Scene) -> None:
    """The monitor's own death touches no node and loses no reading."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'))
    wait_for(lambda: stage.server.readings())
    stage.health.kill()
    stage.start_health()
    stage.server.expect(unit_of(victim, 'a'))
    wait_for(lambda: stage.server.readings() == 2 * [('ready', 'a', 1)])


def test_a_lost_supervisor_is_waited_for(stage: Scene) -> None:
    """The line is made again, and the readings are told to the new listener."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'))
    wait_for(lambda: stage.server.readings())
    stage.server.drop()
    wait_for(lambda: stage.server.attached == 2)
    stage.server.expect(unit_of(victim, 'a'))
    wait_for(lambda: stage.server.readings() == 2 * [('ready', 'a', 1)])


def test_a_flood_of_strangers_blinds_nobody(stage: Scene) -> None:
    """Bogus heartbeats are read and dropped; real ones still count."""
    loud, well = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(loud, 'a'), unit_of(well, 'b'), timeout_s=5.0)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    loud.tell('flood 5000')
    late = stage.victim('c')
    stage.server.expect(unit_of(loud, 'a'), unit_of(well, 'b'), unit_of(late, 'c'), timeout_s=5.0)
    wait_for(lambda: ('ready', 'c', 1) in stage.server.readings())
    assert stage.server.readings('late') == []


def test_a_line_that_is_no_message_does_not_end_it(stage: Scene) -> None:
    """What cannot be understood is said and left alone."""
    stage.server.send({'event': 'expect', 'units': 7})
    stage.server.send({'event': 'transition'})
    stage.server.send({'event': 'of a later version'})
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a'))
    wait_for(lambda: stage.server.readings())
    assert stage.health.text().count('not understood') == 2


def test_sigint_ends_it_with_status_zero(stage: Scene) -> None:
    """The supervisor stops it like any node."""
    stage.health.signal(signal.SIGINT)
    assert stage.health._process.wait(5) == 0
    assert 'Traceback' not in stage.health.text()


def test_without_a_socket_it_says_how_it_is_started(stage: Scene) -> None:
    """Started by hand it explains itself instead of waiting for ever."""
    del stage.env['NEVIL_SOCKET']
    alone = stage.start([sys.executable, '-m', 'nevil_health.monitor'], 'alone')
    assert alone._process.wait(10) == 1
    assert 'NEVIL_SOCKET is not set' in alone.text()

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

"""Transitions that the supervisor asks for, and states that are put right."""

from __future__ import annotations

import time
from typing import Any

import pytest

rclpy = pytest.importorskip('rclpy')
pytest.importorskip('nevil_msgs.msg')

from asking import Asker  # noqa: E402, I100, I201
from lifecycle_msgs.srv import ChangeState  # noqa: E402, I100, I201
from quality.waiting import wait_for  # noqa: E402, I100, I201
from stand_in import Process  # noqa: E402, I100, I201
from stand_in import Scene  # noqa: E402, I100, I201
from stand_in import unit_of  # noqa: E402, I100, I201


def request(label: str) -> ChangeState.Request:
    """Return a request for a transition by label."""
    one = ChangeState.Request()
    one.transition.label = label
    return one


def ready(stage: Scene, **more: Any) -> Process:
    """Start node a and wait until it is ready, sampled every half second."""
    victim = stage.victim('a')
    stage.server.expect(unit_of(victim, 'a', **more), interval_s=0.5)
    wait_for(lambda: stage.server.readings('ready'))
    wait_for(lambda: stage.server.sample('a').get('lifecycle_state') == 'active')
    return victim


def said(victim: Process, *lines: str) -> bool:
    """Return whether the node said these lines in this order, others between them."""
    rest = iter(victim.text().splitlines())
    return all(any(line == one for one in rest) for line in lines)


def test_a_pause_tells_what_is_lost_and_then_deactivates(stage: Scene) -> None:
    """The node hears the reason before it is paused, and who is back before it goes on."""
    victim = ready(stage)
    stage.server.expect(unit_of(victim, 'a', paused=True), interval_s=0.5)
    stage.server.order('deactivate', 'a', lost=['b'])
    wait_for(lambda: stage.server.transitions() == [('deactivate', '')])
    wait_for(lambda: stage.server.sample('a')['desired_state'] == 'inactive')
    stage.server.expect(unit_of(victim, 'a'), interval_s=0.5)
    stage.server.order('activate', 'a', restored=['b'])
    wait_for(lambda: stage.server.transitions()[1:] == [('activate', '')])
    wait_for(lambda: "dependency a ['b'] []" in victim.text()
             and "dependency a [] ['b']" in victim.text())
    assert said(victim, 'activate', 'deactivate', 'activate')


def test_of_the_orders_that_wait_only_the_newest_counts(stage: Scene) -> None:
    """A node that hangs in one transition is not led through all that were wanted meanwhile."""
    victim = ready(stage)
    stage.server.expect(unit_of(victim, 'a', held=True), interval_s=0.3)
    victim.tell('hang')
    wait_for(lambda: stage.server.sample('a')['beat_age_s'] > 0.5)
    stage.server.order('deactivate', 'a')
    for label in ('activate', 'deactivate', 'activate'):
        stage.server.order(label, 'a')
    victim.tell('go on')
    wait_for(lambda: stage.server.transitions())
    assert stage.server.transitions() == [('activate', '')]
    wait_for(lambda: stage.server.sample('a')['lifecycle_state'] == 'active')
    assert stage.server.transitions() == [('activate', '')]


def test_a_state_that_was_changed_by_hand_is_put_right(stage: Scene) -> None:
    """After one health check interval the node is led back, with a line that says why."""
    victim = ready(stage)
    with Asker(stage.domain) as asker:
        assert asker.ask(ChangeState, '/a/change_state', request('deactivate')).success
        changed = time.monotonic()
        wait_for(lambda: stage.server.sample('a')['lifecycle_state'] == 'inactive')
        wait_for(lambda: stage.server.sample('a')['lifecycle_state'] == 'active')
        assert 0.3 < time.monotonic() - changed < 3.0
        assert 'a: is inactive, should be active; asking it to activate' in stage.health.text()
        assert asker.ask(ChangeState, '/a/change_state', request('deactivate')).success
        assert asker.ask(ChangeState, '/a/change_state', request('cleanup')).success
        wait_for(lambda: said(victim, 'deactivate', 'activate', 'deactivate', 'activate'))


def test_a_held_node_is_left_alone(stage: Scene) -> None:
    """The operator does with it what he likes; it is put right when he lets go."""
    victim = ready(stage, held=True)
    with Asker(stage.domain) as asker:
        assert asker.ask(ChangeState, '/a/change_state', request('deactivate')).success
    wait_for(lambda: stage.server.sample('a')['lifecycle_state'] == 'inactive')
    before = len(stage.server.samples())
    wait_for(lambda: len(stage.server.samples()) > before + 4)
    assert stage.server.sample('a')['lifecycle_state'] == 'inactive'
    assert 'asking it' not in stage.health.text()
    stage.server.expect(unit_of(victim, 'a'), interval_s=0.5)
    wait_for(lambda: stage.server.sample('a')['lifecycle_state'] == 'active')


def test_a_finalized_node_is_reported_and_left(stage: Scene) -> None:
    """Nothing leads out of it but a new process, which is not ours to start."""
    ready(stage)
    with Asker(stage.domain) as asker:
        assert asker.ask(ChangeState, '/a/change_state', request('shutdown')).success
    wait_for(lambda: stage.server.sample('a')['lifecycle_state'] == 'finalized')
    before = len(stage.server.samples())
    wait_for(lambda: len(stage.server.samples()) > before + 4)
    assert stage.server.sample('a')['desired_state'] == 'active'
    assert 'asking it' not in stage.health.text()


def test_a_foreign_lifecycle_node_is_asked_for_its_state_and_put_right(stage: Scene) -> None:
    """It sends no heartbeat, so its state is read each interval."""
    foreign = stage.victim('a', 1, '--bring-up', 'none')
    foreign.tell('silent')
    other = stage.start(['/bin/sleep', '60'], 'other')
    stage.server.expect(unit_of(foreign, 'a', kind='executable'),
                        unit_of(other, 'b', kind='executable'), interval_s=0.5)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    wait_for(lambda: stage.server.sample('a').get('lifecycle_state') == 'active')
    assert stage.server.sample('a')['desired_state'] == 'active'
    assert stage.server.sample('b')['desired_state'] == ''
    assert stage.server.sample('b')['lifecycle_state'] is None
    with Asker(stage.domain) as asker:
        assert asker.ask(ChangeState, '/a/change_state', request('deactivate')).success
    wait_for(lambda: stage.server.sample('a')['lifecycle_state'] == 'inactive')
    wait_for(lambda: stage.server.sample('a')['lifecycle_state'] == 'active')
    foreign.tell('hang')


def test_a_hundred_racing_transitions_harm_nobody(stage: Scene) -> None:
    """An operator and the reconciler may ask at the same time: it ends where it should be."""
    victim, well = stage.victim('a'), stage.victim('b')
    stage.server.expect(unit_of(victim, 'a'), unit_of(well, 'b'), interval_s=0.1)
    wait_for(lambda: len(stage.server.readings('ready')) == 2)
    with Asker(stage.domain) as asker:
        for number in range(50):
            stage.server.order(('deactivate', 'activate')[number % 2], 'a')
            asker.ask(ChangeState, '/a/change_state',
                      request(('activate', 'deactivate')[number % 2]))
    wait_for(lambda: stage.server.transitions())
    wait_for(lambda: {one['a']['lifecycle_state'] for one in stage.server.samples()[-20:]
                      if 'a' in one} == {'active'})
    assert victim._process.poll() is None and stage.health._process.poll() is None
    assert stage.server.readings('late') == []
    assert 'Traceback' not in victim.text() + stage.health.text()


def test_a_transition_that_would_reach_another_robot_too_is_refused(stage: Scene) -> None:
    """Of two nodes of one name in a domain, both would follow: nobody meant the other one."""
    own = ready(stage)
    other = stage.victim('a')
    wait_for(lambda: stage.server.sample('a').get('instances') == 2)
    stage.server.order('deactivate', 'a')
    label, problem = wait_for(stage.server.transitions)[0]
    assert label == 'deactivate'
    assert problem == (
        '2 processes of this ROS domain are named /a, and all of them would deactivate: give each'
        ' robot its own ROS_DOMAIN_ID or namespace')
    assert not said(own, 'deactivate') and not said(other, 'deactivate')
    other.kill()
    wait_for(lambda: stage.server.sample('a').get('instances') == 1)
    stage.server.order('deactivate', 'a')
    wait_for(lambda: stage.server.transitions()[1:] == [('deactivate', '')])
    wait_for(lambda: said(own, 'deactivate'))


def test_equal_names_in_two_namespaces_are_two_nodes(stage: Scene) -> None:
    """Robots in one domain that have a namespace each do not disturb each other."""
    own = ready(stage)
    other = stage.victim('b')
    other.tell('set node "/robot2/a"')
    wait_for(lambda: stage.server.system().get('unmanaged') == [])
    stage.server.order('deactivate', 'a')
    wait_for(lambda: stage.server.transitions() == [('deactivate', '')])
    wait_for(lambda: said(own, 'deactivate'))
    assert stage.server.sample('a').get('instances') == 1

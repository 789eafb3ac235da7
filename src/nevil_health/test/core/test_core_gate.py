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

from __future__ import annotations

from core_history import bring_up
from core_history import event
from core_history import make_core
from core_history import play
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import RestartRule
from nevil_health.core import UnitSpec
import pytest

TWO = CoreSettings(parallel=True, jitter=0.0, max_concurrent_restarts=2)


def four() -> Core:
    """Return a core with four independent units that are ready."""
    core = make_core(*(UnitSpec(name=name) for name in 'abcd'), settings=TWO)
    bring_up(core, *'abcd')
    return core


ALL_DIE = [
    (1.0, 'exit d1 1', 'd backoff'),
    (1.1, 'exit b1 1', 'b backoff'),
    (1.2, 'exit a1 1', 'a backoff'),
    (1.3, 'exit c1 1', 'c backoff'),
]


def test_so_many_restarts_are_under_way_at_once_first_come_first_served() -> None:
    """A machine on which everything died is not brought down again by its recovery."""
    core = four()
    play(core, [
        *ALL_DIE,
        (3.0, 'wait', 'd starting, START d2'),
        (3.1, 'wait', 'b starting, START b2'),
        (3.2, 'wait', ''),
        (3.3, 'wait', ''),
    ])
    a = core.view_of('a')
    assert (a.state, a.until, a.reason) == ('backoff', None, '2 restarts are in progress')
    assert (core.next_deadline(), core.settled) == (None, None)
    play(core, [
        (4.0, 'ready b2', 'b ready, a starting, START a2'),
        (5.0, 'exit d2 1', 'd backoff, c starting, START c2'),
        (9.0, 'wait', ''),
        (9.1, 'ready a2', 'a ready, d starting, START d3'),
    ])


def test_the_operator_does_not_wait_at_the_gate() -> None:
    """Who starts a node by hand gets it, and it counts for nobody."""
    play(four(), [
        *ALL_DIE,
        (3.0, 'wait', 'd starting, START d2'),
        (3.1, 'wait', 'b starting, START b2'),
        (3.3, 'wait', ''),
        (4.0, 'start c', 'c starting, START c2'),
        (4.1, 'stop a', 'a stopped'),
        (4.2, 'restart d', 'd stopping, INT d2'),
        (4.3, 'exit c2 1', 'c backoff'),
        (6.3, 'wait', 'c starting, START c3'),
        (7.0, 'exit d2 0', 'd starting, START d3'),
    ])


def test_first_starts_do_not_pass_the_gate() -> None:
    """The start of the system has its own order."""
    core = make_core(*(UnitSpec(name=name) for name in 'abcd'), settings=TWO)
    play(core, [(0.0, 'begin', 'a starting, START a1, b starting, START b1, '
                               'c starting, START c1, d starting, START d1')])


def test_short_memory_holds_restarts() -> None:
    """A restart would take the memory that the others need; the operator may."""
    core = four()
    play(core, [
        (1.0, 'memory low 3.125', ''),
        (1.0, 'exit a1 1', 'a backoff'),
        (1.1, 'exit b1 1', 'b backoff'),
        (3.1, 'wait', ''),
    ])
    assert core.view_of('a').reason == 'waits for free memory (3.1 % free, needs 5 %)'
    play(core, [
        (4.0, 'memory low 2', ''),
        (4.1, 'start b', 'b starting, START b2'),
        (9.0, 'memory ok 9', 'a starting, START a2'),
    ])


def test_a_restart_that_lost_its_requirement_at_the_gate_waits_for_it() -> None:
    """It does not take a place it cannot use, and passes the gate when it can start."""
    core = make_core(
        UnitSpec(name='a'), UnitSpec(name='b', requires=('a',)),
        UnitSpec(name='c', requires=('a',)),
        settings=CoreSettings(parallel=True, jitter=0.0, max_concurrent_restarts=1))
    bring_up(core, 'a', 'b', 'c')
    play(core, [
        (1.0, 'memory low 1', ''),
        (1.0, 'exit b1 1', 'b backoff'),
        (1.0, 'exit c1 1', 'c backoff'),
        (3.0, 'wait', ''),
        (4.0, 'stop a', 'a stopping, INT a1'),
        (4.1, 'killed a1 INT', 'a stopped'),
        (5.0, 'memory ok 9', 'b waiting, c waiting'),
        (6.0, 'start a', 'a starting, START a2'),
        (7.0, 'ready a2', 'a ready, b starting, START b2'),
    ])
    c = core.view_of('c')
    assert (c.state, c.reason) == ('waiting', '1 restarts are in progress')
    play(core, [(8.0, 'ready b2', 'b ready, c starting, START c2')])


def test_without_a_monitor_nobody_waits_for_readiness_that_cannot_be_told() -> None:
    """The absence of the health node does not stop the recovery."""
    play(four(), [
        (0.5, 'detached', ''),
        *ALL_DIE,
        (3.3, 'wait', 'd starting, START d2, b starting, START b2, a starting, START a2, '
                      'c starting, START c2'),
    ])


@pytest.mark.parametrize('words', ['stop a', 'hold a'])
def test_who_waits_at_the_gate_can_be_called_back(words: str) -> None:
    """The place at the gate is given up when the operator changes the desired state."""
    core = four()
    play(core, [
        (1.0, 'memory low 1', ''),
        (1.0, 'exit a1 1', 'a backoff'),
        (1.0, 'exit b1 1', 'b backoff'),
        (3.0, 'wait', ''),
    ])
    core.handle(event(4.0, words))
    play(core, [(5.0, 'memory ok 9', 'b starting, START b2')])


def test_a_restart_without_delay_passes_the_gate_as_well() -> None:
    """The gate is the only way, however short the delay."""
    rule = RestartRule(delay_s=0.0)
    core = make_core(UnitSpec(name='a', restart=rule), UnitSpec(name='b', restart=rule),
                     settings=CoreSettings(parallel=True, max_concurrent_restarts=1))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff, a starting, START a2'),
        (1.0, 'exit b1 1', 'b backoff'),
        (2.0, 'ready a2', 'a ready, b starting, START b2'),
    ])


def test_a_way_back_is_no_restart_whatever_was_before() -> None:
    """What was ended for the sake of others comes back without passing the gate."""
    core = make_core(UnitSpec(name='a'), UnitSpec(name='b', requires=('a',), pausable=False))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'exit b1 1', 'b backoff'),
        (3.0, 'wait', 'b starting, START b2'),
        (4.0, 'ready b2', 'b ready'),
        (5.0, 'memory low 1', ''),
        (6.0, 'stop a', 'a stopping, INT a1'),
        (7.0, 'wait', 'b stopping, INT b2'),
        (7.1, 'exit b2 0', 'b waiting'),
        (7.2, 'exit a1 0', 'a stopped'),
        (8.0, 'start a', 'a starting, START a2'),
        (9.0, 'ready a2', 'a ready, b starting, START b3'),
    ])

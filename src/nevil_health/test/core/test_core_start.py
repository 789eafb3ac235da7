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

"""When units start: with the system, in parallel or in sequence, and what they wait for."""

from __future__ import annotations

from core_history import bring_up
from core_history import event
from core_history import make_core
from core_history import play
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import InvalidUnits
from nevil_health.core import RestartRule
from nevil_health.core import UnitSpec
import pytest

IN_TURN = CoreSettings(startup_delay_s=2.0, wait_for_ready=True, jitter=0.0)
BY_CLOCK = CoreSettings(startup_delay_s=2.0, wait_for_ready=False, jitter=0.0)

A, B, C = UnitSpec(name='a'), UnitSpec(name='b'), UnitSpec(name='c')
B_NEEDS_A = UnitSpec(name='b', requires=('a',))


def test_parallel_units_start_the_moment_their_requirements_are_ready() -> None:
    """Nothing waits longer than it must: neither for order nor for a clock."""
    core = make_core(A, UnitSpec(name='b', requires=('a', 'c')), C)
    play(core, [
        (0.0, 'begin', 'a starting, START a1, c starting, START c1, b waiting'),
        (0.1, 'started a1', ''),
        (1.0, 'ready a1', 'a ready'),
        (2.0, 'ready c1', 'c ready, b starting, START b1'),
        (3.0, 'ready b1', 'b ready'),
    ])
    assert core.settled == 'ready'


def test_sequence_keeps_order_delay_and_readiness() -> None:
    """One start at a time, each after the delay and after the last one is ready."""
    core = make_core(A, B, C, settings=IN_TURN)
    play(core, [
        (0.0, 'begin', 'a waiting, b waiting, c waiting, a starting, START a1'),
        (0.5, 'ready a1', 'a ready'),
        (1.9, 'wait', ''),
        (2.0, 'wait', 'b starting, START b1'),
        (9.0, 'wait', ''),
        (9.5, 'ready b1', 'b ready, c starting, START c1'),
    ])
    assert core.next_deadline() is None


def test_sequence_by_clock_does_not_wait_for_readiness() -> None:
    """Without ``wait_for_ready`` only the delay counts."""
    core = make_core(A, B, settings=BY_CLOCK)
    core.handle(event(0.0, 'begin'))
    assert core.next_deadline() == 2.0
    play(core, [(2.0, 'wait', 'b starting, START b1')])


def test_sequence_without_delay_starts_all_at_once() -> None:
    """A delay of zero needs no clock at all."""
    core = make_core(A, B, settings=CoreSettings(startup_delay_s=0.0, wait_for_ready=False))
    play(core, [
        (0.0, 'begin', 'a waiting, b waiting, a starting, START a1, b starting, START b1')])


def test_sequence_passes_over_a_unit_that_waits() -> None:
    """A unit whose requirement is missing does not hold up those behind it."""
    core = make_core(UnitSpec(name='a', requires=('z',)), B, C,
                     UnitSpec(name='z', auto_start=False), settings=IN_TURN)
    play(core, [
        (0.0, 'begin', 'b waiting, c waiting, a waiting, b starting, START b1'),
        (3.0, 'ready b1', 'b ready, c starting, START c1'),
        (4.0, 'start z', 'z starting, START z1'),
        (4.5, 'ready z1', 'z ready'),
        (5.0, 'ready c1', 'c ready, a starting, START a1'),
    ])


@pytest.mark.parametrize(('words', 'led_to'), [
    ('exit a1 1', 'a backoff, b starting, START b1'),
    ('exit a1 0', 'a completed, b starting, START b1'),
    ('unstartable a1', 'a backoff, b starting, START b1'),
    ('stop a', 'a stopping, INT a1, b starting, START b1'),
])
def test_sequence_goes_on_when_the_first_attempt_is_over(words: str, led_to: str) -> None:
    """One bad unit does not keep the others from starting."""
    core = make_core(A, B, settings=IN_TURN)
    core.handle(event(0.0, 'begin'))
    play(core, [(3.0, words, led_to)])


def test_sequence_goes_on_after_a_start_timeout() -> None:
    """A bad unit costs the others at most its start timeout."""
    core = make_core(UnitSpec(name='a', start_timeout_s=5.0), B, settings=IN_TURN)
    core.handle(event(0.0, 'begin'))
    play(core, [
        (0.5, 'started a1', ''),
        (5.5, 'wait', 'a unhealthy, EVIDENCE a1, b starting, START b1'),
    ])


def test_sequence_does_not_wait_for_a_second_attempt() -> None:
    """Restarts do not stand in the queue again, nor does the queue wait for them."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(delay_s=0.0)), B, settings=IN_TURN)
    core.handle(event(0.0, 'begin'))
    play(core, [(3.0, 'exit a1 1', 'a backoff, a starting, START a2, b starting, START b1')])


def test_operator_start_does_not_queue() -> None:
    """Who asks for a unit gets it at once, out of turn."""
    core = make_core(A, B, settings=IN_TURN)
    core.handle(event(0.0, 'begin'))
    play(core, [
        (0.5, 'start b', 'b starting, START b1'),
        (0.6, 'ready a1', 'a ready'),
        (9.0, 'wait', ''),
    ])


def test_what_starts_with_the_system() -> None:
    """Disabled units never start; those without ``auto_start`` wait for the operator."""
    core = make_core(UnitSpec(name='a', enabled=False), UnitSpec(name='b', auto_start=False), C)
    play(core, [(0.0, 'begin', 'c starting, START c1'), (1.0, 'ready c1', 'c ready')])
    view = core.view(1.0)
    assert [(unit.state, unit.desired) for unit in view.values()] == [
        ('disabled', 'stopped'), ('stopped', 'stopped'), ('ready', 'running')]
    assert view['a'].reason == 'disabled by its declaration'
    assert view['b'].reason == 'starts when the operator asks'
    assert core.settled == 'ready'


@pytest.mark.parametrize(('bad', 'words', 'state'), [
    (UnitSpec(name='a', enabled=False), [], 'disabled'),
    (UnitSpec(name='a', auto_start=False), [], 'stopped'),
    (UnitSpec(name='a'), ['exit a1 0'], 'completed'),
    (UnitSpec(name='a', restart=RestartRule(policy='never')), ['exit a1 1'], 'failed'),
])
def test_waiting_names_what_will_not_come(bad: UnitSpec, words: list[str], state: str) -> None:
    """A unit that cannot start says whose fault it is, and does not keep the start from ending."""
    core = make_core(bad, B_NEEDS_A, UnitSpec(name='c', requires=('b',)))
    core.handle(event(0.0, 'begin'))
    for word in words:
        assert core.settled is None
        core.handle(event(1.0, word))
    view = core.view(1.0)
    assert view['b'].state == view['c'].state == 'waiting'
    assert view['b'].reason == f'waiting for a ({state})'
    assert view['c'].reason == 'waiting for b (waiting)'
    assert view['b'].waiting_for == ('a',)
    assert core.settled == 'degraded'


def test_hope_returns_along_the_chain() -> None:
    """Starting what was missing brings up all that waited for it, in order."""
    core = make_core(UnitSpec(name='a', auto_start=False), B_NEEDS_A,
                     UnitSpec(name='c', requires=('b', 'b')))
    core.handle(event(0.0, 'begin'))
    assert core.settled == 'degraded'
    play(core, [(1.0, 'start a', 'a starting, START a1')])
    assert core.settled is None
    play(core, [
        (2.0, 'ready a1', 'a ready, b starting, START b1'),
        (3.0, 'ready b1', 'b ready, c starting, START c1'),
        (4.0, 'ready c1', 'c ready'),
    ])
    assert core.settled == 'ready'


def test_conflicting_units_never_run_together() -> None:
    """The later one waits until the earlier one has ended, whoever of them names the other."""
    core = make_core(A, UnitSpec(name='b', conflicts=('a',)))
    play(core, [(0.0, 'begin', 'a starting, START a1, b waiting')])
    assert core.view_of('b').reason == 'waiting for a (conflicts)'
    assert core.settled is None
    play(core, [(1.0, 'ready a1', 'a ready')])
    assert core.settled == 'degraded'
    play(core, [
        (2.0, 'stop a', 'a stopping, INT a1'),
        (3.0, 'killed a1 INT', 'a stopped, b starting, START b1'),
        (4.0, 'start a', 'a waiting'),
    ])
    assert core.view_of('a').waiting_for == ('b',)


def test_conflicting_units_wait_in_the_sequence_too() -> None:
    """The turn of a unit passes when its rival got there first, and comes back."""
    core = make_core(A, UnitSpec(name='b', conflicts=('a',)), settings=IN_TURN)
    core.handle(event(0.0, 'begin'))
    play(core, [
        (1.0, 'ready a1', 'a ready'),
        (5.0, 'wait', ''),
        (6.0, 'exit a1 0', 'a completed, b starting, START b1'),
    ])


def test_of_two_free_rivals_one_starts() -> None:
    """Rivals that are set free by one event do not both start."""
    core = make_core(A, UnitSpec(name='b', requires=('a',), conflicts=('c',)),
                     UnitSpec(name='c', requires=('a',)))
    core.handle(event(0.0, 'begin'))
    play(core, [(1.0, 'ready a1', 'a ready, b starting, START b1')])
    assert core.view_of('c').reason == 'waiting for b (conflicts)'


def test_start_timeout_is_a_failure() -> None:
    """A process that does not become ready is ended and counted like one that failed."""
    core = make_core(UnitSpec(name='a', start_timeout_s=3.0))
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (50.0, 'wait', ''),  # the time counts from the process, not from the order
        (50.0, 'started a1', ''),
        (52.9, 'late a1', ''),
        (53.0, 'wait', 'a unhealthy, EVIDENCE a1'),
        (53.1, 'evidence a1', 'INT a1'),
        (53.2, 'ready a1', ''),
        (54.0, 'exit a1 0', 'a backoff'),
    ])
    assert core.view_of('a').reason == (
        'not ready within 3.0 s, exit 0, restart 1 of 5 in 2.0 s')


def test_no_start_takes_too_long_while_nobody_can_hear_of_its_end() -> None:
    """The absence of the monitor is not the node's fault; its return gives the whole time."""
    core = make_core(UnitSpec(name='a', start_timeout_s=3.0), UnitSpec(name='b'))
    play(core, [
        (0.0, 'detached', ''),
        (0.0, 'begin', 'a starting, START a1, b starting, START b1'),
        (1.0, 'started a1', ''),
        (60.0, 'wait', ''),
        (60.0, 'attached', ''),
        (62.9, 'wait', ''),
        (62.9, 'detached', ''),
        (63.0, 'wait', ''),
    ])
    assert core.next_deadline() is None
    assert core.view_of('a').reason == 'there is no health node to detect that it is ready'
    play(core, [
        (70.0, 'attached', ''),
        (73.0, 'wait', 'a unhealthy, EVIDENCE a1'),
        (74.0, 'detached', ''),
        (75.0, 'wait', 'INT a1'),
        (85.0, 'wait', 'TERM a1'),  # what is being ended needs no monitor
    ])


def test_the_monitor_means_nothing_to_what_is_not_starting() -> None:
    """It comes and goes; units that are ready, in backoff or failed stay what they are."""
    core = make_core(A, B, UnitSpec(name='c', auto_start=False))
    bring_up(core, 'a', 'b')
    core.handle(event(1.0, 'exit b1 1'))
    before = core.view(2.0), core.next_deadline()
    play(core, [(2.0, 'detached', ''), (2.0, 'detached', ''), (2.0, 'attached', '')])
    assert (core.view(2.0), core.next_deadline()) == before


def test_readiness_that_has_arrived_counts_even_past_its_deadline() -> None:
    """A late monitor is no reason to kill a node that made it."""
    core = make_core(UnitSpec(name='a', start_timeout_s=3.0))
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (0.0, 'started a1', ''),
        (3.5, 'ready a1', 'a ready'),
        (3.5, 'wait', ''),
    ])


def test_readiness_may_overtake_the_news_of_the_process() -> None:
    """The two come from different sides; either order gives a ready unit with its pid."""
    core = make_core(A)
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (0.5, 'ready a1', 'a ready'),
        (0.6, 'started a1', ''),
        (0.7, 'ready a1', ''),
    ])
    assert core.view_of('a').pid == 1001
    assert core.next_deadline() is None


@pytest.mark.parametrize(('units', 'text'), [
    ([A, B, A], 'units given twice: a'),
    ([B_NEEDS_A], "b: 'a' is not one of the units"),
    ([UnitSpec(name='a', conflicts=('x',))], "a: 'x' is not one of the units"),
    ([UnitSpec(name='a', conflicts=('a',))], 'a conflicts with itself'),
    ([UnitSpec(name='a', requires=('a',))], 'units require each other: a -> a'),
    ([UnitSpec(name='a', requires=('b',)), UnitSpec(name='b', requires=('c',)),
      UnitSpec(name='c', requires=('a',))], 'units require each other: a -> b -> c -> a'),
])
def test_contradictory_units_are_refused(units: list[UnitSpec], text: str) -> None:
    """A core that exists is valid."""
    with pytest.raises(InvalidUnits) as refused:
        Core(units, IN_TURN, lambda: 0.0)
    assert str(refused.value) == text or 'require each other' in text


def test_cycle_is_named_along_its_requirements() -> None:
    """The text can be followed from one unit to what it requires."""
    units = {'a': 'b', 'b': 'c', 'c': 'a'}
    with pytest.raises(InvalidUnits) as refused:
        make_core(*(UnitSpec(name=name, requires=(other,)) for name, other in units.items()))
    names = str(refused.value).removeprefix('units require each other: ').split(' -> ')
    assert len(names) == 4
    assert all(units[name] == other for name, other in zip(names, names[1:]))

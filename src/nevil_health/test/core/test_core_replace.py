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

"""Other declarations for a system that runs: what is theirs changes, what is not goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core_history import bring_up
from core_history import event
from core_history import feed
from core_history import make_core
from core_history import PARALLEL
from core_history import play
from core_history import say
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import InvalidUnits
from nevil_health.core import RestartRule
from nevil_health.core import State
from nevil_health.core import TRANSITIONS
from nevil_health.core import UnexpectedEvent
from nevil_health.core import UnitRefused
from nevil_health.core import UnitsEnded
from nevil_health.core import UnitSpec
from nevil_health.core import UnitsReplaced
from nevil_health.core import UnitsWithdrawn
from nevil_health.core.states import LIVE
import pytest
from test_core_transitions import core_in

A = UnitSpec(name='a')
B = UnitSpec(name='b', requires=('a',))
C = UnitSpec(name='c', requires=('b',))


def put(core: Core, at: float, *units: UnitSpec, **more: Any) -> str:
    """Declare other units, and return what the core commands for that."""
    more = {'settings': PARALLEL, **more}
    return ', '.join(say(command) for command in core.handle(
        UnitsReplaced(at=at, units=units, **more)))


def test_a_changed_unit_ends_and_starts_again() -> None:
    """With its next generation, whatever number of restarts it has had."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [(1.0, 'withdraw a', 'a stopping, INT a1'),
                (2.0, 'exit a1 0', 'a stopped, ended')])
    assert put(core, 2.0, replace(A, stop_timeout_s=1.0)) == 'a starting, START a2'
    play(core, [(2.1, 'started a2', ''), (3.0, 'ready a2', 'a ready'),
                (4.0, 'stop a', 'a stopping, INT a2'), (5.0, 'wait', 'TERM a2')])


def test_an_unchanged_unit_keeps_its_process() -> None:
    """Nothing is commanded for it, and it waits for the new one no longer than it must."""
    core = make_core(A, UnitSpec(name='z'))
    bring_up(core, 'a', 'z')
    play(core, [(1.0, 'withdraw a', 'a stopping, INT a1'),
                (2.0, 'exit a1 0', 'a stopped, ended')])
    assert put(core, 2.0, A, UnitSpec(name='z')) == 'a starting, START a2'
    assert core.view_of('z').generation == 1
    assert core.view_of('z').state == 'ready'


def test_a_new_unit_starts_when_what_it_requires_is_ready() -> None:
    """With nothing withdrawn the way is free at once."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [(1.0, 'withdraw', 'ended')])
    assert put(core, 1.0, A, C, B) == 'b starting, START b1, c waiting'
    assert core.view_of('b').state == 'starting'
    assert core.view_of('c').state == 'waiting'
    assert core.settled is None


def test_a_unit_that_is_gone_is_not_known_any_more() -> None:
    """Neither to the view nor to a request; its late news is refused."""
    core = make_core(A, B)
    bring_up(core, 'a', 'b')
    play(core, [(1.0, 'withdraw b', 'b stopping, INT b1'),
                (2.0, 'exit b1 0', 'b stopped, ended')])
    assert put(core, 2.0, A) == ''
    assert list(core.view(2.0)) == ['a']
    with pytest.raises(UnitRefused, match='there is no unit'):
        core.handle(event(3.0, 'start b'))
    assert core.settled == 'ready'
    assert core.next_deadline() is None


def test_what_is_withdrawn_ends_from_the_top() -> None:
    """As at the end of the system; and starts again from the ground."""
    core = make_core(A, B, C)
    bring_up(core, 'a', 'b', 'c')
    play(core, [(1.0, 'withdraw a c b', 'c stopping, INT c1'),
                (2.0, 'exit c1 0', 'c stopped, b stopping, INT b1'),
                (3.0, 'exit b1 0', 'b stopped, a stopping, INT a1'),
                (4.0, 'exit a1 0', 'a stopped, ended')])
    put(core, 4.0, A, B, C)
    assert [view.state for view in core.view(4.0).values()] == ['starting', 'waiting', 'waiting']
    play(core, [(4.1, 'started a2', ''), (5.0, 'ready a2', 'a ready, b starting, START b2')])


def test_what_requires_a_changed_unit_pauses_and_goes_on() -> None:
    """It is not changed itself, so its process stays."""
    core = make_core(A, B)
    bring_up(core, 'a', 'b')
    play(core, [(1.0, 'withdraw a', 'a stopping, INT a1'),
                (2.0, 'wait', 'b paused, PAUSE b1 -a'),
                (2.1, 'paused b1 1', ''),
                (3.0, 'exit a1 0', 'a stopped, ended')])
    assert put(core, 3.0, A, B) == 'a starting, START a2'
    play(core, [(3.1, 'started a2', ''), (4.0, 'ready a2', 'a ready, RESUME b1 +a'),
                (4.1, 'again b1 2', 'b ready')])


def test_how_long_a_unit_is_away_counts_on() -> None:
    """The grace runs from its end, not from the new declarations."""
    core = make_core(A, B, settings=CoreSettings(
        parallel=True, jitter=0.0, dependency_grace_s=5.0))
    bring_up(core, 'a', 'b')
    play(core, [(1.0, 'withdraw a', 'a stopping, INT a1'),
                (3.0, 'exit a1 0', 'a stopped, ended')])
    put(core, 3.0, A, B, settings=CoreSettings(
        parallel=True, jitter=0.0, dependency_grace_s=5.0))
    play(core, [(5.9, 'wait', ''), (6.0, 'wait', 'b paused, PAUSE b1 -a')])


@pytest.mark.parametrize('state', TRANSITIONS)
def test_from_every_state_a_unit_is_withdrawn_and_replaced(state: State) -> None:
    """It ends where it runs, stays down until it is replaced, and starts where it was wanted."""
    core = core_in(state)
    running = state in LIVE
    wanted = core.view_of('a').desired == 'running'
    first = [say(one) for one in core.handle(event(2.0, 'withdraw a'))]
    assert ('ended' in first) is not running
    with pytest.raises(UnitRefused, match='changed files|disabled'):
        core.handle(event(2.5, 'start a'))
    if running:
        words = [say(one) for one in core.handle(event(3.0, 'killed a1 KILL'))]
        assert words[-1] == 'ended'
        assert core.view_of('a').state == 'stopped'
    specs = [spec for spec in (A, UnitSpec(name='z')) if spec.name in core.view(3.0)]
    if state == 'disabled':
        specs[0] = UnitSpec(name='a', enabled=False)
    put(core, 4.0, *specs)
    now = core.view_of('a')
    assert now.consecutive_failures == 0
    if state == 'disabled':
        assert now.state == 'disabled'
    elif wanted:
        assert (now.state, now.generation) == ('starting', core.view_of('a').generation)
    else:
        assert now.state == 'stopped'


def test_what_the_operator_stopped_stays_so() -> None:
    """Other declarations are not a start."""
    core = make_core(A)
    bring_up(core, 'a')
    core.handle(event(1.0, 'stop a'))
    core.handle(event(1.5, 'exit a1 0'))
    play(core, [(2.0, 'withdraw a', 'ended')])
    assert put(core, 2.0, replace(A, stop_timeout_s=1.0)) == ''
    assert core.view_of('a').state == 'stopped'


def test_a_unit_that_dies_before_its_turn_is_not_restarted() -> None:
    """Its policy counts no more."""
    core = make_core(replace(A, restart=RestartRule(policy='always')), B)
    bring_up(core, 'a', 'b')
    play(core, [(1.0, 'withdraw a b', 'b stopping, INT b1'),
                (1.1, 'killed a1 SEGV', 'a stopped'),
                (2.0, 'exit b1 0', 'b stopped, ended')])


def test_a_unit_that_cannot_pause_is_not_started_before_it_is_replaced() -> None:
    """It ended for the one that it requires, and would wait for it."""
    core = make_core(A, replace(B, pausable=False), C)
    bring_up(core, 'a', 'b', 'c')
    play(core, [(1.0, 'pause a', 'c paused, PAUSE c1 -b'),
                (1.1, 'paused c1 1', 'b stopping, INT b1'),
                (1.2, 'withdraw b', ''),
                (2.0, 'exit b1 0', 'b stopped, a paused, PAUSE a1 -, ended')])


def test_disabled_and_enabled_again() -> None:
    """It begins as at a start of the system, with its next generation."""
    core = make_core(A)
    bring_up(core, 'a')
    core.handle(event(1.0, 'withdraw a'))
    core.handle(event(1.5, 'exit a1 0'))
    assert put(core, 2.0, replace(A, enabled=False)) == ''
    assert core.view_of('a').state == 'disabled'
    play(core, [(3.0, 'withdraw a', 'ended')])
    assert put(core, 3.0, A) == 'a starting, START a2'


def test_new_units_start_one_after_the_other() -> None:
    """Where the system does not start in parallel."""
    one_by_one = CoreSettings(parallel=False, startup_delay_s=2.0, jitter=0.0)
    core = make_core(A, settings=one_by_one)
    bring_up(core, 'a')
    play(core, [(10.0, 'withdraw', 'ended')])
    put(core, 10.0, A, UnitSpec(name='x'), UnitSpec(name='y'), settings=one_by_one)
    assert (core.view_of('x').state, core.view_of('y').state) == ('starting', 'waiting')


def test_settled_comes_after_the_last() -> None:
    """Whoever waits for the end of a change hears of it."""
    core = make_core(A)
    bring_up(core, 'a')
    assert core.settled == 'ready'
    core.handle(event(1.0, 'withdraw a'))
    assert core.settled is None
    core.handle(event(2.0, 'exit a1 0'))
    assert core.settled is None
    put(core, 2.0, A)
    core.handle(event(2.1, 'started a2'))
    assert core.settled is None
    core.handle(event(3.0, 'ready a2'))
    assert core.settled == 'ready'


def test_the_end_of_the_system_comes_first() -> None:
    """Nothing is put in the place of what has ended."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [(1.0, 'withdraw a', 'a stopping, INT a1'), (1.5, 'shutdown', ''),
                (2.0, 'exit a1 0', 'a stopped, end 0')])
    with pytest.raises(UnexpectedEvent, match='the system is ended'):
        put(core, 3.0, A)


@pytest.mark.parametrize(('units', 'text'), [
    ((B,), "'a' is not one of the units"), ((A, A), 'units given twice: a'),
    ((C,), "'b' is not one of the units"), ((UnitSpec(name='b'),), 'a still runs'),
])
def test_declarations_that_do_not_fit_change_nothing(
    units: Sequence[UnitSpec], text: str,
) -> None:
    """The system goes on as it was."""
    core = make_core(A)
    bring_up(core, 'a')
    core.handle(event(1.0, 'withdraw'))
    before = core.view(1.0)
    with pytest.raises(InvalidUnits, match=text):
        put(core, 1.0, *units)
    assert core.view(1.0) == before


def test_out_of_order_is_refused() -> None:
    """Before the start, twice at a time, for units that nobody knows, before the end."""
    core = make_core(A)
    with pytest.raises(UnexpectedEvent, match='the system is new'):
        core.handle(event(0.0, 'withdraw a'))
    bring_up(core, 'a')
    with pytest.raises(UnexpectedEvent, match='still run'):
        put(core, 1.0, A)
    with pytest.raises(UnexpectedEvent, match="no unit 'x'"):
        core.handle(event(1.0, 'withdraw x'))
    core.handle(event(1.0, 'withdraw a'))
    with pytest.raises(UnexpectedEvent, match='being replaced already'):
        core.handle(event(1.0, 'withdraw'))
    with pytest.raises(UnexpectedEvent, match='still run'):
        put(core, 1.0, A)


# -- random histories ---------------------------------------------------------------------------

NAMES = 'abcdef'
WORDS = ['started {p}', 'ready {p}', 'exit {p} 0', 'exit {p} 1', 'exit {p} 78', 'killed {p} KILL',
         'late {p}', 'resumed {p}', 'evidence {p}', 'paused {p} 1', 'again {p} 2', 'start {u}',
         'stop {u}', 'restart {u}', 'pause {u}', 'resume {u}', 'hold {u}', 'release {u}',
         'mute {u}', 'attached', 'detached', 'memory low 1', 'memory high 50', 'wait']


@st.composite
def declarations(draw: st.DrawFn) -> tuple[UnitSpec, ...]:
    """Draw units that require only earlier ones."""
    names = [name for name in NAMES if draw(st.booleans())] or ['a']
    return tuple(UnitSpec(
        name=name, requires=tuple(sorted(draw(st.sets(
            st.sampled_from(names[:at]), max_size=2)))) if at else (),
        conflicts=(draw(st.sampled_from(names[:at])),) if at and not draw(
            st.integers(0, 9)) else (),
        restart=RestartRule(policy=draw(st.sampled_from(['always', 'on_failure', 'never']))),
        pausable=draw(st.integers(0, 3)) > 0, enabled=draw(st.integers(0, 9)) > 0,
        auto_start=draw(st.integers(0, 9)) > 0) for at, name in enumerate(names))


def happen(draw: st.DataObject, core: Core, at: float) -> str:
    """Draw something that may happen to a unit now."""
    unit = draw.draw(st.sampled_from(sorted(core.view(at))))
    generation = core.view_of(unit).generation
    word = draw.draw(st.sampled_from(WORDS))
    return word.format(p=f'{unit}{generation}', u=unit)


def tried(core: Core, at: float, words: str) -> list[str] | str:
    """Return what the core commands, or why it does not take the event."""
    try:
        return [say(command) for command in feed(core, at, words)]
    except (UnexpectedEvent, UnitRefused) as error:
        return str(error)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_the_same_declarations_again_change_nothing(data: st.DataObject) -> None:
    """Two systems with one history: what one has counted anew, the other has counted on."""
    units = data.draw(declarations())
    rules = replace(PARALLEL, parallel=data.draw(st.booleans()))
    plain, anew = (make_core(*units, settings=rules) for _ in range(2))
    at = 0.0
    for core in (plain, anew):
        core.handle(event(at, 'begin'))
    for _ in range(data.draw(st.integers(1, 30))):
        at += data.draw(st.sampled_from([0.0, 0.3, 1.0, 7.0, 40.0]))
        words = happen(data, plain, at)
        assert tried(plain, at, words) == tried(anew, at, words)
        # What is due at this time is due in both, whatever happens then.
        assert tried(plain, at, 'wait') == tried(anew, at, 'wait')
        if data.draw(st.booleans()):
            assert [say(one) for one in anew.handle(event(at, 'withdraw'))] == ['ended']
            assert put(anew, at, *units, settings=rules) == ''
        assert plain.view(at) == anew.view(at)
        assert plain.settled == anew.settled
        assert plain.next_deadline() == anew.next_deadline()


def due(before: Sequence[UnitSpec], after: Sequence[UnitSpec]) -> set[str]:
    """Return the units that have to be withdrawn: gone, or another thing now."""
    now = {spec.name: spec for spec in after}
    return {spec.name for spec in before if now.get(spec.name) != spec}


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_any_declarations_follow_any_others(data: st.DataObject) -> None:
    """What is the same keeps its process, what is gone has none, what starts has what it needs."""
    units = data.draw(declarations())
    core = make_core(*units)
    at = 0.0
    core.handle(event(at, 'begin'))
    for _ in range(data.draw(st.integers(1, 4))):
        for _ in range(data.draw(st.integers(0, 8))):
            at += 0.5
            tried(core, at, happen(data, core, at))
        after = data.draw(declarations())
        withdrawn = due(units, after)
        commands = core.handle(UnitsWithdrawn(at=at, units=frozenset(withdrawn)))
        commands += end_all(core, withdrawn, at)
        assert [one for one in commands if isinstance(one, UnitsEnded)] == [UnitsEnded()]
        before = core.view(at)
        core.handle(UnitsReplaced(at=at, units=after, settings=PARALLEL))
        check(core, units, after, before, at)
        units = after


def end_all(core: Core, withdrawn: set[str], at: float) -> list[Any]:
    """Let every withdrawn process end, in the order in which the core asks for that."""
    commands = []
    for _ in range(len(NAMES) + 1):
        for name in sorted(withdrawn):
            view = core.view_of(name)
            if view.state == 'stopping':
                commands += core.handle(event(at, f'exit {name}{view.generation} 0'))
            elif view.state == 'unhealthy':
                commands += core.handle(event(at, f'killed {name}{view.generation} KILL'))
    assert not [name for name in withdrawn if core.view_of(name).state in LIVE]
    return commands


def check(core: Core, units: Sequence[UnitSpec], after: Sequence[UnitSpec],
          before: Any, at: float) -> None:
    """Compare a system with what its new declarations, and its state before, say."""
    now = core.view(at)
    assert list(now) == [spec.name for spec in after]
    for spec in after:
        view = now[spec.name]
        if spec in units and before[spec.name].state in LIVE:
            assert view.generation == before[spec.name].generation
        if view.state == 'starting' and (
                spec.name not in before or before[spec.name].state != 'starting'):
            assert all(now[other].state == 'ready' for other in spec.requires)
            assert not any(now[other].state in LIVE for other in spec.conflicts)
        if view.state == 'waiting':
            assert view.waiting_for

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

"""Units that join a system that runs."""

from __future__ import annotations

from core_history import event
from core_history import make_core
from core_history import play
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies
from nevil_health.core import InvalidUnits
from nevil_health.core import RestartRule
from nevil_health.core import StartProcess
from nevil_health.core import SystemStarted
from nevil_health.core import UnexpectedEvent
from nevil_health.core import UnitSpec
import pytest

A = UnitSpec(name='a')
B_NEEDS_A = UnitSpec(name='b', requires=('a',))


def begun(at: float = 0.0) -> SystemStarted:
    """Return what a unit begins with."""
    return SystemStarted(at=at)


def starts(commands: object) -> list[str]:
    """Return the units that are ordered to start."""
    assert isinstance(commands, list)
    return [one.unit for one in commands if isinstance(one, StartProcess)]


def test_unit_that_joins_waits_for_what_it_requires() -> None:
    """As it would have from the beginning; and it pauses with it."""
    core = make_core(A)
    play(core, [(0.0, 'begin', 'a starting, START a1'), (0.1, 'started a1', '')])
    assert starts(core.add(B_NEEDS_A, begun(0.5))) == []
    assert core.view_of('b').state == 'waiting'
    play(core, [(1.0, 'ready a1', 'a ready, b starting, START b1'), (1.1, 'started b1', '')])
    assert core.settled is None
    core.handle(event(2.0, 'ready b1'))
    assert core.settled == 'ready'


def test_unit_that_joins_what_is_ready_starts_at_once() -> None:
    """Its links are counted as they are, not as they were in the beginning."""
    core = make_core(A)
    play(core, [(0.0, 'begin', 'a starting, START a1'), (1.0, 'ready a1', 'a ready')])
    assert starts(core.add(B_NEEDS_A, begun(2.0))) == ['b']


def test_rival_that_joins_waits_and_is_waited_for() -> None:
    """A conflict holds both ways."""
    core = make_core(A)
    play(core, [(0.0, 'begin', 'a starting, START a1'), (1.0, 'ready a1', 'a ready')])
    core.add(UnitSpec(name='b', conflicts=('a',)), begun(2.0))
    assert core.view_of('b').state == 'waiting'
    core.handle(event(3.0, 'stop a'))
    core.handle(event(4.0, 'exit a1 0'))
    assert core.view_of('b').state == 'starting'
    core.handle(event(5.0, 'start a'))
    assert core.view_of('a').state == 'waiting'


def test_unit_that_joins_ends_before_what_it_requires() -> None:
    """The order of the end is that of all units, whenever they came."""
    core = make_core(A)
    play(core, [(0.0, 'begin', 'a starting, START a1'), (1.0, 'ready a1', 'a ready')])
    core.add(B_NEEDS_A, begun(2.0))
    core.handle(event(2.1, 'started b1'))
    core.handle(event(3.0, 'ready b1'))
    play(core, [(4.0, 'shutdown', 'b stopping, INT b1')])


def test_stopped_unit_that_joins_stays_stopped() -> None:
    """What the operator stopped before outlives the launch that adds it."""
    core = make_core(A)
    core.handle(event(0.0, 'begin'))
    spec = UnitSpec(name='b', restart=RestartRule(policy='unless_stopped'))
    assert not starts(core.add(spec, SystemStarted(at=1.0, stopped=frozenset({'b'}))))
    assert core.view_of('b').state == 'stopped'


@pytest.mark.parametrize(('spec', 'text'), [
    (A, 'units given twice: a'),
    (UnitSpec(name='b', requires=('c',)), "b: 'c' is not one of the units"),
])
def test_unit_that_does_not_fit_changes_nothing(spec: UnitSpec, text: str) -> None:
    """Whoever is refused finds the core as it was."""
    core = make_core(A)
    core.handle(event(0.0, 'begin'))
    before = core.view(0.0)
    with pytest.raises(InvalidUnits, match=text):
        core.add(spec, begun(1.0))
    assert core.view(0.0) == before


def test_nothing_joins_before_the_start_or_after_the_end() -> None:
    """There is nothing that it could begin with."""
    core = make_core(A)
    assert not core.running
    with pytest.raises(UnexpectedEvent, match='the system is new'):
        core.add(B_NEEDS_A, begun())
    core.handle(event(0.0, 'begin'))
    assert core.running
    core.handle(event(1.0, 'shutdown'))
    with pytest.raises(UnexpectedEvent, match='the system is ending'):
        core.add(B_NEEDS_A, begun(2.0))


@settings(deadline=None, max_examples=50)
@given(strategies.data())
def test_joining_early_is_being_there_from_the_beginning(data: strategies.DataObject) -> None:
    """Random trees, cut at any place: after the same news both systems stand the same."""
    count = data.draw(strategies.integers(2, 7))
    names = 'abcdefg'[:count]
    specs = [UnitSpec(name=name, requires=tuple(sorted(data.draw(strategies.sets(
        strategies.sampled_from(names[:at]), max_size=2))))) if at else UnitSpec(name=name)
        for at, name in enumerate(names)]
    cut = data.draw(strategies.integers(1, count))
    whole, grown = make_core(*specs), make_core(*specs[:cut])
    ordered = starts(whole.handle(event(0.0, 'begin')))
    added = starts(grown.handle(event(0.0, 'begin')))
    for spec in specs[cut:]:
        added += starts(grown.add(spec, begun()))
    assert sorted(ordered) == sorted(added)
    for at in range(1, 3 * count):
        starting = sorted(name for name, view in whole.view(at).items()
                          if view.state == 'starting')
        if not starting:
            break
        name = data.draw(strategies.sampled_from(starting))
        word = data.draw(strategies.sampled_from(['ready {}1', 'exit {}1 78']))
        for core in (whole, grown):
            core.handle(event(float(at), f'started {name}1'))
            core.handle(event(at + 0.5, word.format(name)))
        assert whole.view(at) == grown.view(at)
        assert whole.settled == grown.settled

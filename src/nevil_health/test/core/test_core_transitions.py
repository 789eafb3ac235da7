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

"""The table of transitions: every state meets every event, and the page shows what is true."""

from __future__ import annotations

from pathlib import Path
import runpy

from core_history import event
from core_history import make_core
from nevil_health.core import AnnounceState
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import Event
from nevil_health.core import ForbiddenTransition
from nevil_health.core import RestartRule
from nevil_health.core import State
from nevil_health.core import TRANSITIONS
from nevil_health.core import UnexpectedEvent
from nevil_health.core import UnitRefused
from nevil_health.core import UnitSpec
from nevil_health.core.states import DEADLINES
from nevil_health.core.states import LIVE
from nevil_health.core.states import RequirementLost
from nevil_health.core.states import RequirementsRestored
from nevil_health.core.states import StartAllowed
from nevil_health.core.system import System
from nevil_health.core.unit import Unit
from nevil_health.core.units import Units
import pytest

ROOT = Path(__file__).resolve().parents[4]

# How unit a1 gets into each state.
PATHS: dict[State, list[str]] = {
    'disabled': [],
    'stopped': ['stop a', 'killed a1 INT'],
    'waiting': [],
    'starting': [],
    'ready': ['started a1', 'ready a1'],
    'paused': ['started a1', 'ready a1', 'pause a', 'paused a1 1'],
    'unhealthy': ['started a1', 'ready a1', 'late a1'],
    'backoff': ['exit a1 1'],
    'stopping': ['started a1', 'stop a'],
    'completed': ['exit a1 0'],
    'failed': ['exit a1 1'],
}
OF_PROCESS = [
    'started a1', 'unstartable a1', 'exit a1 0', 'exit a1 1', 'killed a1 SEGV', 'ready a1',
    'late a1', 'resumed a1', 'failed a1 progress', 'cleared a1 progress', 'paused a1 1',
    'paused a1 9', 'again a1 2', 'evidence a1',
]
OF_OPERATOR = ['start a', 'stop a', 'restart a', 'mute a', 'unmute a', 'pause a', 'resume a',
               'hold a', 'release a']
# What the core itself lets happen at once when something else has happened.
OF_THE_CORE = (RequirementLost, RequirementsRestored, StartAllowed)
HEARSAY = {words for words in OF_PROCESS if words.split()[0] in (
    'ready', 'late', 'resumed', 'failed', 'cleared', 'paused', 'again', 'evidence')}


def core_in(state: State) -> Core:
    """Return a core whose unit ``a`` has got into a state; ``z`` is what it may wait for."""
    rule = RestartRule(policy='never' if state == 'failed' else 'on_failure')
    core = make_core(
        UnitSpec(name='a', enabled=state != 'disabled', restart=rule,
                 requires=('z',) if state == 'waiting' else ()),
        UnitSpec(name='z', auto_start=False))
    core.handle(event(0.0, 'begin'))
    for words in PATHS[state]:
        core.handle(event(1.0, words))
    assert core.view_of('a').state == state
    return core


def outside(core: Core) -> object:
    """Return all that can be seen of a core."""
    return core.view(9.0), core.next_deadline(), core.settled, core.dropped, core.ending


@pytest.mark.parametrize('words', OF_PROCESS + OF_OPERATOR + ['shutdown', 'begin'])
@pytest.mark.parametrize('state', TRANSITIONS)
@pytest.mark.parametrize('held', [False, True])
def test_every_state_meets_every_event(state: State, words: str, held: bool) -> None:
    """An event leads where the table says; one that it does not list changes nothing."""
    core = core_in(state)
    if held and state in LIVE:
        core.handle(event(1.0, 'hold a'))
        state = core.view_of('a').state
    before = outside(core)
    happens = event(2.0, words)
    known = type(happens) in TRANSITIONS[state] and words != 'begin'
    if words in OF_PROCESS:
        known = known and not (state == 'waiting' or (
            words in ('started a1', 'unstartable a1') and core.view_of('a').pid is not None))
    if known:
        commands = core.handle(happens)
        steps = [command for command in commands
                 if isinstance(command, AnnounceState) and command.unit == 'a']
        assert len(steps) <= 1
        for step in steps:
            assert step.old == state
            assert step.new in TRANSITIONS[state][step.event]
            assert step.event in (type(happens), *OF_THE_CORE)
        assert core.view_of('a').state == (steps[0].new if steps else state)
    elif words in HEARSAY and state not in LIVE and core.view_of('a').generation == 1:
        assert core.handle(happens) == []
        assert core.dropped == 1
    else:
        refusal = UnitRefused if words in OF_OPERATOR else UnexpectedEvent
        with pytest.raises(refusal):
            core.handle(happens)
        assert outside(core) == before


@pytest.mark.parametrize('words', OF_PROCESS)
@pytest.mark.parametrize(
    'state', [state for state in TRANSITIONS if state not in ('disabled', 'waiting')])
def test_news_of_an_older_process_is_dropped_and_counted(state: State, words: str) -> None:
    """Late news of a dead process never touches its successor."""
    core = core_in(state)
    core.handle(event(2.0, 'restart a'))
    if state in LIVE:
        core.handle(event(2.0, 'killed a1 KILL'))
    assert core.view_of('a').generation == 2
    before = outside(core)
    assert core.handle(event(3.0, words)) == []
    assert core.dropped == 1
    core.dropped = 0
    assert outside(core) == before


@pytest.mark.parametrize('words', [
    'started a7', 'exit a7 1', 'ready a7', 'late a7', 'paused a7 1', 'evidence a7',
    'exit nobody1 1', 'ready nobody1'])
def test_news_of_what_never_was_is_refused(words: str) -> None:
    """A process that was not ordered is a mistake of whoever tells of it."""
    core = core_in('ready')
    before = outside(core)
    with pytest.raises(UnexpectedEvent):
        core.handle(event(2.0, words))
    assert outside(core) == before


def test_a_process_ends_once() -> None:
    """A second end of the same process is refused and charges nothing."""
    core = core_in('backoff')
    with pytest.raises(UnexpectedEvent, match='a is backoff'):
        core.handle(event(2.0, 'exit a1 1'))
    assert core.view_of('a').restarts == 1


def test_only_known_kinds_of_events_are_taken() -> None:
    """The core makes its own events itself; nobody else can feed them."""
    core = core_in('waiting')
    for alien in (Event(at=1.0), StartAllowed(at=1.0)):
        with pytest.raises(UnexpectedEvent, match='is not known'):
            core.handle(alien)


def test_time_never_runs_backwards() -> None:
    """An event that arrives out of order counts as happening now."""
    core = core_in('ready')
    core.advance(100.0)
    core.handle(event(50.0, 'exit a1 1'))
    assert core.view_of('a').until == 102.0


@pytest.mark.parametrize('state', TRANSITIONS)
def test_a_unit_makes_no_step_that_is_not_in_the_table(state: State) -> None:
    """A mistake in the code of the core shows at once, and never as a state that cannot be."""
    kinds = {kind for row in TRANSITIONS.values() for kind in row}
    for kind in (*kinds, None):
        for new in TRANSITIONS:
            unit = alone()
            unit.state = state
            unit.event = kind
            if kind is not None and new in TRANSITIONS[state].get(kind, ()):
                unit.enter(new, 'as the table says')
                assert unit.state == new
                with pytest.raises(ForbiddenTransition):
                    unit.enter(new, 'a second step by the same event')
            else:
                with pytest.raises(ForbiddenTransition, match=f'a: {state} -> {new} by'):
                    unit.enter(new, 'not in the table')
                assert (unit.state, unit.system.commands) == (state, [])


def alone() -> Unit:
    """Return the only unit of a system."""
    system = System(CoreSettings(), lambda: 0.5)
    return Units([UnitSpec(name='a')], system).links.units['a']


def test_table_is_closed() -> None:
    """Every state that is led to exists, every live state can end, every deadline is known."""
    for row in TRANSITIONS.values():
        assert {new for targets in row.values() for new in targets} <= set(TRANSITIONS)
    for state, kind in DEADLINES.items():
        assert kind in TRANSITIONS[state]


@pytest.mark.filterwarnings('ignore:.*found in sys.modules')
def test_page_about_the_states_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    """What people read about the states is made from the table that decides."""
    runpy.run_module('nevil_health.core.diagram', run_name='__main__')
    made = capsys.readouterr().out
    assert (ROOT / 'docs' / 'states.md').read_text(encoding='utf-8') == made, (
        'run: python -m nevil_health.core.diagram > docs/states.md')

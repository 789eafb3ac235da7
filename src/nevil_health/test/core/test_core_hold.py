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
from nevil_health.core import RestartRule
from nevil_health.core import SystemStarted
from nevil_health.core import UnitRefused
from nevil_health.core import UnitSpec
import pytest

A = UnitSpec(name='a', restart=RestartRule(delay_s=8.0))
B_NEEDS_A = UnitSpec(name='b', requires=('a',))
C_NEEDS_B = UnitSpec(name='c', requires=('b',))


# -- pause -----------------------------------------------------------------------------------


def test_operator_pauses_a_unit_and_all_that_requires_it() -> None:
    """In the order of a failure, without the grace; what it requires goes on."""
    core = make_core(A, B_NEEDS_A, C_NEEDS_B)
    bring_up(core, 'a', 'b', 'c')
    play(core, [
        (1.0, 'pause b', 'c paused, PAUSE c1 -b'),
        (1.0, 'pause b', ''),
        (1.1, 'paused c1 1', 'b paused, PAUSE b1 -'),
        (1.2, 'paused b1 1', ''),
        (500.0, 'wait', ''),
    ])
    b, c = core.view_of('b'), core.view_of('c')
    assert (b.paused_by, b.root, b.reason) == (('operator',), 'b', 'paused by the operator')
    assert (c.paused_by, c.root) == (('b',), 'b')
    settled: object = core.settled
    assert settled == 'degraded'
    play(core, [
        (501.0, 'resume b', 'RESUME b1 +'),
        (501.1, 'again b1 2', 'b ready, RESUME c1 +b'),
        (501.2, 'again c1 2', 'c ready'),
        (501.3, 'resume b', ''),
    ])
    assert core.settled == 'ready'


def test_pause_of_the_operator_and_loss_of_a_requirement_add_up() -> None:
    """The unit resumes when the operator wants it and what it requires is there."""
    core = make_core(A, B_NEEDS_A)
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'pause b', 'b paused, PAUSE b1 -'),
        (1.1, 'paused b1 1', ''),
        (2.0, 'exit a1 1', 'a backoff'),
        (3.0, 'wait', ''),
    ])
    assert core.view_of('b').paused_by == ('operator', 'a')
    play(core, [(4.0, 'resume b', '')])
    b = core.view_of('b')
    assert (b.state, b.paused_by, b.root) == ('paused', ('a',), 'a')
    play(core, [
        (10.0, 'wait', 'a starting, START a2'),
        (10.1, 'ready a2', 'a ready, RESUME b1 +'),
        (10.2, 'again b1 2', 'b ready'),
    ])


def test_a_pause_outlives_the_process() -> None:
    """What the operator wants is restored after a restart by policy."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'pause a', 'a paused, PAUSE a1 -'),
        (1.1, 'killed a1 SEGV', 'a backoff'),
        (9.1, 'wait', 'a starting, START a2'),
        (9.2, 'ready a2', 'a ready, a paused, PAUSE a2 -'),
        (9.3, 'paused a2 1', ''),  # the number of the pause before
        (14.2, 'wait', ''),
    ])


@pytest.mark.parametrize(('words', 'led_to'), [
    ('start a', 'RESUME a1 +'),
    ('restart a', 'a stopping, INT a1'),
    ('stop a', 'a stopping, INT a1'),
])
def test_other_requests_end_the_pause(words: str, led_to: str) -> None:
    """The last word of the operator counts."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'pause a', 'a paused, PAUSE a1 -'),
        (1.1, 'paused a1 1', ''),
        (2.0, words, led_to),
    ])
    assert core.view_of('a').paused_by == ()


def test_pause_that_cannot_be_is_refused_in_words() -> None:
    """A plain executable, and what does not run."""
    core = make_core(UnitSpec(name='exe', pausable=False), A)
    bring_up(core, 'exe', 'a')
    core.handle(event(1.0, 'stop a'))
    core.handle(event(1.0, 'killed a1 INT'))
    told = []
    for words in ('pause exe', 'pause a'):
        with pytest.raises(UnitRefused) as refused:
            core.handle(event(2.0, words))
        told.append(str(refused.value))
    assert told == ['exe cannot be paused, it is a plain executable: stop it',
                    'a is stopped: there is nothing to pause']


# -- hold ------------------------------------------------------------------------------------


def test_a_held_unit_is_not_ended_for_a_failed_signal() -> None:
    """The operator has his hands on it; what failed counts when he lets go."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'hold a', 'hold a'),
        (1.1, 'hold a', ''),
        (2.0, 'late a1', ''),
        (3.0, 'failed a1 memory', ''),
        (4.0, 'cleared a1 memory', ''),
        (500.0, 'wait', ''),
    ])
    assert core.view_of('a').held
    play(core, [
        (501.0, 'release a', 'release a, a unhealthy, EVIDENCE a1'),
        (502.0, 'release a', ''),
    ])


def test_a_held_unit_that_is_well_again_is_left_alone_after_release() -> None:
    """Only what is wrong when the operator lets go counts."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'hold a', 'hold a'),
        (2.0, 'late a1', ''),
        (3.0, 'resumed a1', ''),
        (4.0, 'release a', 'release a'),
    ])


@pytest.mark.parametrize('words', ['late a1', 'failed a1 memory'])
def test_hold_stops_an_end_that_has_not_begun(words: str) -> None:
    """Between the failed signal and the first signal the operator is in time."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, words, 'a unhealthy, EVIDENCE a1'),
        (1.5, 'hold a', 'hold a, a ready'),
        (1.6, 'evidence a1', ''),
        (9.0, 'wait', ''),
        (10.0, 'release a', 'release a, a unhealthy, EVIDENCE a1'),
        (10.1, 'evidence a1', 'INT a1'),
        (10.2, 'hold a', 'hold a'),
        (10.3, 'killed a1 INT', 'a stopped'),
    ])


def test_hold_gives_a_start_all_its_time() -> None:
    """Neither a start nor a resume takes too long while the operator works on it."""
    core = make_core(A)
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (0.1, 'started a1', ''),
        (30.1, 'wait', 'a unhealthy, EVIDENCE a1'),
        (30.2, 'hold a', 'hold a, a starting'),
        (500.0, 'wait', ''),
        (501.0, 'release a', 'release a'),
        (530.9, 'wait', ''),
        (531.0, 'wait', 'a unhealthy, EVIDENCE a1'),
    ])


@pytest.mark.parametrize(('words', 'how'), [('exit a1 0', 'exit 0'),
                                            ('killed a1 KILL', 'killed by SIGKILL')])
def test_a_held_unit_is_not_restarted_until_its_release(words: str, how: str) -> None:
    """Its end is told, is not charged, and nothing follows from it."""
    core = make_core(A, B_NEEDS_A)
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'hold a', 'hold a'),
        (2.0, words, 'a stopped'),
        (3.0, 'wait', 'b paused, PAUSE b1 -a'),
        (3.1, 'paused b1 1', ''),
        (500.0, 'wait', ''),
    ])
    a = core.view_of('a')
    assert a.reason == f'ended while held by the operator: {how}'
    assert (a.desired, a.restarts, core.settled) == ('running', 0, 'degraded')
    play(core, [
        (501.0, 'release a', 'release a, a starting, START a2'),
        (502.0, 'ready a2', 'a ready, RESUME b1 +a'),
    ])


def test_a_held_unit_is_not_paused_and_nobody_waits_for_it() -> None:
    """What requires it goes on with it; release takes up what is due."""
    core = make_core(A, B_NEEDS_A, C_NEEDS_B)
    bring_up(core, 'a', 'b', 'c')
    play(core, [
        (1.0, 'hold b', 'hold b'),
        (2.0, 'pause a', 'a paused, PAUSE a1 -'),
        (2.1, 'paused a1 1', ''),
        (100.0, 'wait', ''),
        (101.0, 'release b', 'release b, c paused, PAUSE c1 -b'),
        (101.1, 'paused c1 1', 'b paused, PAUSE b1 -a'),
        (101.2, 'paused b1 1', ''),
        (102.0, 'hold b', 'hold b'),
        (103.0, 'resume a', 'RESUME a1 +'),
        (103.1, 'again a1 2', 'a ready'),
        (104.0, 'wait', ''),
        (105.0, 'release b', 'release b, RESUME b1 +a'),
    ])


@pytest.mark.parametrize('before', ['backoff', 'waiting'])
def test_hold_cancels_a_start_that_is_to_come(before: str) -> None:
    """A unit that waits does not come up under the operator's hands."""
    core = make_core(UnitSpec(name='z', auto_start=before != 'waiting'),
                     UnitSpec(name='a', requires=('z',)))
    if before == 'waiting':
        core.handle(event(0.0, 'begin'))
    else:
        bring_up(core, 'z', 'a')
        core.handle(event(1.0, 'exit a1 1'))
    assert core.view_of('a').state == before
    play(core, [(1.5, 'hold a', 'hold a, a stopped'), (500.0, 'wait', '')])
    assert core.view_of('a').desired == 'running'
    if before == 'backoff':
        play(core, [(501.0, 'release a', 'release a, a starting, START a2')])
    else:
        play(core, [
            (501.0, 'start z', 'z starting, START z1'),
            (502.0, 'ready z1', 'z ready'),
            (503.0, 'release a', 'release a, a starting, START a1'),
        ])


def test_a_plain_executable_held_on_its_way_down_stays_down() -> None:
    """It was ended for the sake of others, and would have come back by the gates."""
    core = make_core(A, UnitSpec(name='b', requires=('a',), pausable=False))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'b stopping, INT b1'),
        (2.1, 'hold b', 'hold b'),
        (2.2, 'killed b1 INT', 'b stopped'),
        (9.0, 'wait', 'a starting, START a2'),
        (9.1, 'ready a2', 'a ready'),
        (10.0, 'release b', 'release b, b starting, START b2'),
    ])


def test_a_release_starts_nothing_that_the_operator_stopped() -> None:
    """Release takes up again what is wanted, and no more."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'hold a', 'hold a'),
        (2.0, 'stop a', 'a stopping, INT a1'),
        (2.1, 'killed a1 INT', 'a stopped'),
        (3.0, 'release a', 'release a'),
    ])


def test_hold_outlives_the_supervisor() -> None:
    """A held unit starts with the system; its recovery is suspended from then on."""
    core = make_core(A, UnitSpec(name='off', enabled=False))
    core.handle(SystemStarted(at=0.0, held=frozenset({'a', 'off', 'gone'})))
    play(core, [
        (1.0, 'started a1', ''),
        (99.0, 'wait', ''),
        (100.0, 'ready a1', 'a ready'),
        (101.0, 'exit a1 1', 'a stopped'),
        (102.0, 'start a', 'a starting, START a2'),
        (103.0, 'exit a2 1', 'a stopped'),
    ])
    assert (core.view_of('a').held, core.view_of('off').held) == (True, False)


def test_the_end_of_the_system_ends_held_units_as_well() -> None:
    """Nothing is left of a run."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'hold a', 'hold a'),
        (2.0, 'shutdown', 'a stopping, INT a1'),
        (3.0, 'exit a1 0', 'a stopped, end 0'),
    ])

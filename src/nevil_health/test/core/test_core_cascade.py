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
from core_history import feed
from core_history import make_core
from core_history import PARALLEL
from core_history import play
from nevil_health.core import AnnounceState
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import Paused
from nevil_health.core import RestartRule
from nevil_health.core import UnitSpec
import pytest

SLOW = RestartRule(delay_s=8.0)


def unit(name: str, *requires: str, pausable: bool = True) -> UnitSpec:
    """Return a unit that takes its time to come back."""
    return UnitSpec(name=name, requires=requires, pausable=pausable, restart=SLOW)


def chain() -> Core:
    """Return a core with a <- b <- c <- d, all ready."""
    core = make_core(unit('a'), unit('b', 'a'), unit('c', 'b'), unit('d', 'c'))
    bring_up(core, 'a', 'b', 'c', 'd')
    return core


def diamond() -> Core:
    """Return a core in which d requires b and c, and both of them a; e stands alone."""
    core = make_core(unit('a'), unit('b', 'a'), unit('c', 'a'), unit('d', 'b', 'c'), unit('e'))
    bring_up(core, 'a', 'b', 'c', 'd', 'e')
    return core


DOWN = [
    (1.0, 'exit a1 1', 'a backoff'),
    (1.9, 'wait', ''),
    (2.0, 'wait', 'd paused, PAUSE d1 -c'),
    (2.1, 'paused d1 1', 'c paused, PAUSE c1 -b'),
    (2.2, 'paused c1 1', 'b paused, PAUSE b1 -a'),
    (2.3, 'paused b1 1', ''),
]


def test_dependents_pause_in_reverse_order_and_come_back_in_order() -> None:
    """The deepest goes first and comes last, each level when the one before has answered."""
    core = chain()
    play(core, [
        *DOWN,
        (9.0, 'wait', 'a starting, START a2'),
        (9.5, 'ready a2', 'a ready, RESUME b1 +a'),
        (9.6, 'again b1 2', 'b ready, RESUME c1 +b'),
        (9.7, 'again c1 2', 'c ready, RESUME d1 +c'),
        (9.8, 'again d1 2', 'd ready'),
    ])
    assert core.next_deadline() is None
    assert [view.consecutive_failures for view in core.view(9.8).values()] == [1, 0, 0, 0]
    assert [view.restarts for view in core.view(9.8).values()] == [1, 0, 0, 0]


def test_a_respawn_within_the_grace_disturbs_nobody() -> None:
    """A fast restart is over before it matters."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(delay_s=0.5)), unit('b', 'a'))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (1.5, 'wait', 'a starting, START a2'),
        (1.99, 'ready a2', 'a ready'),
        (60.0, 'wait', ''),
    ])


@pytest.mark.parametrize(('grace_s', 'paused_at'), [(0.0, 1.0), (0.25, 1.25), (7.0, 8.0)])
def test_grace_counts_from_the_end_of_readiness(grace_s: float, paused_at: float) -> None:
    """Whatever becomes of the required unit meanwhile, its time goes on."""
    core = make_core(
        unit('a'), unit('b', 'a'),
        settings=CoreSettings(parallel=True, jitter=0.0, dependency_grace_s=grace_s))
    bring_up(core, 'a', 'b')
    play(core, [(1.0, 'late a1', 'a unhealthy, EVIDENCE a1'),
                (1.0, 'killed a1 KILL', 'a backoff')])
    assert core.next_deadline() == paused_at
    play(core, [(paused_at, 'wait', 'b paused, PAUSE b1 -a')])


def test_view_names_what_is_lost_and_the_root() -> None:
    """One root cause and who is paused by it, not as many failures as there are nodes."""
    core = chain()
    play(core, DOWN[:3])
    c = core.view_of('c')
    assert (c.state, c.paused_by, c.root) == ('ready', (), '')
    play(core, DOWN[3:])
    told = {name: (view.state, view.paused_by, view.root, view.reason)
            for name, view in core.view(3.0).items()}
    assert told == {
        'a': ('backoff', (), '', 'exit 1, restart 1 of 5 in 8.0 s'),
        'b': ('paused', ('a',), 'a', 'a is not available'),
        'c': ('paused', ('b',), 'a', 'b is not available'),
        'd': ('paused', ('c',), 'a', 'c is not available'),
    }
    assert core.settled is None


def test_the_root_stays_the_root_until_its_victims_are_ready() -> None:
    """A node that is just resuming is not blamed for those behind it."""
    core = chain()
    play(core, [
        *DOWN, (9.0, 'wait', 'a starting, START a2'), (9.5, 'ready a2', 'a ready, RESUME b1 +a')])
    views = core.view(9.5)
    assert [views[name].root for name in 'abcd'] == ['', 'a', 'a', 'a']
    assert [views[name].paused_by for name in 'abcd'] == [(), (), ('b',), ('c',)]
    play(core, [(9.6, 'again b1 2', 'b ready, RESUME c1 +b')])
    assert (core.view_of('b').root, core.view_of('c').root) == ('', 'a')


def test_diamonds_pause_once_and_resume_once() -> None:
    """A unit with two ways to the root gets one order each way; bystanders get none."""
    play(diamond(), [
        (1.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'd paused, PAUSE d1 -b-c'),
        (2.1, 'paused d1 1', 'b paused, PAUSE b1 -a, c paused, PAUSE c1 -a'),
        (2.2, 'paused c1 1', ''),
        (2.3, 'paused b1 1', ''),
        (9.0, 'wait', 'a starting, START a2'),
        (9.5, 'ready a2', 'a ready, RESUME b1 +a, RESUME c1 +a'),
        (9.6, 'again c1 2', 'c ready'),
        (9.7, 'again b1 2', 'b ready, RESUME d1 +b+c'),
        (9.8, 'again d1 2', 'd ready'),
    ])


def test_silence_and_death_do_not_hold_up_the_pause() -> None:
    """Five seconds, an end or a refusal: then the next level pauses in any case."""
    core = chain()
    play(core, [
        *DOWN[:3],
        (6.9, 'wait', ''),
        (7.0, 'wait', 'c paused, PAUSE c1 -b'),
        (7.1, 'killed c1 SEGV', 'c backoff, b paused, PAUSE b1 -a'),
        (7.2, 'paused d1 1', ''),
        (9.0, 'wait', 'a starting, START a2'),
        (9.1, 'ready a2', 'a ready'),  # b has not paused yet
        (12.1, 'wait', 'RESUME b1 +a'),
    ])


def test_what_cannot_be_paused_says_so_and_holds_up_nobody() -> None:
    """A refusal is an answer: the others go on, the problem is in the reason."""
    core = chain()
    play(core, DOWN[:3])
    core.handle(Paused(at=2.1, unit='d', generation=1, number=1, problem='transition failed'))
    assert core.view_of('c').state == 'paused'
    assert core.view_of('d').reason == 'c is not available; could not be paused: transition failed'


def test_a_plain_executable_is_ended_and_starts_again_by_the_gates() -> None:
    """It is not charged, and its dependents pause before and come back after it."""
    core = make_core(unit('a'), unit('b', 'a', pausable=False), unit('c', 'b'))
    bring_up(core, 'a', 'b', 'c')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'c paused, PAUSE c1 -b'),
        (2.1, 'paused c1 1', 'b stopping, INT b1'),
        (2.2, 'killed b1 INT', 'b waiting'),
    ])
    b = core.view_of('b')
    assert (b.paused_by, b.root, b.consecutive_failures, b.restarts) == (('a',), 'a', 0, 0)
    assert (b.reason, b.desired) == ('waiting for a (backoff)', 'running')
    play(core, [
        (9.0, 'wait', 'a starting, START a2'),
        (9.5, 'ready a2', 'a ready, b starting, START b2'),
        (9.6, 'ready b2', 'b ready, RESUME c1 +b'),
        (9.7, 'again c1 2', 'c ready'),
    ])
    assert core.view_of('b').restarts == 0


def test_a_plain_executable_that_listens_to_nobody_delays_the_pause_no_longer() -> None:
    """What it requires pauses after five seconds, while its stop escalation goes on."""
    core = make_core(unit('a'), unit('b', 'a'), unit('c', 'b', pausable=False))
    bring_up(core, 'a', 'b', 'c')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'c stopping, INT c1'),
        (7.0, 'wait', 'b paused, PAUSE b1 -a'),
        (9.0, 'wait', 'a starting, START a2'),
        (9.1, 'ready a2', 'a ready'),
        (12.0, 'wait', 'TERM c1, RESUME b1 +a'),
        (12.1, 'again b1 2', 'b ready'),
        (13.0, 'killed c1 TERM', 'c starting, START c2'),
    ])


def test_a_failure_during_the_pausing_starts_over() -> None:
    """The unit that is back before all have paused is waited for again when it goes."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(delay_s=0.0)), unit('b', 'a'),
                     unit('c', 'b'))
    bring_up(core, 'a', 'b', 'c')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff, a starting, START a2'),
        (2.0, 'wait', 'c paused, PAUSE c1 -b'),
        (2.1, 'ready a2', 'a ready'),  # b never had to pause
        (2.2, 'exit a2 1', 'a backoff, a starting, START a3'),
        (2.3, 'paused c1 1', 'RESUME c1 +b'),
        (3.2, 'wait', 'PAUSE c1 -b'),
        (3.3, 'again c1 2', ''),
        (3.3, 'paused c1 1', ''),
        (3.4, 'paused c1 3', 'b paused, PAUSE b1 -a'),
        (3.5, 'ready a3', 'a ready'),
        (3.6, 'paused b1 1', 'RESUME b1 +a'),
        (3.7, 'again b1 2', 'b ready, RESUME c1 +b'),
        (3.8, 'again c1 2', ''),
        (3.9, 'again c1 4', 'c ready'),
    ])


def test_a_failure_during_the_recovery_starts_over() -> None:
    """Who has resumed pauses again, and late answers to older orders count for nothing."""
    core = chain()
    play(core, [
        *DOWN,
        (9.0, 'wait', 'a starting, START a2'),
        (9.5, 'ready a2', 'a ready, RESUME b1 +a'),
        (9.6, 'again b1 2', 'b ready, RESUME c1 +b'),
        (9.7, 'exit a2 1', 'a backoff'),
        (10.7, 'wait', 'PAUSE c1 -b'),
        (10.8, 'again c1 2', ''),
        (10.9, 'paused c1 3', 'b paused, PAUSE b1 -a'),
        (11.0, 'paused b1 3', ''),
        (25.7, 'wait', 'a starting, START a3'),
        (26.0, 'ready a3', 'a ready, RESUME b1 +a'),
        (26.1, 'again b1 2', ''),
        (26.2, 'again b1 4', 'b ready, RESUME c1 +b'),
        (26.3, 'again c1 4', 'c ready, RESUME d1 +c'),
        (26.4, 'again d1 2', 'd ready'),
    ])


def test_branches_that_do_not_need_a_failed_unit_come_back() -> None:
    """Partial recovery: what misses one of its requirements stays, the rest works."""
    core = make_core(
        unit('a'), unit('b', 'a'), unit('c', 'a'), unit('d', 'b'), unit('e', 'b', 'c'))
    bring_up(core, 'a', 'b', 'c', 'd', 'e')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'd paused, PAUSE d1 -b, e paused, PAUSE e1 -b-c'),
        (2.1, 'paused e1 1', 'c paused, PAUSE c1 -a'),
        (2.1, 'paused d1 1', 'b paused, PAUSE b1 -a'),
        (2.2, 'paused b1 1', ''),
        (2.2, 'paused c1 1', ''),
        (3.0, 'killed b1 SEGV', 'b backoff'),
        (9.0, 'wait', 'a starting, START a2'),
        (9.5, 'ready a2', 'a ready, RESUME c1 +a'),
        (9.6, 'again c1 2', 'c ready'),
        (11.0, 'wait', 'b starting, START b2'),
        (11.1, 'exit b2 78', 'b backoff'),
    ])
    views = core.view(11.1)
    assert [views[name].state for name in 'acde'] == ['ready', 'ready', 'paused', 'paused']
    assert (views['e'].paused_by, views['e'].root) == (('b',), 'b')


@pytest.mark.parametrize(('words', 'state', 'planned'), [
    (['stop a', 'killed a1 INT'], 'stopped', True),
    (['exit a1 0'], 'completed', False),
    (['exit a1 78'], 'failed', False),
])
def test_dependents_of_what_will_not_come_back_pause_as_well(
    words: list[str], state: str, planned: bool,
) -> None:
    """They cannot work, whoever ended what they require; who is to blame is told."""
    a = UnitSpec(name='a', prevent_exit_status=frozenset({78}))
    core = make_core(a, unit('b', 'a'))
    bring_up(core, 'a', 'b')
    for word in words:
        core.handle(event(1.0, word))
    told = [change for change in core.advance(2.0) if isinstance(change, AnnounceState)]
    assert [(change.unit, change.new, change.planned) for change in told] == [
        ('b', 'paused', planned)]
    assert core.view_of('a').state == state
    core.handle(event(2.1, 'paused b1 1'))
    settled: object = core.settled
    assert settled == 'degraded'
    play(core, [
        (3.0, 'start a', 'a starting, START a2'),
        (4.0, 'ready a2', 'a ready, RESUME b1 +a'),
        (4.1, 'again b1 2', 'b ready'),
    ])
    assert core.settled == 'ready'


def test_not_ready_again_in_time_is_a_failure_of_its_own() -> None:
    """A node that does not come out of its pause is restarted like one that did not start."""
    core = make_core(unit('a'), unit('b', 'a'), unit('c', 'b'))
    bring_up(core, 'a', 'b', 'c')
    play(core, [
        (1.0, 'stop a', 'a stopping, INT a1'),
        (1.1, 'killed a1 INT', 'a stopped'),
        (2.0, 'wait', 'c paused, PAUSE c1 -b'),
        (2.1, 'paused c1 1', 'b paused, PAUSE b1 -a'),
        (2.2, 'paused b1 1', ''),
        (3.0, 'start a', 'a starting, START a2'),
        (3.5, 'ready a2', 'a ready, RESUME b1 +a'),
        (33.5, 'wait', 'b unhealthy, EVIDENCE b1'),
        (34.0, 'evidence b1', 'INT b1'),
        (34.5, 'killed b1 INT', 'b backoff'),
    ])
    b, c = core.view_of('b'), core.view_of('c')
    assert b.reason == (
        'not ready again within 30.0 s, killed by SIGINT, restart 1 of 5 in 8.0 s')
    assert (b.root, c.root, c.paused_by) == ('', 'b', ('b',))


def test_ready_again_just_too_late_is_left_running() -> None:
    """As long as no signal has been sent the answer counts; an older one does not."""
    core = make_core(unit('a'), unit('b', 'a'))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'restart a', 'a stopping, INT a1'),
        (2.0, 'wait', 'b paused, PAUSE b1 -a'),
        (2.1, 'paused b1 1', ''),
        (2.2, 'killed a1 INT', 'a starting, START a2'),
        (3.0, 'ready a2', 'a ready, RESUME b1 +a'),
        (33.0, 'wait', 'b unhealthy, EVIDENCE b1'),
        (33.1, 'again b1 1', ''),
        (33.2, 'again b1 2', 'b ready'),
        (99.0, 'wait', ''),
    ])


def test_the_resume_timeout_waits_for_a_monitor() -> None:
    """Without anybody to hear of it no resume takes too long."""
    core = make_core(unit('a'), unit('b', 'a'))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'restart a', 'a stopping, INT a1'),
        (2.0, 'wait', 'b paused, PAUSE b1 -a'),
        (2.1, 'paused b1 1', ''),
        (2.2, 'detached', ''),
        (2.2, 'killed a1 INT', 'a starting, START a2'),
        (3.0, 'ready a2', 'a ready, RESUME b1 +a'),
        (99.0, 'wait', ''),
        (100.0, 'attached', ''),
        (129.9, 'wait', ''),
        (130.0, 'wait', 'b unhealthy, EVIDENCE b1'),
    ])


@pytest.mark.parametrize(('policy', 'end', 'state', 'failures'), [
    ('on_failure', 'exit b1 1', 'backoff', 1),
    ('on_failure', 'killed b1 SEGV', 'backoff', 1),
    ('on_failure', 'exit b1 0', 'completed', 0),
    ('always', 'exit b1 1', 'backoff', 1),
    ('always', 'exit b1 0', 'waiting', 0),
    ('unless_stopped', 'exit b1 0', 'waiting', 0),
    ('never', 'exit b1 1', 'failed', 0),
])
def test_a_paused_unit_that_ends_follows_its_policy(
    policy: str, end: str, state: str, failures: int,
) -> None:
    """It is charged only for a failure of its own, and waits for what it requires."""
    rule = RestartRule(policy=policy, delay_s=3.0)  # type: ignore[arg-type]
    core = make_core(unit('a'), UnitSpec(name='b', requires=('a',), restart=rule))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'b paused, PAUSE b1 -a'),
        (2.1, 'paused b1 1', ''),
        (2.2, end, f'b {state}'),
    ])
    assert core.view_of('b').consecutive_failures == failures
    if state == 'backoff':
        play(core, [(5.2, 'wait', 'b waiting')])
    if state in ('backoff', 'waiting'):
        play(core, [
            (9.0, 'wait', 'a starting, START a2'),
            (9.1, 'ready a2', 'a ready, b starting, START b2'),
        ])


def test_what_becomes_ready_too_late_for_its_requirement_pauses_at_once() -> None:
    """A unit that was still starting when it lost a requirement does not begin to work."""
    core = make_core(unit('a'), unit('b', 'a'))
    bring_up(core, 'a')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', ''),
        (3.0, 'ready b1', 'b ready, b paused, PAUSE b1 -a'),
        (3.1, 'paused b1 1', ''),
    ])


def test_a_flap_between_two_requirements_resumes_once_both_are_ready() -> None:
    """The second requirement, away for less than the grace, is waited for as well."""
    core = make_core(unit('a'), UnitSpec(name='z', restart=RestartRule(delay_s=0.5)),
                     unit('b', 'a', 'z'))
    bring_up(core, 'a', 'z', 'b')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'b paused, PAUSE b1 -a'),
        (2.1, 'paused b1 1', ''),
        (9.0, 'wait', 'a starting, START a2'),
        (9.1, 'exit z1 1', 'z backoff'),
        (9.2, 'ready a2', 'a ready'),
        (9.6, 'wait', 'z starting, START z2'),
        (9.7, 'ready z2', 'z ready, RESUME b1 +a'),
    ])


def test_the_end_of_the_system_pauses_and_resumes_nobody() -> None:
    """Whoever is paused is ended in the usual order; nobody else pauses on the way."""
    core = chain()
    play(core, [
        *DOWN[:4],
        (2.2, 'shutdown', 'a stopped, d stopping, INT d1'),
        (3.0, 'paused c1 1', ''),
        (3.1, 'killed d1 INT', 'd stopped, c stopping, INT c1'),
        (9.0, 'killed c1 INT', 'c stopped, b stopping, INT b1'),
        (9.1, 'killed b1 INT', 'b stopped, end 0'),
    ])
    assert core.next_deadline() is None


def test_muting_during_a_pause_is_applied_after_it() -> None:
    """A node that is paused is inactive already."""
    core = make_core(unit('a'), unit('b', 'a'))
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'pause b', 'b paused, PAUSE b1 -'),
        (1.1, 'paused b1 1', ''),
        (1.2, 'mute b', ''),
        (2.0, 'resume b', 'RESUME b1 +'),
        (2.1, 'again b1 2', 'b ready, mute b1'),
    ])


def test_reasons_of_pauses() -> None:
    """Who reads the log learns whom a node misses, and how long it took."""
    core = make_core(unit('a'), unit('b', 'a'), settings=PARALLEL)
    bring_up(core, 'a', 'b')
    told = []
    for at, words in [(1.0, 'exit a1 1'), (2.0, 'wait'), (2.5, 'paused b1 1'), (9.0, 'wait'),
                      (9.5, 'ready a2'), (10.0, 'again b1 2')]:
        told += [(change.new, change.level, change.reason, change.planned)
                 for change in feed(core, at, words)
                 if isinstance(change, AnnounceState) and change.unit == 'b']
        if words == 'ready a2':
            assert core.view_of('b').reason == 'resuming'
    assert told == [
        ('paused', 'INFO', 'a is not available', False),
        ('ready', 'INFO', 'ready again after a pause of 8.0 s', False),
    ]


def test_what_was_ended_for_a_unit_about_to_pause_does_not_start_before_it_is_back() -> None:
    """A unit that is to pause, and waits for another to pause first, is no reason to start."""
    core = make_core(unit('a'), unit('b', 'a', pausable=False), unit('c', 'a'))
    bring_up(core, 'a', 'b', 'c')
    play(core, [
        (1.0, 'pause a', 'b stopping, INT b1, c paused, PAUSE c1 -a'),
        (1.1, 'killed b1 INT', 'b waiting'),
    ])
    assert core.view_of('b').reason == 'waiting for a (pausing)'
    play(core, [
        (1.2, 'paused c1 1', 'a paused, PAUSE a1 -'),
        (1.3, 'resume a', ''),
        (1.4, 'paused a1 1', 'RESUME a1 +'),
        (1.5, 'again a1 2', 'a ready, RESUME c1 +a, b starting, START b2'),
    ])


def test_a_loss_without_grace_comes_before_what_it_lets_start() -> None:
    """The end of a makes room for c, which requires b, which is lost with a."""
    core = make_core(
        unit('a'), unit('b', 'a', pausable=False),
        UnitSpec(name='c', requires=('b',), conflicts=('a',)),
        settings=CoreSettings(parallel=True, jitter=0.0, dependency_grace_s=0.0))
    bring_up(core, 'a', 'b')
    play(core, [(1.0, 'exit a1 1', 'a backoff, b stopping, INT b1')])


def test_a_pause_taken_back_in_time_frees_what_waits() -> None:
    """The requirement never left ready, so it is the end of the pause that opens the way."""
    core = make_core(unit('a'), unit('b', 'a', pausable=False), unit('c', 'a'))
    bring_up(core, 'a', 'b', 'c')
    core.handle(event(1.0, 'pause a'))
    core.handle(event(1.1, 'killed b1 INT'))
    core.handle(event(1.2, 'resume a'))
    assert (core.view_of('a').state, core.view_of('b').state) == ('ready', 'starting')

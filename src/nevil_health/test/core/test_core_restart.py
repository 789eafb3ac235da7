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

"""What follows the end of a process: policy, backoff, budget."""

from __future__ import annotations

from typing import Any

from core_history import bring_up
from core_history import event
from core_history import feed
from core_history import make_core
from core_history import PARALLEL
from core_history import play
from nevil_health.core import AnnounceState
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import ProcessExited
from nevil_health.core import RestartRule
from nevil_health.core import UnitSpec
from nevil_health.core.restart import backoff_s
from nevil_health.core.restart import describe_exit
import pytest

POLICIES = ('always', 'unless_stopped', 'on_failure', 'never')

# What a ready process may come to, as the words of histories, and what each policy (in the order
# above) makes of it.
OUTCOMES = {
    'exit 0': (['exit a1 0'], 'backoff backoff completed completed'),
    'exit 1': (['exit a1 1'], 'backoff backoff backoff failed'),
    'exit 255': (['exit a1 255'], 'backoff backoff backoff failed'),
    'SIGSEGV': (['killed a1 SEGV'], 'backoff backoff backoff failed'),
    'SIGKILL of somebody else': (['killed a1 KILL'], 'backoff backoff backoff failed'),
    'SIGINT of somebody else': (['killed a1 INT'], 'backoff backoff backoff failed'),
    'SIGTERM of somebody else': (['killed a1 TERM'], 'backoff backoff backoff failed'),
    'hang, ends with a signal': (['late a1', 'killed a1 INT'], 'backoff backoff backoff failed'),
    'hang, ends with exit 0': (['late a1', 'exit a1 0'], 'backoff backoff backoff failed'),
    'stop, ends with a signal': (['stop a', 'killed a1 INT'], 'stopped stopped stopped stopped'),
    'stop, ends with exit 0': (['stop a', 'exit a1 0'], 'stopped stopped stopped stopped'),
    'stop, ends with exit 1': (['stop a', 'exit a1 1'], 'stopped stopped stopped stopped'),
    'stop of a hung one': (
        ['late a1', 'stop a', 'killed a1 TERM'], 'stopped stopped stopped stopped'),
    'restart': (['restart a', 'exit a1 1'], 'starting starting starting starting'),
    'shutdown': (['shutdown', 'killed a1 INT'], 'stopped stopped stopped stopped'),
    'shutdown of a hung one': (
        ['late a1', 'shutdown', 'killed a1 KILL'], 'stopped stopped stopped stopped'),
}


@pytest.mark.parametrize('policy', POLICIES)
@pytest.mark.parametrize('cause', OUTCOMES)
def test_policy_decides_by_cause(policy: str, cause: str) -> None:
    """Each policy answers exactly the ends that its name says, whoever sent the signal."""
    words, outcomes = OUTCOMES[cause]
    core = make_core(UnitSpec(name='a', restart=RestartRule(policy=policy)))  # type: ignore
    bring_up(core, 'a')
    for word in words:
        core.handle(event(1.0, word))
    assert core.view_of('a').state == outcomes.split()[POLICIES.index(policy)]


@pytest.mark.parametrize('policy', POLICIES)
@pytest.mark.parametrize(('words', 'outcomes'), [
    (['unstartable a1'], 'backoff backoff backoff failed'),
    (['started a1', 'exit a1 0'], 'backoff backoff completed completed'),
    (['started a1', 'exit a1 2'], 'backoff backoff backoff failed'),
    (['exit a1 2'], 'backoff backoff backoff failed'),
    (['started a1', 'wait', 'exit a1 0'], 'backoff backoff backoff failed'),
    (['started a1', 'stop a', 'exit a1 2'], 'stopped stopped stopped stopped'),
    (['stop a', 'unstartable a1'], 'stopped stopped stopped stopped'),
    (['started a1', 'restart a', 'exit a1 0'], 'starting starting starting starting'),
])
def test_policy_decides_about_a_start_likewise(
    policy: str, words: list[str], outcomes: str,
) -> None:
    """A process that never was ready falls under the same policies; too late is a failure."""
    rule = RestartRule(policy=policy)  # type: ignore[arg-type]
    core = make_core(UnitSpec(name='a', restart=rule, start_timeout_s=0.5))
    core.handle(event(0.0, 'begin'))
    for at, word in enumerate(words):
        feed(core, float(at), word)
    assert core.view_of('a').state == outcomes.split()[POLICIES.index(policy)]


SCHEDULES = {
    0.0: [0.0] * 11,
    0.5: [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 128.0, 128.0],
    1.0: [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 256.0, 256.0],
    2.0: [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0, 300.0],
    7.0: [7.0, 14.0, 28.0, 56.0, 112.0, 224.0, 300.0, 300.0, 300.0, 300.0, 300.0],
}


@pytest.mark.parametrize('base', SCHEDULES)
def test_backoff_follows_the_schedule_to_the_last_delay(base: float) -> None:
    """The whole schedule is kept to the second, then the unit is given up."""
    rule = RestartRule(delay_s=base, max_restarts=11)
    core = make_core(UnitSpec(name='a', restart=rule))
    core.handle(event(0.0, 'begin'))
    at, delays = 0.0, []
    for generation in range(1, 12):
        ended = at
        core.handle(event(ended, f'started a{generation}'))
        core.handle(event(ended, f'exit a{generation} 1'))
        at = core.next_deadline() if base else ended  # type: ignore[assignment]
        if base:
            assert core.advance(at - 0.001) == []
            core.advance(at)
        assert core.view_of('a').generation == generation + 1
        delays.append(at - ended)
    assert delays == SCHEDULES[base]
    core.handle(event(at, 'exit a12 1'))
    view = core.view_of('a')
    assert (view.state, view.restarts, core.next_deadline()) == ('failed', 11, None)


@pytest.mark.parametrize(('jitter', 'drawn', 'expected'), [
    (0.1, 0.0, [2.0, 4.0, 8.0]),
    (0.1, 0.5, [2.1, 4.2, 8.4]),
    (0.5, 1.0, [3.0, 6.0, 12.0]),
    (0.0, 0.9, [2.0, 4.0, 8.0]),
])
def test_jitter_is_a_share_of_the_delay(
    jitter: float, drawn: float, expected: list[float],
) -> None:
    """Jitter only adds, and at most its share, so that restarts of many spread out."""
    settings = CoreSettings(parallel=True, jitter=jitter)
    core = Core([UnitSpec(name='a')], settings, lambda: drawn)
    core.handle(event(0.0, 'begin'))
    for generation, delay in enumerate(expected, 1):
        at = 1000.0 * generation
        core.handle(event(at, f'exit a{generation} 1'))
        assert core.view_of('a').until == pytest.approx(at + delay)
        core.advance(at + 100.0)


def test_cap_holds_with_jitter() -> None:
    """No delay exceeds 300 s, jitter included."""
    assert backoff_s(2.0, 7, 0.1) == pytest.approx(281.6)
    assert backoff_s(2.0, 7, 0.9) == 300.0
    assert backoff_s(2.0, 10_000, 0.9) == 300.0


def test_zero_delay_restarts_in_the_same_breath_until_the_budget_ends() -> None:
    """Without a delay the successor is ordered at once; the budget still ends a crash loop."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(delay_s=0.0, max_restarts=2)))
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (1.0, 'exit a1 1', 'a backoff, a starting, START a2'),
        (1.0, 'exit a2 1', 'a backoff, a starting, START a3'),
        (1.0, 'exit a3 1', 'a failed'),
    ])


def test_clean_exits_are_charged_under_always() -> None:
    """A process that ends at once with exit 0 is not started for ever."""
    rule = RestartRule(policy='always', max_restarts=1)
    core = make_core(UnitSpec(name='a', restart=rule))
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (1.0, 'exit a1 0', 'a backoff'),
        (3.0, 'wait', 'a starting, START a2'),
        (4.0, 'exit a2 0', 'a failed'),
    ])


def test_no_restarts_allowed_fails_at_once() -> None:
    """``max_restarts: 0`` means none."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(max_restarts=0)))
    play(core, [(0.0, 'begin', 'a starting, START a1'), (1.0, 'exit a1 1', 'a failed')])


@pytest.mark.parametrize(('ready_s', 'failures'), [(59.9, 3), (60.0, 1), (5000.0, 1)])
def test_budget_and_backoff_reset_after_a_stable_run(ready_s: float, failures: int) -> None:
    """Failures count since the last stable run: a rare crash never uses up the budget."""
    core = make_core(UnitSpec(name='a'))
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (0.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'a starting, START a2'),
        (2.0, 'exit a2 1', 'a backoff'),
        (6.0, 'wait', 'a starting, START a3'),
        (100.0, 'ready a3', 'a ready'),
    ])
    assert core.view(100.0 + ready_s)['a'].consecutive_failures == (2 if failures == 3 else 0)
    play(core, [(100.0 + ready_s, 'exit a3 1', 'a backoff')])
    view = core.view_of('a')
    assert view.consecutive_failures == failures
    assert view.until == 100.0 + ready_s + 2.0 ** failures
    assert view.restarts == 3


def test_time_before_ready_does_not_count_as_stable() -> None:
    """A start that takes longer than ``stable_after_s`` is no sign of health."""
    core = make_core(UnitSpec(name='a', start_timeout_s=1000.0))
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (0.0, 'exit a1 1', 'a backoff'),
        (2.0, 'wait', 'a starting, START a2'),
        (2.0, 'started a2', ''),
        (900.0, 'exit a2 1', 'a backoff'),
    ])
    assert core.view_of('a').consecutive_failures == 2


def test_a_hang_after_a_stable_run_counts_from_one() -> None:
    """The stable run is measured when it ends, not when the hung process is gone."""
    core = make_core(UnitSpec(name='a'))
    bring_up(core, 'a')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (3.0, 'wait', 'a starting, START a2'),
        (4.0, 'ready a2', 'a ready'),
        (64.0, 'late a2', 'a unhealthy, EVIDENCE a2'),
        (65.0, 'exit a2 0', 'a backoff'),
    ])
    assert core.view_of('a').consecutive_failures == 1


def test_reasons_say_fact_number_and_next_step() -> None:
    """Who reads the log learns what happened, how often, and what comes next."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(max_restarts=1)))
    core.handle(event(0.0, 'begin'))
    told = [
        command for at, words in [
            (1.0, 'started a1'), (1.4, 'ready a1'), (3.0, 'killed a1 SEGV'), (5.0, 'wait'),
            (6.0, 'ready a2'), (7.0, 'late a2'), (8.0, 'killed a2 INT')]
        for command in feed(core, at, words) if isinstance(command, AnnounceState)]
    assert [(change.new, change.level, change.reason) for change in told] == [
        ('ready', 'INFO', 'ready after 1.4 s'),
        ('backoff', 'WARN', 'killed by SIGSEGV, restart 1 of 1 in 2.0 s'),
        ('starting', 'INFO', 'restart by policy'),
        ('ready', 'INFO', 'ready after 1.0 s'),
        ('unhealthy', 'WARN', 'no heartbeat for 5.0 s, stopping it'),
        ('failed', 'ERROR', 'no heartbeat for 5.0 s, killed by SIGINT, given up after 1 restarts '
                            'without a stable run (max_restarts: 1)'),
    ]


def test_never_says_so() -> None:
    """A unit that is not restarted names the setting."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(policy='never')))
    play(core, [(0.0, 'begin', 'a starting, START a1'), (1.0, 'unstartable a1', 'a failed')])
    view = core.view_of('a')
    assert view.reason == (
        'could not be started: no such file, not restarted (restart_policy: never)')
    assert view.last_exit == 'could not be started: no such file'


@pytest.mark.parametrize(('end', 'words'), [
    ({'code': 0}, 'exit 0'),
    ({'code': 3}, 'exit 3'),
    ({'signal': 11}, 'killed by SIGSEGV'),
    ({'signal': 6, 'core_dumped': True}, 'killed by SIGABRT (core dumped)'),
    ({'signal': 250}, 'killed by signal 250'),
])
def test_exits_are_described(end: dict[str, Any], words: str) -> None:
    """Signals have names; one without a name keeps its number."""
    assert describe_exit(ProcessExited(at=0.0, unit='a', generation=1, **end)) == words


def test_restart_waits_for_a_requirement_that_went_away() -> None:
    """After its delay a unit starts only when all that it requires is ready."""
    core = make_core(UnitSpec(name='a'), UnitSpec(name='b', requires=('a',)), settings=PARALLEL)
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (1.5, 'exit b1 1', 'b backoff'),
        (3.0, 'wait', 'a starting, START a2'),
        (3.5, 'wait', 'b waiting'),
        (9.0, 'ready a2', 'a ready, b starting, START b2'),
    ])

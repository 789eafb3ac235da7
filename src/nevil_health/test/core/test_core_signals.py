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
from core_history import play
from nevil_health.core import AnnounceState
from nevil_health.core import CollectEvidence
from nevil_health.core import Core
from nevil_health.core import EndSystem
from nevil_health.core import ProcessExited
from nevil_health.core import RestartRule
from nevil_health.core import UnitSpec
import pytest

A = UnitSpec(name='a', stop_timeout_s=10.0)
B_NEEDS_A = UnitSpec(name='b', requires=('a',))


def ready(*units: UnitSpec) -> Core:
    """Return a core whose units are all ready."""
    core = make_core(*units)
    bring_up(core, *(unit.name for unit in units))
    return core


@pytest.mark.parametrize('signal', [
    'heartbeat', 'progress', 'health_check', 'memory', 'process', 'lifecycle', 'whatever'])
def test_any_failed_signal_ends_a_ready_unit_after_the_evidence(signal: str) -> None:
    """Which signals end a node is decided elsewhere; here they all do, once."""
    core = ready(A)
    play(core, [
        (1.0, f'failed a1 {signal}', 'a unhealthy, EVIDENCE a1'),
        (1.1, f'failed a1 {signal}', ''),
        (1.2, 'failed a1 other', ''),
        (1.3, 'evidence a1', 'INT a1'),
        (1.4, f'cleared a1 {signal}', ''),
        (1.5, 'cleared a1 other', ''),
        (11.3, 'wait', 'TERM a1'),
        (12.0, 'killed a1 TERM', 'a backoff'),
        (14.0, 'wait', 'a starting, START a2'),
        (15.0, f'failed a1 {signal}', ''),
    ])
    assert (core.view_of('a').restarts, core.dropped) == (1, 1)


def test_evidence_is_waited_for_two_seconds() -> None:
    """Who collects it may hang himself."""
    core = ready(A)
    play(core, [
        (1.0, 'failed a1 memory', 'a unhealthy, EVIDENCE a1'),
        (2.9, 'wait', ''),
        (3.0, 'wait', 'INT a1'),
        (3.1, 'evidence a1', ''),
        (13.0, 'wait', 'TERM a1'),
        (23.0, 'wait', 'KILL a1'),
    ])


@pytest.mark.parametrize(('stop_timeout_s', 'step_s'), [(10.0, 2.0), (0.5, 0.5)])
def test_a_hung_process_gets_less_time(stop_timeout_s: float, step_s: float) -> None:
    """It seldom listens, and those that require it wait."""
    core = ready(UnitSpec(name='a', stop_timeout_s=stop_timeout_s))
    core.handle(event(1.0, 'late a1'))
    play(core, [
        (2.0, 'evidence a1', 'INT a1'),
        (2.0 + step_s, 'wait', 'TERM a1'),
        (2.0 + 2 * step_s, 'wait', 'KILL a1'),
    ])
    assert core.next_deadline() is None


def test_a_signal_that_clears_before_the_first_step_leaves_the_process_running() -> None:
    """Nobody is restarted for what is over; the evidence is kept."""
    core = ready(A)
    told = []
    for at, words in [(1.0, 'late a1'), (1.5, 'resumed a1'), (2.0, 'failed a1 memory'),
                      (2.1, 'cleared a1 memory'), (2.2, 'evidence a1'), (9.0, 'wait')]:
        told += [(change.new, change.level, change.reason) for change in feed(core, at, words)
                 if isinstance(change, AnnounceState)]
    assert told == [
        ('unhealthy', 'WARN', 'no heartbeat for 5.0 s, stopping it'),
        ('ready', 'WARN', 'heartbeats arrive again, left running'),
        ('unhealthy', 'WARN', 'memory over limit, stopping it'),
        ('ready', 'WARN', 'memory is healthy again, left running'),
    ]
    assert core.next_deadline() is None
    assert core.view_of('a').restarts == 0


def test_all_signals_have_to_clear() -> None:
    """The heartbeat that comes back clears the heartbeat only."""
    play(ready(A), [
        (1.0, 'late a1', 'a unhealthy, EVIDENCE a1'),
        (1.1, 'failed a1 memory', ''),
        (1.2, 'resumed a1', ''),
        (1.3, 'cleared a1 memory', 'a ready'),
    ])


def test_a_start_that_is_late_but_comes_is_left_running() -> None:
    """Readiness that arrives with the evidence still counts."""
    core = make_core(A)
    play(core, [
        (0.0, 'begin', 'a starting, START a1'),
        (0.0, 'started a1', ''),
        (30.0, 'wait', 'a unhealthy, EVIDENCE a1'),
        (30.5, 'ready a1', 'a ready'),
    ])
    assert core.view_of('a').reason == 'ready too late, left running'


def test_muting_during_the_evidence_is_made_up_for() -> None:
    """A request made while the unit was unhealthy is carried out when it is left running."""
    play(ready(A), [
        (1.0, 'late a1', 'a unhealthy, EVIDENCE a1'),
        (1.1, 'mute a', ''),
        (1.2, 'resumed a1', 'a ready, mute a1'),
    ])


@pytest.mark.parametrize(('signal', 'ends'), [
    ('heartbeat', True), ('memory', True), ('process', True), ('fds', True),
    ('progress', False), ('health_check', False), ('lifecycle', False), ('throughput', False)])
def test_a_pause_explains_what_comes_of_it(signal: str, ends: bool) -> None:
    """A paused node is inactive, makes no progress, sends nothing; but it beats."""
    core = ready(A)
    play(core, [
        (1.0, 'pause a', 'a paused, PAUSE a1 -'),
        (1.1, 'paused a1 1', ''),
        (2.0, f'failed a1 {signal}', 'a unhealthy, EVIDENCE a1' if ends else ''),
        (2.1, f'cleared a1 {signal}', 'a paused' if ends else ''),
    ])


def test_a_unit_that_is_ill_pauses_what_requires_it() -> None:
    """Its dependents do without it from the grace on, and come back when it is well."""
    play(ready(A, B_NEEDS_A), [
        (1.0, 'late a1', 'a unhealthy, EVIDENCE a1'),
        (2.0, 'wait', 'b paused, PAUSE b1 -a'),
        (2.1, 'resumed a1', 'a ready'),
        (2.2, 'paused b1 1', 'RESUME b1 +a'),
    ])


def test_evidence_is_asked_for_with_the_cause() -> None:
    """The record of the crash says why the process was ended."""
    core = ready(A)
    assert [command for command in feed(core, 1.0, 'late a1')
            if isinstance(command, CollectEvidence)] == [
        CollectEvidence(unit='a', generation=1, cause='no heartbeat for 5.0 s')]


# -- how processes end -----------------------------------------------------------------------


@pytest.mark.parametrize('policy', ['always', 'unless_stopped', 'on_failure', 'never'])
@pytest.mark.parametrize(('code', 'prevented'), [(78, True), (77, True), (1, False), (0, False)])
def test_some_exit_codes_are_not_restarted_under_any_policy(
    policy: str, code: int, prevented: bool,
) -> None:
    """A wrong configuration does not get better by repetition; exit 0 is never a failure."""
    rule = RestartRule(policy=policy)  # type: ignore[arg-type]
    core = ready(UnitSpec(
        name='a', restart=rule, prevent_exit_status=frozenset({78, 77, 0})))
    core.handle(event(1.0, f'exit a1 {code}'))
    view = core.view_of('a')
    reason = f'exit {code} is not restarted (restart_prevent_exit_status)'
    assert (view.reason == reason) == prevented
    if prevented:
        assert (view.state, view.restarts, core.next_deadline()) == ('failed', 0, None)


def test_out_of_memory_is_told() -> None:
    """The kernel's doing is not taken for somebody's kill."""
    core = ready(A)
    core.handle(ProcessExited(at=1.0, unit='a', generation=1, signal=9, oom=True))
    assert core.view_of('a').reason == (
        'killed by SIGKILL (out of memory), restart 1 of 5 in 2.0 s')


def test_a_unit_that_must_not_fail_ends_the_system() -> None:
    """Everything ends in order, with status 1, and the reason names the unit."""
    vital = UnitSpec(name='v', restart=RestartRule(max_restarts=0), on_failed='shutdown')
    core = ready(A, B_NEEDS_A, vital)
    play(core, [
        (1.0, 'exit v1 1', 'v failed, b stopping, INT b1'),
        (2.0, 'killed b1 INT', 'b stopped, a stopping, INT a1'),
    ])
    assert core.ending
    assert core.view_of('a').reason == 'the system stops: v failed (on_failed: shutdown)'
    assert core.handle(event(3.0, 'killed a1 INT'))[-1] == EndSystem(
        status=1, reason='v failed (on_failed: shutdown)')


@pytest.mark.parametrize(('words', 'then', 'planned'), [
    (['stop a', 'killed a1 INT'], 'stopped', [True, True]),
    (['restart a', 'killed a1 INT', 'ready a2'], 'ready', [True, True, False]),
    (['exit a1 1', 'wait', 'ready a2'], 'ready', [False, False, False]),
    (['late a1', 'evidence a1', 'exit a1 0'], 'backoff', [False, False]),
    (['late a1', 'stop a', 'exit a1 0'], 'stopped', [False, True, True]),
    (['pause a', 'paused a1 1'], 'paused', [True]),
    (['hold a', 'exit a1 1', 'release a'], 'starting', [True, True]),
    (['exit a1 1', 'hold a'], 'stopped', [False, True]),
    (['exit a1 1', 'restart a'], 'starting', [False, True]),
    (['shutdown', 'exit a1 0'], 'stopped', [True, True]),
])
def test_what_somebody_wanted_is_planned(
    words: list[str], then: str, planned: list[bool],
) -> None:
    """A planned state is no reason for an alert."""
    core = ready(A)
    told = [change.planned for at, word in enumerate(words, 1) for change in feed(
        core, 10.0 * at, word) if isinstance(change, AnnounceState)]
    assert (core.view_of('a').state, told) == (then, planned)

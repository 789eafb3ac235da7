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

"""What the operator can do with one unit, and the stop escalation that ends its process."""

from __future__ import annotations

from core_history import bring_up
from core_history import event
from core_history import make_core
from core_history import play
from nevil_health.core import RestartRule
from nevil_health.core import UnitRefused
from nevil_health.core import UnitSpec
import pytest

A = UnitSpec(name='a', stop_timeout_s=4.0)
B_NEEDS_A = UnitSpec(name='b', requires=('a',))
STUBBORN = UnitSpec(name='a', restart=RestartRule(policy='unless_stopped'))


def test_stop_escalation_gives_each_signal_its_time() -> None:
    """SIGINT at once, SIGTERM and SIGKILL each after the unit's timeout, then nothing more."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'stop a', 'a stopping, INT a1'),
        (4.9, 'wait', ''),
        (5.0, 'wait', 'TERM a1'),
        (9.0, 'wait', 'KILL a1'),
    ])
    assert core.next_deadline() is None
    play(core, [(9.1, 'killed a1 KILL', 'a stopped')])
    assert core.view_of('a').reason == 'stopped by the operator: killed by SIGKILL'


def test_stop_escalation_stops_where_the_process_ends() -> None:
    """Nothing is sent to a process that is gone, nor to its successor."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'restart a', 'a stopping, INT a1'),
        (2.0, 'exit a1 0', 'a starting, START a2'),
        (60.0, 'wait', ''),
    ])


def test_stop_escalation_without_patience_goes_through_at_once() -> None:
    """A timeout of zero leaves no time between the signals."""
    core = make_core(UnitSpec(name='a', stop_timeout_s=0.0))
    bring_up(core, 'a')
    play(core, [
        (1.0, 'stop a', 'a stopping, INT a1'),
        (1.0, 'wait', 'TERM a1, KILL a1'),
    ])


def test_hung_process_is_ended_and_restarted() -> None:
    """Signals follow the evidence, one step every 2 s; beats that come back do not stop them."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (5.0, 'late a1', 'a unhealthy, EVIDENCE a1'),
        (5.1, 'evidence a1', 'INT a1'),
        (5.5, 'resumed a1', ''),
        (5.6, 'late a1', ''),
        (6.0, 'evidence a1', ''),
        (7.1, 'wait', 'TERM a1'),
        (9.0, 'killed a1 TERM', 'a backoff'),
    ])
    assert core.view_of('a').reason == (
        'no heartbeat for 5.0 s, killed by SIGTERM, restart 1 of 5 in 2.0 s')


@pytest.mark.parametrize(('request_words', 'then'), [
    ('stop a', 'a stopped'),
    ('start a', 'a starting, START a2'),
    ('restart a', 'a starting, START a2'),
])
def test_request_for_a_hung_process_keeps_the_stop_escalation_going(
    request_words: str, then: str,
) -> None:
    """The signals go on where they are; only what follows the end changes."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (5.0, 'late a1', 'a unhealthy, EVIDENCE a1'),
        (7.0, 'wait', 'INT a1'),
        (8.0, request_words, 'a stopping'),
        (9.0, 'wait', 'TERM a1'),
        (9.5, 'killed a1 TERM', then),
    ])
    assert core.view_of('a').consecutive_failures == 0


def test_last_request_counts_while_stopping() -> None:
    """Stop, start, stop: the unit ends stopped, and gets one stop escalation only."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'stop a', 'a stopping, INT a1'),
        (1.1, 'start a', ''),
        (1.2, 'stop a', ''),
        (2.0, 'killed a1 INT', 'a stopped'),
    ])
    play(core, [
        (3.0, 'start a', 'a starting, START a2'),
        (3.1, 'stop a', 'a stopping, INT a2'),
        (3.2, 'restart a', ''),
        (4.0, 'unstartable a2', 'a starting, START a3'),
    ])


def test_restart_charges_nothing_and_waits_for_nothing() -> None:
    """A restart by the operator is no failure, and forgets those before."""
    core = make_core(UnitSpec(name='a', restart=RestartRule(max_restarts=1)))
    bring_up(core, 'a')
    play(core, [
        (1.0, 'exit a1 1', 'a backoff'),
        (3.0, 'wait', 'a starting, START a2'),
        (4.0, 'restart a', 'a stopping, INT a2'),
        (5.0, 'exit a2 1', 'a starting, START a3'),
        (6.0, 'exit a3 1', 'a backoff'),
    ])


@pytest.mark.parametrize('words', ['start a', 'restart a'])
@pytest.mark.parametrize('before', ['failed', 'completed', 'stopped', 'backoff'])
def test_start_brings_up_from_any_rest(before: str, words: str) -> None:
    """Start and restart of what does not run are the same: now, with a clean slate."""
    policy = 'never' if before == 'failed' else 'on_failure'
    core = make_core(UnitSpec(name='a', restart=RestartRule(policy=policy)))  # type: ignore
    bring_up(core, 'a')
    core.handle(event(1.0, 'exit a1 0' if before == 'completed' else 'exit a1 1'))
    if before == 'stopped':
        core.handle(event(1.0, 'stop a'))
    assert core.view_of('a').state == before
    play(core, [(1.5, words, 'a starting, START a2'), (900.0, 'wait', '')])
    view = core.view_of('a')
    assert (view.consecutive_failures, view.desired) == (0, 'running')


@pytest.mark.parametrize('words', ['start a', 'restart a'])
def test_start_waits_for_requirements(words: str) -> None:
    """The desired state does not replace what the unit requires."""
    core = make_core(UnitSpec(name='z', auto_start=False), UnitSpec(name='a', requires=('z',)))
    play(core, [
        (0.0, 'begin', 'a waiting'),
        (1.0, words, ''),
        (2.0, 'stop a', 'a stopped'),
        (3.0, words, 'a waiting'),
        (4.0, 'start z', 'z starting, START z1'),
        (5.0, 'ready z1', 'z ready, a starting, START a1'),
    ])


def test_restart_waits_when_a_requirement_has_gone() -> None:
    """A running unit that is restarted comes back only with what it requires."""
    core = make_core(A, B_NEEDS_A)
    bring_up(core, 'a', 'b')
    play(core, [
        (1.0, 'stop a', 'a stopping, INT a1'),
        (1.5, 'killed a1 INT', 'a stopped'),
        (2.0, 'restart b', 'b stopping, INT b1'),
        (3.0, 'killed b1 INT', 'b waiting'),
    ])
    assert core.view_of('b').reason == 'waiting for a (stopped)'
    assert core.settled == 'degraded'


@pytest.mark.parametrize('words', ['start a', 'unmute a'])
def test_what_is_so_already_changes_nothing(words: str) -> None:
    """Requests are idempotent: a running unit is not started twice."""
    core = make_core(A)
    play(core, [(0.0, 'begin', 'a starting, START a1'), (0.5, words, '')])
    if words == 'start a':
        play(core, [(1.0, 'ready a1', 'a ready'), (2.0, words, '')])


@pytest.mark.parametrize(('words', 'state'), [
    ('exit a1 1', 'backoff'), ('exit a1 0', 'completed'), ('exit a1 9', 'failed'),
])
def test_stop_ends_every_rest(words: str, state: str) -> None:
    """A stopped unit never starts by itself, whatever it was about to do."""
    policy = 'never' if state == 'failed' else 'on_failure'
    core = make_core(UnitSpec(name='a', restart=RestartRule(policy=policy)))  # type: ignore
    bring_up(core, 'a')
    core.handle(event(1.0, words))
    assert core.view_of('a').state == state
    play(core, [(2.0, 'stop a', 'a stopped'), (3.0, 'stop a', ''), (900.0, 'wait', '')])
    assert core.view_of('a').desired == 'stopped'
    assert core.settled == 'ready'


def test_stop_takes_a_waiting_unit_out_of_the_queue() -> None:
    """What was stopped before its turn does not come up with it."""
    core = make_core(A, B_NEEDS_A)
    play(core, [
        (0.0, 'begin', 'a starting, START a1, b waiting'),
        (0.5, 'stop b', 'b stopped'),
        (1.0, 'ready a1', 'a ready'),
    ])


def test_unless_stopped_remembers_the_operator() -> None:
    """The desired state is written to disk at once, and removed when it is withdrawn."""
    core = make_core(STUBBORN)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'stop a', 'remember a, a stopping, INT a1'),
        (1.5, 'stop a', ''),
        (2.0, 'killed a1 INT', 'a stopped'),
        (3.0, 'start a', 'forget a, a starting, START a2'),
        (4.0, 'restart a', 'a stopping, INT a2'),
    ])


def test_unless_stopped_outlives_the_supervisor() -> None:
    """A unit stopped before the system's start stays so until the operator wants it."""
    core = make_core(STUBBORN, B_NEEDS_A)
    play(core, [
        (0.0, 'begin a', 'b waiting'),
        (1.0, 'stop a', ''),
        (2.0, 'start a', 'forget a, a starting, START a1'),
    ])


@pytest.mark.parametrize('policy', ['always', 'on_failure', 'never'])
def test_other_policies_start_with_the_system(policy: str) -> None:
    """Under them a stop lasts until the next start of the system; what is on disk is dropped."""
    rule = RestartRule(policy=policy)  # type: ignore[arg-type]
    core = make_core(UnitSpec(name='a', restart=rule))
    play(core, [
        (0.0, 'begin a gone', 'forget a, a starting, START a1'),
        (1.0, 'stop a', 'a stopping, INT a1'),
    ])


def test_mute_applies_to_the_running_process_or_the_next() -> None:
    """Muting is a transition of what runs, and remembered for what does not."""
    core = make_core(A)
    bring_up(core, 'a')
    play(core, [
        (1.0, 'mute a', 'mute a1'),
        (2.0, 'exit a1 1', 'a backoff'),
        (4.0, 'wait', 'a starting, START muted a2'),
        (5.0, 'ready a2', 'a ready'),
        (6.0, 'unmute a', 'unmute a2'),
        (7.0, 'stop a', 'a stopping, INT a2'),
        (8.0, 'mute a', ''),
        (9.0, 'killed a2 INT', 'a stopped'),
    ])
    assert core.view_of('a').muted


def test_mute_during_the_start_waits_for_readiness() -> None:
    """A node that is configuring itself is not sent through a second transition."""
    core = make_core(UnitSpec(name='a', muted=True))
    play(core, [
        (0.0, 'begin', 'a starting, START muted a1'),
        (0.5, 'unmute a', ''),
        (1.0, 'ready a1', 'a ready, unmute a1'),
    ])


@pytest.mark.parametrize('verb', ['start', 'stop', 'restart', 'mute', 'unmute'])
def test_requests_that_cannot_be_met_are_refused_in_words(verb: str) -> None:
    """The operator learns why, and nothing changes."""
    core = make_core(A, UnitSpec(name='off', enabled=False))
    told = []
    for at, word in [
        (0.0, f'{verb} a'), (1.0, 'begin'), (1.0, f'{verb} off'), (1.0, f'{verb} nobody'),
        (2.0, 'shutdown'), (2.0, f'{verb} a'), (3.0, 'unstartable a1'), (4.0, f'{verb} a'),
    ]:
        try:
            core.handle(event(at, word))
        except UnitRefused as refusal:
            told.append(str(refusal))
    assert told == [
        'a: the system has not started yet',
        'off is disabled: change runtime.status in its .nodes and start again',
        "there is no unit 'nobody'",
        'a: the system is stopping',
        'a: the system is stopping',
    ]

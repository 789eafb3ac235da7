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

"""Probes as truth tables and histories: when they are due, what they add up to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.signals.probes import Course
from nevil_health.signals.probes import evaluate
from nevil_health.signals.probes import network_suspect
from nevil_health.signals.probes import ProbeReading
from nevil_health.signals.probes import ProbeRole
from nevil_health.signals.probes import ProbeRule
import pytest

RULE = ProbeRule(period_s=5.0, timeout_s=0.8, failure_threshold=2, success_threshold=1)


def course(role: ProbeRole = 'liveness', rule: ProbeRule = RULE) -> Course:
    """Return a course that begins at 100."""
    return Course(role, rule, 100.0)


@pytest.mark.parametrize(('failures', 'successes', 'thresholds', 'level'), [
    (0, 0, (2, 1), None), (1, 0, (2, 1), 'healthy'), (2, 0, (2, 1), 'unhealthy'),
    (3, 0, (2, 1), 'unhealthy'), (1, 0, (1, 1), 'unhealthy'), (0, 1, (2, 1), 'healthy'),
    (0, 1, (2, 2), 'healthy'), (0, 2, (2, 2), 'healthy'),
])
def test_failures_in_a_row_make_it_unhealthy(
        failures: int, successes: int, thresholds: tuple[int, int], level: str | None) -> None:
    """The whole table of kubelet's two thresholds."""
    rule = ProbeRule(failure_threshold=thresholds[0], success_threshold=thresholds[1])
    finding = evaluate(ProbeReading(
        role='liveness', failures=failures, successes=successes, text='no answer'), rule)
    assert (finding and finding.level) == level


@pytest.mark.parametrize(('failures', 'successes', 'hold'), [
    (1, 0, 'unhealthy'), (0, 1, 'unhealthy'), (0, 2, 'healthy')])
def test_it_is_well_again_only_after_its_successes(
        failures: int, successes: int, hold: str) -> None:
    """One success of two that are needed clears nothing, nor does a single failure."""
    rule = ProbeRule(failure_threshold=2, success_threshold=2)
    finding = evaluate(ProbeReading(
        role='readiness', failures=failures, successes=successes), rule)
    assert finding is not None and finding.hold == hold


def test_the_finding_says_what_failed() -> None:
    """It becomes the alert and the reason of the restart."""
    finding = evaluate(ProbeReading(
        role='liveness', failures=3, text='parameters: no answer within 0.8 s'), RULE)
    assert finding is not None
    assert finding.text == ('liveness probe failed: parameters: no answer within 0.8 s,'
                            ' 3 times in a row')


def test_tries_come_one_a_period_from_the_beginning_of_the_last() -> None:
    """However long an answer takes, the next try is not late for it."""
    one = course()
    assert one.is_due(100.0)
    one.begin(100.0, 0.0)
    assert not one.is_due(200.0)  # one at a time
    one.end(True)
    assert not one.is_due(104.9)
    assert one.is_due(105.0)


def test_the_first_try_waits_for_its_delay() -> None:
    """As initial_delay asks for."""
    one = course(rule=ProbeRule(initial_delay_s=7.0))
    assert not one.is_due(106.9)
    assert one.is_due(107.0)


def test_readiness_is_looked_for_more_often_than_after() -> None:
    """Others wait for it; once it is there, the period holds."""
    one = course('readiness')
    one.begin(100.0, 0.0)
    one.end(False, 'no')
    assert one.is_due(100.25)
    one.begin(100.25, 0.0)
    one.end(True)
    one.begin(101.0, 0.0)
    one.end(True)
    assert not one.is_due(105.9)
    assert one.is_due(106.0)


def test_what_the_health_node_lost_itself_is_nobody_s_fault() -> None:
    """It was away for 3 s: the answer may be there and not read yet."""
    one = course()
    one.begin(100.0, 1.0)
    assert not one.is_overdue(100.8, 1.0)
    assert one.is_overdue(100.9, 1.0)
    assert not one.is_overdue(103.7, 4.0)
    assert one.is_overdue(103.9, 4.0)


def test_what_proves_nothing_counts_for_nothing() -> None:
    """Neither as a failure nor as a success, nor does it break a row."""
    one = course()
    one.end(False, 'no')
    assert not one.end(None)
    assert (one.failures, one.successes) == (1, 0)
    assert one.end(False, 'no')
    assert one.failed


def test_a_row_begins_anew_when_the_health_node_was_away() -> None:
    """Two failures with a minute of suspend between them are not two in a row."""
    one = course()
    one.begin(100.0, 0.0)
    one.end(False, 'no')
    one.again(200.0)
    assert one.failures == 0 and not one.running
    assert not one.is_due(204.0) and one.is_due(205.0)


def test_only_news_is_told() -> None:
    """A node that is well sends nothing more for it, however often it is probed."""
    one = course()
    assert one.end(True)
    assert not one.end(True)
    assert one.end(False, 'no')
    assert one.end(False, 'no')
    assert one.end(True)


@pytest.mark.parametrize(('silent', 'asked', 'suspect'), [
    (1, 1, False), (2, 2, False), (1, 3, False), (2, 3, True), (3, 3, True), (2, 4, False),
    (3, 4, True), (25, 50, False), (26, 50, True)])
def test_many_silent_at_once_are_the_network(silent: int, asked: int, suspect: bool) -> None:
    """More than half of three or more, as with heartbeats."""
    assert network_suspect(range(silent), range(asked)) is suspect


@given(st.lists(st.sampled_from([True, False, None]), max_size=40), st.integers(1, 4),
       st.integers(1, 4))
def test_a_course_is_the_last_row_of_its_results(
        results: list[bool | None], failures: int, successes: int) -> None:
    """Whatever came before: failed and passed are never both, and only the last row counts."""
    one = course(rule=ProbeRule(failure_threshold=failures, success_threshold=successes))
    for result in results:
        one.end(result, 'no')
    known = [result for result in results if result is not None]
    row = 0
    for result in reversed(known):
        if result != known[-1]:
            break
        row += 1
    last = known[-1] if known else None
    assert one.failed == (last is False and row >= failures)
    assert one.passed == (last is True and row >= successes)
    finding = evaluate(one.reading(), one.rule)
    assert (finding is not None and finding.level == 'unhealthy') == one.failed


@given(st.floats(0.2, 60), st.floats(0, 1), st.integers(1, 5), st.floats(0, 1))
def test_a_hang_is_found_within_its_failures_and_one_timeout(
        period_s: float, share: float, failures: int, phase: float) -> None:
    """The bound that the documentation states, whenever in the period it begins."""
    rule = ProbeRule(period_s=period_s, timeout_s=max(0.01, share * period_s),
                     failure_threshold=failures)
    one = course(rule=rule)
    hangs_at = 100.0 + phase * period_s
    at, step = 100.0, period_s / 50
    while not one.failed and at < 100 + 20 * period_s:
        if one.is_due(at):
            one.begin(at, 0.0)
            if at < hangs_at:
                one.end(True)
        elif one.is_overdue(at, 0.0):
            one.end(False, 'no answer')
        at += step
    assert one.failed
    assert at - hangs_at <= failures * (period_s + 2 * step) + rule.timeout_s + 3 * step

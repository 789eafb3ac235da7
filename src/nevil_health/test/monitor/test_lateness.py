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


"""Who is late, without ROS, with time as an argument."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.monitor.clocks import LagMeter
from nevil_health.monitor.lateness import Back
from nevil_health.monitor.lateness import Late
from nevil_health.monitor.lateness import Lateness
from nevil_health.monitor.lateness import NetworkBack
from nevil_health.monitor.lateness import NetworkSilent
import pytest

A, B, C = ('a', 1, 'a'), ('b', 1, 'b'), ('c', 1, 'c')


def lateness_of(*who: tuple[str, int, str], timeout_s: float = 10.0) -> Lateness:
    """Return one that watches these since time 0."""
    lateness = Lateness(timeout_s)
    lateness.watch(who, 0.0, 0.0)
    return lateness


def test_one_is_late_the_moment_its_time_is_over_and_not_before() -> None:
    """Neither a poll interval nor rounding is added to the time-out."""
    lateness = lateness_of(A)
    lateness.beat(A, 5.0, 0.0, 1.0)
    assert lateness.check(14.99, 0.0) == []
    assert lateness.next_deadline() == 15.0
    assert lateness.check(15.0, 0.0) == [Late(A, 10.0)]


def test_silence_is_told_once_until_it_ends() -> None:
    """One failure is one reading, however long it lasts."""
    lateness = lateness_of(A)
    assert lateness.check(10.0, 0.0) == [Late(A, 10.0)]
    assert lateness.check(100.0, 0.0) == []
    assert lateness.beat(A, 101.0, 0.0, 1.0) == [Back(A)]
    assert lateness.beat(A, 101.0, 0.0, 1.0) == []
    assert lateness.check(110.0, 0.0) == []
    assert lateness.check(111.0, 0.0) == [Late(A, 10.0)]


def test_time_that_the_monitor_lost_is_not_held_against_a_node() -> None:
    """A starved monitor hears late; that says nothing of the nodes."""
    lateness = lateness_of(A)
    assert lateness.check(10.0, 4.0) == []
    assert lateness.check(14.0, 4.0) == [Late(A, 14.0)]


def test_one_that_was_ready_before_our_time_has_to_be_heard_too() -> None:
    """It may have hung while no monitor was there, but gets some seconds to find the new one."""
    lateness = Lateness(10.0)
    lateness.watch([A], 0.0, 0.0, [B])
    lateness.beat(A, 9.0, 0.0, 1.0)
    lateness.watch([A], 9.0, 0.0, [B])
    assert lateness.check(14.9, 0.0) == []
    assert lateness.check(15.0, 0.0) == [Late(B, 10.0)]
    lateness.watch([A, C], 16.0, 0.0, [])
    assert lateness.beat(B, 16.0, 0.0, 1.0) == []


def test_all_silent_at_once_is_the_network() -> None:
    """It is said once, nobody is blamed, and everybody gets the whole time afterwards."""
    lateness = lateness_of(A, B, C)
    for who, at in ((A, 1.0), (B, 1.3), (C, 1.9)):
        lateness.beat(who, at, 0.0, 1.0)
    assert lateness.check(11.0, 0.0) == [NetworkSilent(3, 3, 10.0)]
    assert lateness.check(30.0, 0.0) == []
    assert lateness.beat(B, 31.0, 0.0, 1.0) == []
    assert lateness.check(31.0, 0.0) == [NetworkBack()]
    assert lateness.check(40.9, 0.0) == []
    lateness.beat(B, 40.9, 0.0, 1.0)
    assert set(lateness.check(41.0, 0.0)) == {Late(A, 10.0), Late(C, 10.0)}


def test_more_than_half_of_three_processes_are_the_network() -> None:
    """The others are heard, so something is between us and these; it is said once."""
    lateness = lateness_of(A, B, C)
    for at in (1.0, 5.0, 9.0):
        lateness.beat(C, at, 0.0, 1.0)
    assert lateness.check(10.0, 0.0) == [NetworkSilent(2, 3, 10.0)]
    lateness.beat(A, 12.0, 0.0, 1.0)
    lateness.beat(C, 12.0, 0.0, 1.0)
    assert lateness.check(12.0, 0.0) == [NetworkBack()]
    for at in (15.0, 18.0, 21.0):
        lateness.beat(A, at, 0.0, 1.0)
        lateness.beat(C, at, 0.0, 1.0)
    assert lateness.check(22.0, 0.0) == [Late(B, 22.0 - 12.0)]


@pytest.mark.parametrize('silent', [1, 2])
def test_half_or_less_are_not_the_network(silent: int) -> None:
    """A few nodes that hang together have a cause of their own."""
    who = [(name, 1, name) for name in 'abcd']
    lateness = lateness_of(*who)
    for one in who[silent:]:
        lateness.beat(one, 9.0, 0.0, 1.0)
    assert {news.who for news in lateness.check(10.0, 0.0)  # type: ignore[union-attr]
            } == set(who[:silent])


def test_two_processes_are_no_network() -> None:
    """One that waits for the other hangs with it."""
    assert set(lateness_of(A, B).check(10.0, 0.0)) == {Late(A, 10.0), Late(B, 10.0)}


def test_who_is_stopped_is_late_also_when_most_are_silent() -> None:
    """Evidence against a node counts more than company."""
    lateness = Lateness(10.0, lambda who, silent_for_s: who == A)
    lateness.watch([A, B, C], 0.0, 0.0)
    news = lateness.check(10.0, 0.0)
    assert Late(A, 10.0) in news and NetworkSilent(2, 3, 10.0) in news and len(news) == 2


def test_evidence_that_comes_later_ends_the_suspicion() -> None:
    """What is reachable and silent hangs; when nobody is left, the network is well."""
    lateness = Lateness(10.0, lambda who, silent_for_s: silent_for_s > 25.0)
    lateness.watch([A, B, C], 0.0, 0.0)
    assert lateness.check(10.0, 0.0) == [NetworkSilent(3, 3, 10.0)]
    assert lateness.check(25.0, 0.0) == []
    news = lateness.check(27.6, 0.0)
    assert {one.who for one in news if isinstance(one, Late)} == {A, B, C}
    assert news[-1] == NetworkBack()


def test_those_that_end_leave_no_suspicion_behind() -> None:
    """Real deaths are told by exits; nobody waits for the dead to beat again."""
    lateness = lateness_of(A, B, C)
    assert lateness.check(10.0, 0.0) == [NetworkSilent(3, 3, 10.0)]
    lateness.watch([], 11.0, 0.0)
    assert lateness.check(11.0, 0.0) == [NetworkBack()]


def test_a_node_may_have_a_time_of_its_own() -> None:
    """One that works long may be silent long; the others not."""
    lateness = lateness_of(A, B)
    lateness.set_timeouts(10.0, {'a': 2.0})
    lateness.beat(B, 1.0, 0.0, 1.0)
    assert lateness.check(2.0, 0.0) == [Late(A, 2.0)]
    assert lateness.check(11.0, 0.0) == [Late(B, 10.0)]


def test_one_of_many_is_not_the_network() -> None:
    """While others are heard, the silent one is the suspect."""
    lateness = lateness_of(A, B)
    lateness.beat(B, 9.5, 0.0, 1.0)
    assert lateness.check(10.0, 0.0) == [Late(A, 10.0)]


def test_the_nodes_of_one_process_are_no_network() -> None:
    """Nodes that share a process hang together."""
    b = ('a', 1, 'b')
    lateness = lateness_of(A, b)
    assert set(lateness.check(10.0, 0.0)) == {Late(A, 10.0), Late(b, 10.0)}


def test_two_that_fell_silent_one_after_the_other_are_both_late() -> None:
    """What does not happen at once has not one cause."""
    lateness = lateness_of(A, B)
    lateness.beat(B, 6.0, 0.0, 1.0)
    assert lateness.check(10.0, 0.0) == [Late(A, 10.0)]
    assert lateness.check(16.0, 0.0) == [Late(B, 10.0)]


def test_who_is_no_longer_watched_is_forgotten() -> None:
    """A killed generation is never late, and its beats mean nothing."""
    lateness = lateness_of(A, B)
    lateness.watch([('a', 2, 'a'), B], 5.0, 0.0)
    lateness.beat(B, 9.0, 0.0, 1.0)
    assert lateness.check(11.0, 0.0) == []
    assert lateness.beat(A, 11.0, 0.0, 1.0) == []
    lateness.beat(B, 12.0, 0.0, 1.0)
    assert lateness.check(15.0, 0.0) == [Late(('a', 2, 'a'), 10.0)]


def test_a_shorter_time_out_counts_at_once() -> None:
    """Deadlines of the old one do not linger."""
    lateness = lateness_of(A)
    lateness.set_timeouts(2.0, {})
    assert lateness.check(2.0, 0.0) == [Late(A, 2.0)]


def test_after_a_sleep_everybody_gets_the_whole_time() -> None:
    """Nobody could beat while the machine was suspended."""
    lateness = lateness_of(A)
    lateness.restart_grace(9.0, 0.0)
    assert lateness.check(18.9, 0.0) == []
    assert lateness.check(19.0, 0.0) == [Late(A, 10.0)]


@pytest.mark.parametrize('period_s', [math.nan, math.inf, -1.0, 0.0, 1e30])
def test_a_nonsense_period_changes_nothing(period_s: float) -> None:
    """What a node says of itself must not blind the monitor."""
    lateness = lateness_of(A, B)
    lateness.beat(A, 1.0, 0.0, period_s)
    lateness.beat(B, 9.0, 0.0, period_s)
    assert lateness.check(11.0, 0.0) == [Late(A, 10.0)]


def test_lag_is_what_ticks_come_too_late() -> None:
    """Early ticks give nothing back."""
    meter = LagMeter(0.5)
    for at in (1.0, 1.5, 3.0, 3.1, 3.6):
        meter.tick(at)
    assert meter.lost_s == pytest.approx(1.0)


moments = st.lists(st.tuples(
    st.floats(0.01, 3.0), st.floats(0.0, 0.5), st.sampled_from([A, B, C, None])), max_size=60)


@given(moments)
def test_nobody_heard_within_the_time_out_is_ever_late(history: list) -> None:  # type: ignore
    """Whatever happens, and however the monitor lags: no false alarm, and none told twice."""
    lateness = lateness_of(A, B, C, timeout_s=4.0)
    heard = dict.fromkeys((A, B, C), (0.0, 0.0))
    now = lost = 0.0
    late = set()
    for gap, lag, who in history:
        now, lost = now + gap + lag, lost + lag
        if who is not None:
            heard[who] = now, lost
            assert (Back(who) in lateness.beat(who, now, lost, 1.0)) == (who in late)
            late.discard(who)
        for news in lateness.check(now, lost):
            if isinstance(news, Late):
                at, lost_then = heard[news.who]
                assert now - at - (lost - lost_then) >= 4.0 - 1e-6
                assert news.who not in late
                late.add(news.who)


@given(moments)
def test_one_that_stays_silent_is_found_while_another_beats(history: list) -> None:  # type: ignore
    """No history of the others hides a hung node for good: in the end there is evidence."""
    lateness = Lateness(4.0, lambda who, silent_for_s: silent_for_s > 8.0)
    lateness.watch([A, B, C], 0.0, 0.0)
    now = lost = 0.0
    late = set()
    for gap, lag, who in history:
        now, lost = now + gap + lag, lost + lag
        if who is not None:
            lateness.beat(who, now, lost, 1.0)
            late.discard(who)
        late |= {news.who for news in lateness.check(now, lost) if isinstance(news, Late)}
    for _ in range(40):
        now += 0.5
        lateness.beat(B, now, lost, 1.0)
        late |= {news.who for news in lateness.check(now, lost) if isinstance(news, Late)}
    assert A in late

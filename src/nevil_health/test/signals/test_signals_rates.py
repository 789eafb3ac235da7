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

"""Rates from counters: never negative, never from too little, never over a restart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.signals import Counters
from nevil_health.signals import NodeRules
from nevil_health.signals.rates import Rates
import pytest
from signals_history import Robot


def counted(messages: int, errors: int = 0) -> Counters:
    """Return counters of a node that only receives."""
    return Counters(received=messages, errors=errors)


def test_three_readings_make_a_rate() -> None:
    """Two are an anecdote."""
    rates = Rates()
    for index in range(2):
        rates.add(counted(50 * index, 5 * index), 5.0 * index)
        assert rates.error_rate is None
        assert rates.messages_per_s is None
    rates.add(counted(100, 10), 10.0)
    assert rates.error_rate == pytest.approx(0.1)
    assert rates.messages_per_s == pytest.approx(10.0)


def test_a_rate_needs_ten_events() -> None:
    """One error in two messages is no error rate of 50 %; the window grows to find ten."""
    rates = Rates()
    for index in range(11):
        rates.add(counted(index), 5.0 * index)
        assert (rates.error_rate is None) == (index < 10)
    rates.add(counted(10, 1), 55.0)
    assert rates.error_rate == pytest.approx(1 / 9)


def test_a_counter_that_went_back_starts_a_new_base() -> None:
    """A restart that nobody saw shows no negative rate, and no huge one."""
    rates = Rates()
    for index in range(5):
        rates.add(counted(1000 * index, 100 * index), 5.0 * index)
    rates.add(counted(10, 0), 25.0)
    assert rates.error_rate is None
    assert rates.messages_per_s is None
    for index in range(1, 3):
        rates.add(counted(10 + 20 * index), 25.0 + 5.0 * index)
    assert rates.error_rate == 0.0
    assert rates.messages_per_s == pytest.approx(4.0)


def test_errors_without_messages_are_failures_too() -> None:
    """A main loop that only fails has an error rate of 1, not of nothing."""
    rates = Rates()
    for index in range(3):
        rates.add(counted(0, 10 * index), 5.0 * index)
    assert rates.error_rate == 1.0


def test_lost_beats_are_a_share_of_those_sent() -> None:
    """30 % lost is 30 %."""
    rates = Rates()
    for index in range(3):
        rates.add(Counters(beats=7 * index, lost_beats=3 * index), 5.0 * index)
    assert rates.beat_loss == pytest.approx(30.0)


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 5.0]), st.integers(0, 99),
                          st.integers(0, 99)), max_size=40))
def test_rates_are_never_negative_nor_more_than_everything(
    readings: list[tuple[float, int, int]],
) -> None:
    """Whatever the counters do, the rates make sense."""
    rates, at = Rates(), 0.0
    for step, messages, errors in readings:
        at += step
        rates.add(Counters(received=messages, errors=errors, beats=messages,
                           lost_beats=errors), at)
        assert rates.error_rate is None or 0.0 <= rates.error_rate <= 1.0
        assert rates.messages_per_s is None or rates.messages_per_s >= 0.0
        assert rates.beat_loss is None or 0.0 <= rates.beat_loss <= 100.0


def run(robot: Robot, looks: int, *, messages: int, errors: int, base: int = 0) -> None:
    """Let the camera count so much at each look."""
    for index in range(base, base + looks):
        robot.look(counters=counted(messages * index, errors * index))


@pytest.mark.parametrize('errors, level', [(15, 'degraded'), (11, 'degraded'), (10, 'healthy'),
                                           (9, 'healthy'), (0, 'healthy')])
def test_error_rate_over_the_limit_for_three_samples(errors: int, level: str) -> None:
    """The seed's limit of 0.1: 0.15 is told, 0.09 is not."""
    robot = Robot().start()
    run(robot, 12, messages=100, errors=errors)
    assert robot.signal('error_rate').level == level
    if level == 'degraded':
        assert robot.signal('error_rate').cause.startswith(
            f'errors in {errors:.1f} % of messages, more than 10.0 % for ')


def test_error_rate_is_told_within_four_samples_of_its_beginning() -> None:
    """15 s, and the time until the next look."""
    robot = Robot().start()
    run(robot, 20, messages=100, errors=0)
    began, errors = robot.at, 0
    while robot.signal('error_rate').level == 'healthy':
        errors += 15
        messages = 1900 + 100 * (errors // 15)
        robot.look(counters=counted(messages, errors))
    assert robot.at - began == 20.0


def test_a_restart_is_no_burst_of_errors() -> None:
    """A new generation counts from 0, and its rates begin again."""
    robot = Robot().start()
    run(robot, 10, messages=100, errors=9)
    robot.exit()
    robot.state('camera', 'backoff')
    robot.start()
    run(robot, 10, messages=100, errors=0)
    assert robot.changes('error_rate') == []
    assert robot.evaluation.series('camera', 'messages')[-1] == pytest.approx(20.0)
    assert min(robot.evaluation.series('camera', 'messages')) >= 0.0


def test_throughput_below_the_declared_rate() -> None:
    """A node that should handle 5 messages a second and handles 2 is degraded."""
    robot = Robot(NodeRules(name='camera', min_messages_per_s=5.0)).start()
    run(robot, 6, messages=50, errors=0)
    assert robot.signal('throughput').level == 'healthy'
    for index in range(1, 8):
        robot.look(counters=counted(250 + 10 * index))
    assert robot.signal('throughput').level == 'degraded'
    assert robot.signal('throughput').cause.startswith(
        '2.0 messages a second, less than 5.0 for ')
    assert Robot().start().evaluation.node('camera', 0.0).signals.get('throughput') is None


def test_lost_beats_fire_nothing() -> None:
    """They are a number to look at."""
    robot = Robot().start()
    for index in range(20):
        robot.look(counters=Counters(beats=7 * index, lost_beats=3 * index))
    assert robot.evaluation.history('camera')['beat_loss'].current == pytest.approx(30.0)
    assert [one.signal for one in robot.said if one.new in ('degraded', 'unhealthy')] == []


def test_a_muted_node_owes_no_messages() -> None:
    """It is inactive because the operator wants it so."""
    robot = Robot(NodeRules(name='camera', min_messages_per_s=5.0)).start()
    for _ in range(10):
        robot.look(counters=counted(100), lifecycle_state='inactive', desired_state='inactive')
    assert robot.changes('throughput') == []

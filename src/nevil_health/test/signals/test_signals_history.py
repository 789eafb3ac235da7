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

"""The history of a metric: the last 100 values, summed up as the seed does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.signals.history import History
from nevil_health.signals.history import Ring
from nevil_health.signals.history import SAMPLES
from nevil_health.signals.history import UNITS
import pytest
from signals_history import Robot


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=250))
def test_a_ring_keeps_the_last_hundred_in_order(values: list[float]) -> None:
    """Whatever comes in, the newest 100 are there, oldest first, and summed up rightly."""
    ring = Ring()
    for index, value in enumerate(values):
        ring.add(float(index), value)
    last = values[-SAMPLES:]
    assert ring.values() == tuple(last)
    summary = ring.summary('MB')
    assert (summary.current, summary.min, summary.max, summary.count, summary.unit) == (
        last[-1], min(last), max(last), len(last), 'MB')
    assert summary.average == pytest.approx(sum(last) / len(last))
    assert summary.min <= summary.average <= summary.max
    times, fresh = ring.since_reset()
    assert fresh == tuple(last)
    assert list(times) == sorted(times)


@given(st.integers(0, 250), st.integers(0, 250))
def test_a_reset_marks_where_the_new_process_begins(before: int, after: int) -> None:
    """The series goes on under the node's name; what is of the new process is known."""
    ring = Ring()
    for index in range(before):
        ring.add(float(index), 1.0)
    ring.reset()
    for index in range(after):
        ring.add(float(before + index), 2.0)
    assert ring.since_reset()[1] == (2.0,) * min(after, SAMPLES)
    assert len(ring.values()) == min(before + after, SAMPLES)


def test_what_is_not_known_leaves_no_trace() -> None:
    """None is no zero, and no sample."""
    history = History()
    history.add('cpu', 0.0, None)
    assert history.summaries() == {}
    assert history.series('cpu') == ()
    assert history.ring('cpu') is None


def test_the_evaluation_sums_up_nodes_and_machine() -> None:
    """Every metric that was seen is there, with its unit; an unknown name has none."""
    robot = Robot().start().well(3)
    metrics = robot.evaluation.history('camera')
    assert metrics['cpu'].current == 10.0
    assert metrics['memory'].unit == 'MB'
    assert metrics['cpu'].count == 3
    assert set(metrics) <= set(UNITS)
    assert robot.evaluation.history('')['memory_share'].current == 30.0
    assert robot.evaluation.history('nobody') == {}
    assert robot.evaluation.series('camera', 'cpu') == (10.0, 10.0, 10.0)
    assert robot.evaluation.series('', 'disk') == (40.0,) * 3
    assert robot.evaluation.series('nobody', 'cpu') == ()


def test_a_restart_goes_on_in_the_same_series() -> None:
    """The sparkline of a node does not begin again with its process."""
    robot = Robot().start().well(3)
    robot.exit()
    robot.state('camera', 'backoff')
    robot.start()
    robot.look(cpu_percent=30.0)
    assert robot.evaluation.series('camera', 'cpu') == (10.0, 10.0, 10.0, 30.0)


def test_a_sample_out_of_turn_is_no_second_sample() -> None:
    """The health node repeats its numbers when there is news; they count once."""
    robot = Robot().start().well(1)
    robot.at += 0.3
    for _ in range(5):
        robot.at += 0.2
        robot.see('camera', cpu_percent=99.0)
    assert robot.evaluation.series('camera', 'cpu') == (10.0,)
    assert robot.signal('cpu').level == 'healthy'

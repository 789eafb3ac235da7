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

"""Leaks are told before the limit; spikes, sawtooths, ramps that end and noise are not leaks."""

from __future__ import annotations

from math import inf
from math import sin
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.signals import NodeRules
from nevil_health.signals.history import Ring
from nevil_health.signals.trend import fit
from nevil_health.signals.trend import forecast
from nevil_health.signals.trend import LEAST_SAMPLES
from nevil_health.signals.trend import Trend
import pytest
from signals_history import Robot

LIMIT = 512.0


def trends(values: list[float], step: float = 5.0) -> list[Trend | None]:
    """Return the forecast after each value."""
    ring, found = Ring(), []
    for index, value in enumerate(values):
        ring.add(step * index, value)
        found.append(forecast(ring, LIMIT, 5.0))
    return found


def test_the_line_of_least_squares_is_exact() -> None:
    """A straight line is found as it is."""
    line = fit([0.0, 5.0, 10.0], [100.0, 110.0, 120.0])
    assert tuple(line) == pytest.approx((2.0, 120.0, 1.0))
    assert fit([1.0, 1.0], [3.0, 9.0]).fit == 0.0


def test_a_leak_is_projected_onto_the_limit() -> None:
    """1 MB/s from 100 MB: after 20 samples the limit is 317 s away."""
    found = trends([100.0 + 5.0 * index for index in range(20)])
    assert found[:19] == [None] * 19
    assert tuple(found[19] or ()) == pytest.approx((1.0, 317.0))


def test_a_leak_that_begins_late_is_found_as_soon() -> None:
    """A node may run well for an hour before it leaks."""
    flat = [100.0 + sin(index) for index in range(100)]
    found = trends(flat + [100.0 + 5.0 * index for index in range(1, 25)])
    assert all(one is None or one.reaches_in_s == inf for one in found[:100])
    ahead = [one for one in found if one is not None and one.reaches_in_s < 600.0]
    assert ahead
    assert ahead[0].reaches_in_s > 60.0


@pytest.mark.parametrize('shape', [
    lambda index: 100.0,
    lambda index: 100.0 + sin(7.0 * index),
    lambda index: 400.0 if index % 12 == 0 else 100.0,             # spikes
    lambda index: 400.0 if index > 60 else 100.0,                  # a step
    lambda index: 100.0 + 25.0 * (index % 15),                     # a sawtooth
    lambda index: 400.0 - 2.0 * index,                             # shrinks
    lambda index: 100.0 + 0.02 * index,                            # a rise that does not matter
    lambda index: 100.0 + 20.0 * min(index, 12),                   # fills up, and is full
    lambda index: 100.0 + 60.0 * (1 - 0.8 ** index),               # warms up
], ids=['flat', 'noise', 'spikes', 'step', 'sawtooth', 'shrinks', 'slight', 'fills', 'warms'])
def test_what_is_no_leak_is_none(shape: object) -> None:
    """Only a steady rise that goes on and matters counts."""
    for one in trends([shape(index) for index in range(200)]):   # type: ignore[operator]
        assert one is None or one.reaches_in_s > 600.0


@given(st.lists(st.floats(0, 1e9), max_size=150), st.floats(0.1, 1e9))
def test_any_series_has_a_forecast_that_makes_sense(values: list[float], limit: float) -> None:
    """No series divides by zero, reaches a limit in the past or grows backwards."""
    ring = Ring()
    for index, value in enumerate(values):
        ring.add(5.0 * index, value)
        found = forecast(ring, limit, 5.0)
        assert (found is None) == (index + 1 < LEAST_SAMPLES)
        if found is not None and found.reaches_in_s < inf:
            assert found.per_s > 0
            assert found.reaches_in_s >= 0


def test_a_leaking_node_is_degraded_before_its_limit() -> None:
    """The warning says how fast, and how long it will take."""
    robot = Robot(NodeRules(name='camera', max_memory_mb=512.0)).start()
    memory = 100.0
    while robot.signal('memory_trend').level != 'degraded':
        memory += 5.0
        robot.look(memory_mb=memory)
        assert memory < LIMIT
    assert robot.signal('memory_trend').cause == 'memory grows 1.0 MB/s, reaches 512 MB in 5 min'
    assert (LIMIT - memory) / 1.0 >= 60.0
    assert robot.level() == 'degraded'
    assert robot.changes('memory') == []


@pytest.mark.parametrize('rules, grows, signal, cause', [
    (NodeRules(name='camera', max_threads=200), {'threads': 5}, 'threads_trend',
     'threads grow by 1.00/s, reach 200 in 87 s'),
    (NodeRules(name='camera'), {'fds': 5}, 'fds_trend',
     'open files grow by 1.00/s, reach 1024 in 10 min'),
    (NodeRules(name='camera'), {'memory_mb': 20.0}, 'memory_trend',
     'memory grows 4.0 MB/s, reaches 3400 MB in 10 min'),
])
def test_each_resource_has_its_trend(
    rules: NodeRules, grows: dict[str, Any], signal: str, cause: str,
) -> None:
    """Threads by the declared limit, files by RLIMIT_NOFILE, memory by the machine's share."""
    robot = Robot(rules).start().well(1)
    (name, step), = grows.items()
    value = 8
    for _ in range(400):
        value += step
        robot.look(**{name: value})
        if robot.signal(signal).level == 'degraded':
            break
    told = next(one for one in robot.said if one.signal == signal)
    assert (told.new, told.cause, told.threshold) == ('degraded', cause, 600.0)


def test_a_new_process_begins_a_new_trend() -> None:
    """What the dead one leaked is no evidence against its successor."""
    robot = Robot(NodeRules(name='camera', max_memory_mb=512.0)).start()
    for index in range(30):
        robot.look(memory_mb=100.0 + 5.0 * index)
    assert robot.signal('memory_trend').level == 'degraded'
    robot.exit()
    robot.state('camera', 'backoff')
    assert robot.changes('memory_trend') == ['unknown > degraded', 'degraded > unknown']
    robot.start()
    for _ in range(LEAST_SAMPLES - 1):
        robot.look(memory_mb=245.0)
    assert robot.signal('memory_trend').level == 'unknown'
    robot.look(memory_mb=245.0)
    assert robot.signal('memory_trend').level == 'healthy'

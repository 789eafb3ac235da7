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

"""A signal gets worse soon and better late; a naive model agrees about every history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.signals.hysteresis import Damping
from nevil_health.signals.hysteresis import Finding
from nevil_health.signals.hysteresis import RANK
from nevil_health.signals.hysteresis import Signal
from nevil_health.signals.hysteresis import Words
from nevil_health.signals.limits import over
from nevil_health.signals.views import Level
import pytest

CPU = Words('CPU {} of a core', '{:.0f} %')
SLOW = Damping(3, 3, 6)
LEVELS: tuple[Level, ...] = ('healthy', 'degraded', 'unhealthy')


def feed(signal: Signal, values: list[float], *, start: float = 0.0, step: float = 5.0) -> None:
    """Feed CPU values, one every 5 s."""
    for index, value in enumerate(values):
        signal.observe(over(value, 80.0, None, 0.875), start + step * index)


def level_of(signal: Signal) -> str:
    """Return the level, of which mypy should not think that it stays as it was."""
    return signal.level


def test_three_bad_samples_in_a_row_make_it_worse() -> None:
    """Two hot samples are a spike, three are a state."""
    signal = Signal('cpu', SLOW, CPU)
    feed(signal, [10, 96, 96])
    assert level_of(signal) == 'healthy'
    feed(signal, [96], start=15.0)
    assert (signal.level, signal.since, signal.value, signal.threshold) == (
        'degraded', 15.0, 96.0, 80.0)
    assert signal.cause == 'CPU 96 % of a core, more than 80 % for 15 s'


def test_spikes_never_add_up() -> None:
    """One second of 100 % in each ten is a normal node."""
    signal = Signal('cpu', SLOW, CPU)
    feed(signal, [100, 100, 20] * 50)
    assert level_of(signal) == 'healthy'


def test_it_gets_better_only_below_the_clear_threshold() -> None:
    """A value between the thresholds keeps the level, whichever it is."""
    signal = Signal('cpu', SLOW, CPU)
    feed(signal, [10, 96, 96, 96])
    feed(signal, [75] * 30, start=20.0)
    assert level_of(signal) == 'degraded'
    feed(signal, [69] * 5, start=200.0)
    assert level_of(signal) == 'degraded'
    feed(signal, [69], start=225.0)
    assert level_of(signal) == 'healthy'
    assert signal.cause == 'CPU 69 % of a core, below 70 % for 60 s'


def test_it_dwells_at_least_ten_seconds() -> None:
    """Good samples that come fast do not end what has just begun."""
    signal = Signal('duplicate')
    assert signal.observe(Finding('degraded', 'degraded'), 100.0) == 'unknown'
    for tenth in range(1, 100):
        assert signal.observe(Finding('healthy', 'healthy'), 100.0 + tenth / 10) is None
    assert signal.observe(Finding('healthy', 'healthy'), 110.0) == 'degraded'


def test_unhealthy_gets_better_by_way_of_degraded_where_a_soft_limit_is_left() -> None:
    """Below the hard limit and above the soft one is degraded, not healthy."""
    signal = Signal('memory', Damping(3, 3, 6))
    for index in range(3):
        signal.observe(over(600.0, 435.0, 512.0, 0.94), 5.0 * index)
    assert level_of(signal) == 'unhealthy'
    for index in range(6):
        signal.observe(over(450.0, 435.0, 512.0, 0.94), 15.0 + 5.0 * index)
    assert level_of(signal) == 'degraded'


def test_the_first_bad_sample_proves_nothing() -> None:
    """Unknown stays unknown until there is a good sample or enough bad ones."""
    signal = Signal('cpu', SLOW)
    feed(signal, [96, 96])
    assert level_of(signal) == 'unknown'
    feed(signal, [96], start=10.0)
    assert level_of(signal) == 'degraded'


def test_the_second_stage_needs_a_second_sample() -> None:
    """Progress: late is degraded, still late is unhealthy."""
    signal = Signal('progress', Damping(1, 2, 2))
    bad = Finding('unhealthy', 'unhealthy', 310.0, 300.0)
    assert signal.observe(Finding('healthy', 'healthy'), 0.0) == 'unknown'
    assert signal.observe(bad, 5.0) == 'healthy'
    assert level_of(signal) == 'degraded'
    assert signal.observe(bad, 10.0) == 'degraded'
    assert level_of(signal) == 'unhealthy'


def test_a_fact_counts_at_once_and_forgets_what_was_counted() -> None:
    """An exit needs no second opinion."""
    signal = Signal('cpu', SLOW)
    feed(signal, [10, 96, 96])
    assert signal.settle('unhealthy', 11.0, 'gone') == 'healthy'
    assert signal.forget(12.0, 'no data') == 'unhealthy'
    feed(signal, [96, 96], start=15.0)
    assert level_of(signal) == 'unknown'


@pytest.mark.parametrize('value, soft, hard, level, hold', [
    (79.0, 80.0, None, 'healthy', 'degraded'),
    (70.0, 80.0, None, 'healthy', 'healthy'),
    (70.1, 80.0, None, 'healthy', 'degraded'),
    (80.0, 80.0, None, 'healthy', 'degraded'),
    (80.1, 80.0, None, 'degraded', 'degraded'),
    (90.0, None, 80.0, 'unhealthy', 'unhealthy'),
    (75.0, None, 80.0, 'healthy', 'unhealthy'),
    (89.0, 80.0, 100.0, 'degraded', 'unhealthy'),
    (85.0, 80.0, 100.0, 'degraded', 'degraded'),
    (100.1, 80.0, 100.0, 'unhealthy', 'unhealthy'),
    (1e9, None, None, 'healthy', 'healthy'),
])
def test_truth_table_of_limits(
    value: float, soft: float | None, hard: float | None, level: str, hold: str,
) -> None:
    """A limit is reached, not exceeded, by its own value; it clears at its share."""
    finding = over(value, soft, hard, 0.875)
    assert (finding.level, finding.hold) == (level, hold)


def naive(damping: Damping, history: list[tuple[float, int, int]]) -> Level:
    """Compute the level of the last sample from the whole history, sample by sample."""
    level, since = -1, 0.0
    for end in range(1, len(history) + 1):
        at, rank, _ = history[end - 1]
        seen = history[:end]

        def all_bad(count: int, least: int, seen: list[tuple[float, int, int]] = seen) -> bool:
            return len(seen) >= count and all(one[1] >= least for one in seen[-count:])

        def all_good(most: int, seen: list[tuple[float, int, int]] = seen) -> bool:
            count = damping.better_after
            return len(seen) >= count and all(one[2] <= most for one in seen[-count:])

        new = level
        if level < 2 and all_bad(damping.unhealthy_after, 2):
            new = 2
        elif level < 1 and all_bad(damping.degraded_after, 1):
            new = 1
        elif level < 0 and rank == 0:
            new = 0
        elif level > 0 and at - since >= damping.dwell_s:
            new = next((better for better in range(level) if all_good(better)), level)
        if new != level:
            level, since = new, at
    return 'unknown' if level < 0 else LEVELS[level]


@given(
    damping=st.builds(Damping, st.integers(1, 3), st.integers(1, 4), st.integers(1, 6),
                      st.sampled_from([0.0, 10.0])),
    steps=st.lists(st.tuples(st.sampled_from([1.0, 5.0, 30.0]), st.integers(0, 2),
                             st.integers(0, 2)), max_size=60))
def test_a_naive_model_agrees(damping: Damping, steps: list[tuple[float, int, int]]) -> None:
    """The counters say the same as a look at the whole history; each change is told once."""
    signal = Signal('x', damping)
    at, history = 0.0, []
    for step, rank, more in steps:
        at += step
        hold = max(rank, more)
        history.append((at, rank, hold))
        before = signal.level
        old = signal.observe(Finding(LEVELS[rank], LEVELS[hold]), at)
        assert level_of(signal) == naive(damping, history)
        assert (old is None) == (signal.level == before)
        assert old in (None, before)
        assert RANK[signal.level] <= 2

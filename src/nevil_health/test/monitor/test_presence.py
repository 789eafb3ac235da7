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

"""Who beats under which name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.monitor.presence import Instances
from nevil_health.monitor.presence import MAX_UNMANAGED
from nevil_health.monitor.presence import Unmanaged
import pytest

OLD, NEW, THIRD = (1, 'x'), (2, 'y'), (3, 'z')


def heard(*beats: tuple[float, tuple[int, str]], period_s: float = 1.0) -> Instances:
    """Return what is known after these beats of one name."""
    instances = Instances()
    for at, key in beats:
        instances.beat('a', key, at, period_s)
    return instances


def test_two_that_beat_in_turn_are_two() -> None:
    """Both are alive: one of them is where it does not belong."""
    instances = heard((0.0, OLD), (0.3, NEW), (1.0, OLD))
    assert instances.count('a', 1.0) == 2


def test_three_are_three() -> None:
    """Each counts."""
    instances = heard((0.0, OLD), (0.1, NEW), (0.2, THIRD), (1.0, OLD), (1.1, NEW))
    assert instances.count('a', 1.2) == 3


def test_a_restart_is_no_duplicate() -> None:
    """The old one is silent when the new one begins, even in one batch."""
    instances = heard((0.0, OLD), (1.0, OLD), (1.0, NEW), (1.1, NEW), (2.0, NEW))
    assert instances.count('a', 1.0) == instances.count('a', 2.0) == 1


def test_two_nodes_of_one_process_under_one_name_are_two() -> None:
    """The pid does not tell them apart, the instance does."""
    instances = heard((0.0, (1, 'x')), (0.3, (1, 'y')), (1.0, (1, 'x')))
    assert instances.count('a', 1.0) == 2


def test_it_ends_when_one_of_them_is_silent() -> None:
    """Two periods of silence are enough."""
    instances = heard((0.0, OLD), (0.3, NEW), (1.0, OLD), (1.3, NEW), (2.3, NEW), (3.3, NEW))
    assert instances.count('a', 2.9) == 2
    assert instances.count('a', 3.4) == 1


@pytest.mark.parametrize('period_s', [0.0, 1e7])
def test_no_period_makes_an_instance_immortal(period_s: float) -> None:
    """What a beat says of itself does not decide how long it is remembered."""
    instances = heard((0.0, OLD), (0.3, NEW), (1.0, OLD), period_s=period_s)
    assert instances.count('a', 125.0) == 1


@given(st.lists(st.integers(1, 100_000), max_size=200))
def test_a_flood_of_instances_is_bounded(pids: list[int]) -> None:
    """Memory does not depend on who beats."""
    instances = heard(*((0.0, (pid, '')) for pid in pids))
    assert instances.count('a', 0.0) <= 8
    instances.keep(['b'])
    assert instances.count('a', 0.0) == 1


def test_a_name_counts_as_unmanaged_when_nobody_claims_it() -> None:
    """A node of the robot may be heard a moment before it is expected."""
    unmanaged = Unmanaged()
    for name in ('camera', 'ghost'):
        assert unmanaged.beat(name, 0.0)
    unmanaged.know(['camera'])
    assert unmanaged.beat('camera', 1.0)
    assert unmanaged.names(1.0) == ()
    assert unmanaged.names(2.5) == ('ghost',)


def test_a_name_that_is_silent_is_forgotten() -> None:
    """Only what is there counts."""
    unmanaged = Unmanaged()
    unmanaged.beat('ghost', 0.0)
    assert unmanaged.names(30.0) == ('ghost',)
    assert unmanaged.names(30.1) == ()


def test_no_more_names_are_kept_than_can_be_told() -> None:
    """The first ones stay; when they have gone there is room again."""
    unmanaged = Unmanaged()
    for number in range(10_000):
        assert unmanaged.beat(f'n{number}', 0.0)
    assert len(unmanaged.names(5.0)) == MAX_UNMANAGED
    unmanaged.beat('late', 40.0)
    assert unmanaged.names(43.0) == ('late',)


@pytest.mark.parametrize('name', ['', 'a b', '9lives', 'a\nb', 'é', 'a-b'])
def test_what_cannot_be_a_name_is_none(name: str) -> None:
    """It reaches no log and no list."""
    unmanaged = Unmanaged()
    assert not unmanaged.beat(name, 0.0)
    assert unmanaged.names(5.0) == ()

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


"""The bookkeeping of who is ready, without ROS."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.control.fields import build
from nevil_health.control.monitor import Expect
from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.expected import ExpectedUnit
from nevil_health.monitor.expected import read_expectation
from nevil_health.monitor.readiness import Beat
from nevil_health.monitor.readiness import Readiness
import pytest

A = ExpectedUnit(unit='a', generation=2, pid=10, nodes=('a',))
GOOD = Beat('a', 10, 2, 'active')


def test_a_beat_before_the_list_counts() -> None:
    """A forked node may be heard before the news that it exists: no second beat is waited for."""
    readiness = Readiness()
    assert readiness.beat(GOOD) is None
    assert readiness.expect([A]) == [A]


def test_ready_is_told_once_a_start() -> None:
    """Each further beat, and each further list, says nothing new."""
    readiness = Readiness()
    readiness.expect([A])
    assert readiness.beat(GOOD) == A
    assert readiness.beat(GOOD) is None
    assert readiness.expect([A]) == []


def test_the_next_start_is_told_again() -> None:
    """Each generation has to become ready itself."""
    readiness = Readiness()
    readiness.expect([A])
    readiness.beat(GOOD)
    successor = ExpectedUnit(unit='a', generation=3, pid=11, nodes=('a',))
    assert readiness.expect([successor]) == []
    assert readiness.beat(GOOD) is None
    assert readiness.beat(Beat('a', 11, 3, 'active')) == successor


@pytest.mark.parametrize('beat', [
    Beat('a', 11, 2, 'active'), Beat('a', 10, 1, 'active'), Beat('b', 10, 2, 'active'),
    Beat('a', 10, 2, 'inactive'), Beat('a', 10, 2, ''), Beat('', 10, 2, 'active')])
def test_anything_else_is_not_ready(beat: Beat) -> None:
    """Every part of a beat has to be as expected."""
    readiness = Readiness()
    readiness.expect([A])
    assert readiness.beat(beat) is None
    assert not readiness.is_ready(A.key)


def test_the_last_word_of_a_node_counts() -> None:
    """One that was active and is not any more is not ready."""
    both = ExpectedUnit(unit='c', generation=1, pid=5, nodes=('a', 'b'))
    readiness = Readiness()
    readiness.expect([both])
    readiness.beat(Beat('a', 5, 1, 'active'))
    readiness.beat(Beat('a', 5, 1, 'inactive'))
    assert readiness.beat(Beat('b', 5, 1, 'active')) is None
    assert readiness.beat(Beat('a', 5, 1, 'active')) == both


def test_a_foreign_unit_is_confirmed_not_heard() -> None:
    """It has no heartbeat; one that pretends to be its does not count."""
    foreign = ExpectedUnit(unit='a', generation=2, pid=10, nodes=('a',), foreign=True)
    readiness = Readiness()
    readiness.expect([foreign])
    assert readiness.beat(GOOD) is None
    assert not readiness.confirm(('a', 1))
    assert readiness.confirm(foreign.key)
    assert not readiness.confirm(foreign.key)


def test_a_new_listener_is_told_everything() -> None:
    """After the supervisor's connection was lost nobody knows what has arrived."""
    readiness = Readiness()
    readiness.expect([A])
    readiness.beat(GOOD)
    readiness.forget_told()
    assert readiness.expect([A]) == [A]


@given(st.lists(st.builds(Beat, st.text(max_size=400), st.integers(0, 9), st.integers(0, 3),
                          st.sampled_from(['active', 'x' * 400])), max_size=300))
def test_strangers_cost_bounded_memory_and_ready_nobody(beats: list[Beat]) -> None:
    """Anybody can publish on the topic."""
    readiness = Readiness()
    readiness.expect([A])
    for beat in beats:
        readiness.beat(beat)
    assert len(readiness._last) <= 64
    assert all(len(node) < 256 for node, _ in readiness._last)
    assert not readiness.is_ready(A.key)
    assert readiness.beat(GOOD) == A


def expectation_of(message: dict[str, object]) -> Expectation:
    """Return what is understood of the event that was sent as this."""
    return read_expectation(build(Expect, message))


def test_an_expectation_is_read() -> None:
    """The supervisor's words and ours are the same."""
    unit = {'unit': 'c', 'generation': 4, 'pid': 7, 'nodes': ['a', 'b'], 'kind': 'python',
            'muted': False, 'muted_nodes': ['b']}
    other = {'unit': 'x', 'generation': 1, 'pid': 8, 'nodes': ['x'], 'kind': 'executable',
             'muted': True}
    expectation = expectation_of({'units': [unit, other], 'heartbeat_timeout_s': 3,
                                  'health_check_interval_s': 0})
    composed, foreign = expectation.units
    assert [composed.wanted_state(node) for node in composed.nodes] == ['active', 'inactive']
    assert (composed.foreign, foreign.foreign, set(foreign.muted)) == (False, True, {'x'})
    assert expectation.heartbeat_timeout_s == 3.0
    assert expectation.health_check_interval_s > 0


@pytest.mark.parametrize('message', [
    {}, {'units': 7}, {'units': [7]}, {'units': [{'unit': 'a'}]},
    {'units': [], 'heartbeat_timeout_s': None, 'health_check_interval_s': 1}])
def test_what_is_no_expectation_is_refused(message: dict[str, object]) -> None:
    """With one kind of exception, whatever is wrong."""
    with pytest.raises(ValueError):
        expectation_of(message)

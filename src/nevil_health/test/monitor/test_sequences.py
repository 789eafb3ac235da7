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

"""Which heartbeats count as new."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from nevil_health.monitor.sequences import HeardBeats
from nevil_health.monitor.sequences import Ranges


@given(st.lists(st.integers(0, 40)))
def test_a_number_is_new_once(numbers: list[int]) -> None:
    """In whatever order they come."""
    ranges, heard = Ranges(), set()
    for number in numbers:
        assert ranges.add(number) == (number not in heard)
        heard.add(number)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=300))
def test_what_is_remembered_is_bounded_and_never_new_again(numbers: list[int]) -> None:
    """Whoever invents numbers costs no memory, and what was heard stays heard."""
    ranges = Ranges()
    for number in numbers:
        ranges.add(number)
    assert len(ranges._first) == len(ranges._last) <= 32
    assert not any(map(ranges.add, numbers))


def test_an_invented_number_does_not_silence_the_node() -> None:
    """The node's own beats have lower numbers, and are its life."""
    ranges = Ranges()
    assert ranges.add(1) and ranges.add(1_000_000)
    assert all(ranges.add(number) for number in range(2, 1000))


def test_each_instance_counts_for_itself() -> None:
    """A restarted node begins to count again; so many instances as nobody needs are forgotten."""
    heard = HeardBeats()
    assert heard.add('a', 1) and heard.add('b', 1)
    assert not heard.add('a', 1) and not heard.add('b', 1)
    for number in range(1000):
        heard.add(f'invented {number}', 1)
        heard.add('a', number + 2)
    assert len(heard._of) == 8 and not heard.add('a', 1)

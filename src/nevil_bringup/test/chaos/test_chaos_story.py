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

"""A story of chaos follows from its seed alone, and can be played."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st
import story

SEEDS = st.integers(0, 2**31)


@given(SEEDS)
def test_one_seed_is_one_story(seed: int) -> None:
    """A failure is repeated by its number."""
    assert story.robot(seed) == story.robot(seed)
    assert list(islice(story.rounds(seed), 20)) == list(islice(story.rounds(seed), 20))


@given(SEEDS)
def test_robot_can_start(seed: int) -> None:
    """Names are unique, and requirements stand before who requires them: there is no circle."""
    seen: list[str] = []
    for member in story.robot(seed):
        assert set(member.requires) <= set(seen)
        assert member.name not in seen
        seen.append(member.name)


@given(SEEDS)
def test_every_fault_has_a_target_that_can_have_it(seed: int) -> None:
    """A switch that a node has not would be no fault, and the bystander is nobody's target."""
    kinds = {member.name: member.kind for member in story.robot(seed)}
    for faults in islice(story.rounds(seed), 50):
        for fault in faults:
            possible = story.KINDS[fault.kind].targets
            assert fault.target != story.BYSTANDER
            assert fault.target in possible or kinds[fault.target] in possible
            assert set(fault.verbs) <= set(story.VERBS)
            assert bool(fault.verbs) == (fault.kind == 'operate')


@given(SEEDS)
def test_bystander_requires_nobody_and_nobody_requires_it(seed: int) -> None:
    """Whatever happens to others is then no reason to touch it."""
    members = story.robot(seed)
    assert members[0] == story.Member(name=story.BYSTANDER, kind='nevil')
    assert not any(story.BYSTANDER in member.requires for member in members)


def test_every_kind_of_fault_comes() -> None:
    """A kind that never came would be tested by nobody."""
    stories = [faults for seed in range(20) for faults in islice(story.rounds(seed), 100)]
    assert {fault.kind for faults in stories for fault in faults} == set(story.KINDS)
    assert {len(faults) for faults in stories} == {1, 2, 3, 4}
    parts = {fault.target for faults in stories for fault in faults if fault.kind == 'stop_part'}
    assert parts == set(story.PARTS)

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

"""A short run of chaos, and of a soak; ``nevil test --chaos`` and ``--soak`` play long ones."""

from __future__ import annotations

from chaos import run
from endurance import soak
import pytest
from rules import growth_kb


@pytest.mark.timeout(600)
def test_robot_is_well_again_after_whatever_was_done() -> None:
    """Another story than last time would make a failure hard to repeat, so the seed is fixed."""
    played = run(7, rounds=4, minutes=1.0, tell=print)
    assert not played.problems, played.report()
    assert played.faults


@pytest.mark.timeout(900)
def test_nothing_grows_with_the_restarts_of_a_node() -> None:
    """A robot runs for months, and what dies in it is restarted thousands of times."""
    restarts = 600
    assert not growth_kb(soak(restarts, print), restarts)

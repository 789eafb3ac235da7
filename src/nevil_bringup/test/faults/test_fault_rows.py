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

"""The quick rows of the fault matrix; `nevil test --faults` runs all of them."""

from __future__ import annotations

from dataclasses import replace

from all_rows import ABSENT
from all_rows import ROWS
from play import play
import pytest
from row import Row
from stage import Stage


@pytest.mark.parametrize('row', [row for row in ROWS if row.quick], ids=str)
def test_fault_is_noticed_answered_once_and_harms_nobody(row: Row, domain: int) -> None:
    """What each row demands: docs/health.md."""
    result = play(row, domain)
    if result.skipped:
        pytest.skip(result.skipped)
    assert result.held, '\n'.join([*result.problems, *result.false_alarms, result.logs])


def test_row_without_its_fault_fails(domain: int) -> None:
    """A harness that cannot fail would prove nothing."""
    def nothing(stage: Stage) -> None:
        stage.order('nothing')
    first = next(row for row in ROWS if row.number == '1')
    result = play(replace(first, make=nothing, limit_s=0.5), domain)
    assert any(problem.startswith('not noticed') for problem in result.problems), result.problems
    assert '0 starts, not 1' in result.problems


def test_harmed_bystander_fails_the_row(domain: int) -> None:
    """A monitor that takes others down with the victim must not pass."""
    def both(stage: Stage) -> None:
        began = stage.kill(stage.pid(), 9)
        stage.kill(stage.pid('bystander_a'), 9)
        assert stage.wait_state('bystander_a', 'ready')
        stage.injected_at = began
    first = next(row for row in ROWS if row.number == '1')
    result = play(replace(first, make=both), domain)
    assert any('bystander_a: generation was 1, is 2' in alarm for alarm in result.false_alarms), (
        result.problems, result.false_alarms)
    assert any('bystander_a/process' in alarm for alarm in result.false_alarms)


def test_every_row_has_one_number() -> None:
    """Numbers are how people talk about rows."""
    numbers = [*(row.number for row in ROWS), *(row.number for row in ABSENT)]
    assert sorted(numbers) == sorted(set(numbers))

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

"""The sums of the matrix are those of its rows."""

from __future__ import annotations

from row import Absent
from row import Result
from row import Row
import scoreboard
from stage import Stage


def _make(stage: Stage) -> None:
    raise AssertionError('not played here')


def _row(number: str, signal: str = 'process', *, alerts: int = 1, restarts: int = 1) -> Row:
    return Row(number=number, title=f'fault {number}', make=_make, signal=signal, alerts=alerts,
               restarts=restarts, within_s=1.0)


GOOD = Result(row=_row('1'), latency_s=0.004, alerts=1, restarts=1, node_s=60.0)
SLOW = Result(row=_row('2'), latency_s=1.5, alerts=1, restarts=1, node_s=60.0)
MISSED = Result(row=_row('3', 'cpu', restarts=0), problems=['not noticed'])
QUIET = Result(row=_row('4', '', alerts=0, restarts=0), node_s=120.0)
NOISY = Result(row=_row('5', '', alerts=0, restarts=0), false_alarms=['x/cpu: x'], node_s=60.0)
SKIPPED = Result(row=_row('6'), skipped='no clock')
ALL = [GOOD, SLOW, MISSED, QUIET, NOISY, SKIPPED]


def test_sums_count_only_what_ran() -> None:
    """A row that did not run is no success, and no failure."""
    assert dict(scoreboard.summary(ALL)) == {
        'rows that held': '3 of 5',
        'faults detected, by the right health signal': '2 of 3',
        'detected within the target': '1 of 3',
        'restarts for the failures that require one': '2 for 2',
        'alerts for the faults that require one': '2 for 3',
        'false alarms': '1 in 5 node-minutes',
    }


def test_passed_needs_every_row_that_ran_and_one_at_least() -> None:
    """Nothing run is nothing shown."""
    assert scoreboard.passed([GOOD, SLOW, QUIET, SKIPPED])
    assert not scoreboard.passed([GOOD, MISSED])
    assert not scoreboard.passed([GOOD, NOISY])
    assert not scoreboard.passed([SKIPPED])


def test_line_says_what_is_wrong() -> None:
    """One look is enough."""
    assert scoreboard.line(GOOD).split() == [
        'ok', '1', 'fault', '1', '4', 'ms', '0.0', 's']
    assert scoreboard.line(NOISY).splitlines()[1].strip() == 'false alarm: x/cpu: x'
    assert scoreboard.line(SKIPPED).splitlines()[1].strip() == 'no clock'


def test_tables_name_every_row_and_those_that_did_not_run() -> None:
    """Nothing is left out in silence."""
    text = scoreboard.markdown(ALL, [Absent(number='69', title='host lost', reason='one machine')])
    assert '| process | 2 | 752 ms | 1.5 s |' in text
    assert '| 3 | fault 3 | cpu |  | 1.0 s |  | 0 | **fails** |' in text
    assert '| 69 | host lost | one machine |' in text
    assert '| 6 | fault 6 | no clock |' in text

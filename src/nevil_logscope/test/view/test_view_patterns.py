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

"""Patterns below the table: what is new on top, what has become frequent next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from view_made import Bench
from view_made import made_entry
from view_made import START_NS

STEP_NS = 100_000_000
NEW = ('gear 1 grinds', 'bus 0 is off', 'lens 3 is dirty')


def two_runs(bench: Bench) -> None:
    """Let two runs come; the second one has three new messages, and one that is frequent."""
    entries = [made_entry(number) for number in range(900)]
    entries[0] = made_entry(0, node='nevil', message='supervising robbie in /x')
    entries[300] = made_entry(300, node='nevil', message='supervising robbie in /x')
    entries[10] = made_entry(10, node='arm', level='WARNING', message='slip 1')
    for number in range(300):
        entries[310 + number] = made_entry(
            310 + number, node='arm', level='WARNING', message=f'slip {number}')
    for number, message in enumerate(NEW):
        entries[700 + number] = made_entry(
            700 + number, node='camera', level='INFO', message=message)
    bench.put(entries)


def test_what_the_last_run_has_new_is_on_top(qtbot: Any) -> None:
    """Three injected patterns are the first three, a hundredfold count is flagged."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    two_runs(bench)
    bench.scope.show()
    bench.do('patterns')
    panel = bench.scope.patterns
    rows = [[panel.list.topLevelItem(row).text(column) for column in range(7)]
            for row in range(panel.list.topLevelItemCount())]
    assert {row[6] for row in rows[:3]} == {
        'gear * grinds', 'bus * is off', 'lens * is dirty'}
    assert [row[0] for row in rows[:3]] == ['new'] * 3
    assert rows[3][0] == 'x150' and rows[3][6] == 'slip *' and rows[3][1] == '300'
    assert '3 new, 1 far more frequent' in panel.says.text()
    bench.do('patterns')
    assert not bench.scope.lower.isVisible()


def test_a_click_on_a_pattern_shows_its_entries(qtbot: Any) -> None:
    """The search field says what is shown, so Esc takes it back."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    two_runs(bench)
    bench.scope.show()
    bench.do('patterns')
    bench.scope.patterns.list.itemActivated.emit(bench.scope.patterns.list.topLevelItem(3), 0)
    bench.settle()
    assert len(bench.messages()) == 301
    assert all(message.startswith('slip ') for message in bench.messages())
    assert bench.scope.search.field.text() == '^slip\\ .*?'


def test_a_chosen_range_is_compared_with_what_is_before_it(qtbot: Any) -> None:
    """So two times of one run can be compared, and logs that know of no runs."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    bench.put([made_entry(number, message='calm 1' if number < 80 else 'storm 2', node='arm')
               for number in range(100)])
    bench.scope.show()
    bench.do('patterns')
    panel = bench.scope.patterns
    assert 'nothing to compare with' in panel.says.text()
    view = bench.scope.tabs.current
    bench.scope.set_view(replace(view, spec=replace(
        view.spec, since_ns=START_NS + 70 * STEP_NS, until_ns=START_NS + 90 * STEP_NS)))
    bench.settle()
    panel.refresh(bench.scope.tabs.current.spec)
    assert [(one.mark, one.pattern) for one in panel.found if one.mark] == [
        ('new', 'storm *')] * len([one for one in panel.found if one.mark])
    assert sum(one.count for one in panel.found) == 20

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

"""The table follows, holds still, pauses and forgets nothing."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.view.model import LEVEL
from nevil_logscope.view.model import MESSAGE
import pytest
from view_made import Bench
from view_made import made_entry

_DISPLAY = QtCore.Qt.ItemDataRole.DisplayRole


def wheel_up(bench: Bench, rows: int) -> None:
    """Scroll as a user does."""
    bar = bench.scope.table.verticalScrollBar()
    bar.setValue(bar.value() - rows)


def test_new_entries_are_followed_at_the_end(bench: Bench) -> None:
    """Live is the normal case."""
    assert bench.at_end() and bench.scope.table.following
    bench.add(500)
    assert bench.at_end() and len(bench.scope.model) == 700
    assert not bench.scope.news.isVisible()


def test_scrolling_up_stops_following_and_the_end_resumes_it(bench: Bench) -> None:
    """What one reads must not run away, and one key or a scroll leads back."""
    wheel_up(bench, 30)
    assert not bench.scope.table.following
    top = bench.scope.table.top_id()
    bench.add(100)
    assert bench.scope.table.top_id() == top
    assert bench.scope.news.isVisible()
    assert bench.scope.news.text() == '↓ 100 new, 11 errors'
    bar = bench.scope.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert bench.scope.table.following
    bench.settle()
    assert not bench.scope.news.isVisible()


def test_rows_hold_still_while_old_ones_leave(qtbot: Any) -> None:
    """At the limit every tick removes rows above; the reader must not notice."""
    bench = Bench(max_entries=1000)
    qtbot.addWidget(bench.scope)
    bench.scope.resize(1000, 700)
    bench.scope.show()
    bench.add(1000)
    bench.scope.table.select_id(800)
    top = bench.scope.table.top_id()
    for _ in range(5):
        bench.add(100)
        assert bench.scope.table.top_id() == top
        assert bench.current().id == 800
        assert len(bench.scope.model) == 1000
    assert bench.messages() == [
        bench.store.entry(number).message.partition('\n')[0]
        for number in range(bench.store.first_id, bench.store.next_id)]
    bench.scope.close_sources()


def test_a_pause_loses_nothing(bench: Bench) -> None:
    """1000 come while one reads: counted, then all there, in order."""
    bench.do('pause')
    bench.add(1000)
    assert len(bench.scope.model) == 200
    assert bench.scope.news.text() == f'‖ Paused: 1{chr(0x202f)}000 new, 110 errors'
    bench.scope.news.click()
    bench.settle()
    assert len(bench.scope.model) == 1200 and bench.at_end()
    model = bench.scope.model
    assert [model.id_at(row) for row in range(1200)] == list(range(1200))


def test_a_pause_keeps_twice_as_many_and_then_the_limit_again(qtbot: Any) -> None:
    """While paused what one looks at should not vanish; memory stays bounded all the same."""
    bench = Bench(max_entries=500)
    qtbot.addWidget(bench.scope)
    bench.scope.show()
    bench.add(500)
    bench.do('pause')
    bench.add(400)
    assert len(bench.store) == 900 and len(bench.scope.model) == 500
    bench.add(400)
    assert len(bench.store) == 1000 and len(bench.scope.model) == 200
    bench.do('pause')
    assert len(bench.store) == 500 and len(bench.scope.model) == 500
    bench.scope.close_sources()


def test_filters_work_on_what_is_frozen(bench: Bench) -> None:
    """One pauses to search: what came later is not mixed in."""
    bench.do('pause')
    bench.add(200)
    bench.type('on fire')
    assert bench.messages() == ['motor 31 is on fire', 'motor 131 is on fire']
    bench.do('pause')
    assert len(bench.messages()) == 4


def test_late_entries_take_their_place_and_marks_stay(bench: Bench) -> None:
    """Sources differ by some 100 ms: the order is that of time, bookmarks stay with entries."""
    bench.scope.table.select_id(198)
    before = bench.current().message
    bench.do('bookmark')
    late = made_entry(197, message='late', node='camera')
    bench.put([late._replace(at_ns=late.at_ns + 1000)])
    assert bench.messages()[197:200] == ['step 197 took 1 ms', 'late', before]
    assert bench.scope.bookmarks == {199}
    assert bench.current().message == before
    bench.do('pause')
    bench.put([late._replace(at_ns=late.at_ns + 2000, message='later')])
    assert 'later' not in bench.messages() and len(bench.scope.model) == 201
    bench.do('pause')
    assert bench.messages()[199] == 'later'


def test_a_traceback_is_one_row_that_tells_of_its_lines(bench: Bench) -> None:
    """Folded, but never hidden."""
    model = bench.scope.model
    assert model.line(28).more == 3
    assert model.data(model.index(28, MESSAGE), _DISPLAY) == 'planning failed  (+3 lines)'
    bench.scope.table.select_id(28)
    assert bench.scope.details.text.toPlainText() == bench.store.entry(28).message


def test_levels_have_sign_and_word(bench: Bench) -> None:
    """Colour alone tells nothing to many."""
    model = bench.scope.model
    assert model.data(model.index(8, LEVEL), _DISPLAY) == '■ ERROR'
    assert model.data(model.index(5, LEVEL), _DISPLAY) == '▲ WARNING'


def test_hits_bookmarks_and_restarts_are_painted(bench: Bench) -> None:
    """What is marked is seen: the colours are there after, and were not before."""
    theme = bench.scope.theme

    def colours() -> set[str]:
        bench.settle()
        picture = bench.scope.table.viewport().grab().toImage()
        return {picture.pixelColor(x, y).name() for y in range(picture.height())
                for x in range(0, picture.width(), 3)}
    bench.do('clear')
    bench.put([made_entry(number, message='step') for number in range(9)])
    bench.do('toggle_only_hits')
    before = colours()
    assert theme.hit not in before and theme.accent not in before
    bench.type('step')
    assert theme.hit in colours()
    bench.type('')
    bench.put([made_entry(300, node='system', message='camera: failed -> starting')])
    assert theme.accent in colours()


def test_a_flood_is_taken_whole_and_the_memory_stays_bounded(qtbot: Any) -> None:
    """100 000 entries in one tick: the newest are kept, all are counted."""
    bench = Bench(max_entries=10_000)
    qtbot.addWidget(bench.scope)
    bench.scope.show()
    for _ in range(10):
        bench.add(10_000)
    assert bench.scope.intake.received == 100_000
    assert len(bench.scope.model) == 10_000 and bench.at_end()
    assert bench.store.memory() < 5_000_000
    assert 'older ones were dropped' in bench.scope.status.counts.text()
    bench.scope.close_sources()


@pytest.mark.parametrize('message', [
    'x' * 1_000_000, 'ä😀' * 100, '\x00\x01\x1b[31m', '\t\ttabs', '', '\n\n', '\u202eabc'])
def test_any_text_can_be_painted_and_shown(bench: Bench, message: str) -> None:
    """Garbage in a log must not harm the viewer."""
    bench.put([made_entry(300, message=message)])
    bench.scope.table.select_id(bench.store.next_id - 1)
    bench.type('a')
    bench.type('')
    bench.scope.table.viewport().repaint()
    assert bench.scope.status.message.text() == ''


def test_times_before_1970_or_far_away_do_no_harm(bench: Bench) -> None:
    """Clocks of robots jump."""
    for at_ns in (0, -5, 2**62):
        bench.put([made_entry(300, at_ns=at_ns)])
        bench.scope.table.select_id(bench.store.next_id - 1)
    bench.do('time_mode')
    bench.do('time_mode')
    assert bench.scope.status.message.text() == 'Times: delta'

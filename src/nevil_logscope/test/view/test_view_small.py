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

"""What one notices in daily use: colours at the start, keys, sizes, menus, empty tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nevil_logscope import settings as remembered
from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.settings import Settings
from nevil_logscope.store import Store
from nevil_logscope.view.theme import LIGHT
from nevil_logscope.window import LogScopeWindow
import pytest
from view_made import Bench
from view_made import key
from view_made import made_entry
from view_made import QueueSource

_DAY_NS = 86_400_000_000_000


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is remembered in a folder of the test."""
    monkeypatch.setattr(remembered, '_place', lambda: QtCore.QSettings(
        str(tmp_path / 'x.ini'), QtCore.QSettings.Format.IniFormat))
    return tmp_path


def opened(qtbot: Any, data: str = '', **values: Any) -> LogScopeWindow:
    """Show a window with a hundred entries."""
    store = Store(1000)
    source = QueueSource(store)
    window = LogScopeWindow(store, [source], data=data, **values)
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    qtbot.waitExposed(window)
    source.put([made_entry(number) for number in range(100)])
    qtbot.waitUntil(lambda: len(window.scope.model) + len(store) >= 100, timeout=20_000)
    return window


def test_the_light_theme_is_light_from_the_start(qtbot: Any) -> None:
    """Every part has its colours, though the widget was made in the dark ones."""
    window = opened(qtbot, remembered=Settings(theme='light'))
    picture = window.scope.grab().toImage()
    dark = sum(QtGui.QColor(picture.pixel(x, y)).lightness() < 90
               for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7))
    assert dark < 0.1 * (picture.width() // 7) * (picture.height() // 7)
    for part in (window.scope.table, window.scope.nodes, window.scope.search.field):
        assert part.palette().base().color() == QtGui.QColor(LIGHT.background)


def test_letters_work_before_anything_is_clicked(qtbot: Any) -> None:
    """The table has the focus when the window opens."""
    window = opened(qtbot, remembered=Settings())
    assert window.scope.focusWidget() is window.scope.table


def test_larger_text_takes_no_longer_for_more_rows(bench: Bench) -> None:
    """Rows are laid out once, and the place in the table stays."""
    bench.scope.table.select_id(50)
    shown: list[int] = []
    bench.scope.table.verticalHeader().sectionResized.connect(lambda *_: shown.append(1))
    bench.do('bigger')
    assert bench.current().id == 50 and not shown
    bench.do('smaller')
    assert len(bench.scope.model) == 200


def test_filters_and_bookmarks_are_of_the_data_and_taste_is_of_the_person(
    qtbot: Any, places: Path,
) -> None:
    """What hid one robot's entries hides none of another's; what was marked is marked again."""
    first = opened(qtbot, 'one')
    first.scope.commands.do('theme')
    first.scope.table.select_id(40)
    first.scope.commands.do('bookmark')
    view = first.scope.tabs.current
    first.scope.set_view(replace(view, spec=replace(view.spec, nodes=frozenset({'nobody'}))))
    first.shut()
    other = opened(qtbot, 'two')
    assert other.scope.theme.name == 'light' and not other.scope.bookmarks
    assert other.scope.tabs.current.spec.nodes is None
    other.shut()
    again = opened(qtbot, 'one')
    qtbot.waitUntil(lambda: again.scope.bookmarks == {40}, timeout=20_000)
    assert again.scope.tabs.current.spec.nodes == frozenset({'nobody'})
    again.shut()


def test_the_end_is_shown_after_the_window_shrinks(bench: Bench) -> None:
    """Follow is lit: then the newest entry is seen."""
    bench.scope.resize(900, 420)
    bench.settle()
    bar = bench.scope.table.verticalScrollBar()
    assert bench.scope.table.following and bar.value() == bar.maximum()


def test_home_and_end_take_the_current_row_along(bench: Bench, qtbot: Any) -> None:
    """The arrows go on from where one looks."""
    bench.scope.table.select_id(50)
    qtbot.keyClick(bench.scope.table, key('Home'))
    assert bench.current().id == 0
    qtbot.keyClick(bench.scope.table, key('End'))
    bench.settle()
    assert bench.current().id == 199 and bench.scope.table.following


def test_a_date_is_shown_whole_and_an_entry_without_time_brings_none(bench: Bench) -> None:
    """Milliseconds are not cut off; what has no time has no day."""
    model, table = bench.scope.model, bench.scope.table
    bench.put([made_entry(300, at_ns=0, message='no time')])
    assert not model.many_days and model.time_text(0, 0) == '–'
    bench.put([made_entry(301, at_ns=made_entry(0).at_ns + 2 * _DAY_NS)])
    assert model.many_days
    text = model.time_text(5, made_entry(5).at_ns)
    assert len(text) == len('11-22 17:54:03.123')
    assert QtGui.QFontMetrics(table.font()).horizontalAdvance(text) < table.columnWidth(0)


def test_an_empty_table_says_why(bench: Bench) -> None:
    """Nothing is blank without a word."""
    bench.scope.search.field.setText('no such text')
    bench.settle()
    bench.scope.refresh()
    assert '“no such text” is not found' in bench.scope.table._hint
    bench.do('clear_filters')
    bench.settle()
    bench.scope.refresh()
    assert bench.scope.table._hint == ''


def test_the_menu_of_a_row_shows_hides_marks_and_copies(bench: Bench) -> None:
    """What one wants with an entry is where it is."""
    bench.scope.table.select_id(31)
    place = bench.scope.table.visualRect(bench.scope.table.currentIndex()).center()
    menu = bench.scope.commands.entries.menu(place)
    actions = {action.text(): action for action in menu.actions()}
    assert bench.current().id == 31
    assert not actions['Open the file'].isEnabled()
    actions['Hide entries with this message (X)'].trigger()
    bench.settle()
    assert len(bench.scope.model) == 199
    bench.do('clear_filters')
    bench.scope.table.select_id(31)
    actions[f'Only {made_entry(31).node}, or all again (S)'].trigger()
    bench.settle()
    assert bench.nodes() == {made_entry(31).node}


def test_the_wheel_looks_closer_at_the_time_and_back(bench: Bench) -> None:
    """A second of many days can be seen."""
    line = bench.scope.timeline
    whole = line.counts.sum()
    line.zoom(made_entry(100).at_ns, 0.25)
    bench.settle()
    assert line.window is not None and 0 < line.counts.sum() < whole
    line.zoom(made_entry(100).at_ns, 100.0)
    bench.settle()
    assert line.window is None and line.counts.sum() == whole

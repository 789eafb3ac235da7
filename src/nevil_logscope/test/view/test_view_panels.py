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

"""Timeline, details, statistics, lights and the status line."""

from __future__ import annotations

import time
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.view.details import markdown
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.lights import light_from_logs
from nevil_logscope.view.lights import LIGHTS
from nevil_logscope.view.lights import paint_light
from nevil_logscope.view.theme import DARK
from nevil_logscope.view.times import full
from nevil_logscope.view.times import parse_time
from nevil_logscope.view.times import span
import pytest
from view_made import Bench
from view_made import key
from view_made import made_entry
from view_made import QueueSource
from view_made import START_NS

_LEFT = QtCore.Qt.MouseButton.LeftButton
_SHIFT = QtCore.Qt.KeyboardModifier.ShiftModifier


def test_the_bars_count_every_entry_that_is_shown(bench: Bench) -> None:
    """By level; a filter changes them."""
    counts = bench.scope.timeline.counts
    levels = [bench.store.entry(number).level for number in range(200)]
    assert counts.sum() == 200
    assert counts[:, 3].sum() == levels.count('ERROR')
    bench.do('level_3')
    assert bench.scope.timeline.counts[:, 3].sum() == 0


def test_a_click_goes_to_the_time(bench: Bench, qtbot: Any) -> None:
    """The middle of the strip is the middle of the time."""
    line = bench.scope.timeline
    qtbot.mouseClick(line, _LEFT, pos=QtCore.QPoint(line.width() // 2, 20))
    bench.settle()
    assert 95 <= bench.current().id <= 105
    assert line.here_ns == bench.current().at_ns


def test_dragging_chooses_a_range_and_escape_removes_it(bench: Bench, qtbot: Any) -> None:
    """Only that range is shown, and the strip still shows what is around it."""
    line = bench.scope.timeline
    quarter = line.width() // 4
    qtbot.mousePress(line, _LEFT, pos=QtCore.QPoint(quarter, 20))
    qtbot.mouseMove(line, QtCore.QPoint(2 * quarter, 20))
    qtbot.mouseRelease(line, _LEFT, pos=QtCore.QPoint(3 * quarter, 20))
    bench.settle()
    assert 90 <= len(bench.scope.model) <= 110
    assert line.counts.sum() == 200
    assert '–' in bench.scope.chips.buttons[0].text()
    qtbot.keyClick(line, key('Escape'))
    bench.settle()
    assert len(bench.scope.model) == 200


def test_the_timeline_is_used_by_keys(bench: Bench, qtbot: Any) -> None:
    """Left and Right move, Enter goes there, Shift chooses."""
    line = bench.scope.timeline
    bench.scope.table.select_id(150)
    line.setFocus()
    for _ in range(20):
        qtbot.keyClick(line, key('Left'))
    qtbot.keyClick(line, key('Return'))
    bench.settle()
    assert bench.current().id < 150
    for _ in range(10):
        qtbot.keyClick(line, key('Right'), _SHIFT)
    bench.settle()
    assert line.brush is not None and 0 < len(bench.scope.model) < 50


def test_details_show_the_text_and_the_nodes_context(bench: Bench, qtbot: Any) -> None:
    """What the same node said before and after, and one press leads there."""
    bench.scope.table.select_id(28)
    details = bench.scope.details
    assert details.head.text().startswith(full(bench.store.at_ns(28)))
    ids = [details.context.item(row).data(QtCore.Qt.ItemDataRole.UserRole)
           for row in range(details.context.count())]
    assert ids == [3, 8, 13, 18, 23, 28, 33, 38, 43, 48, 53]
    details.context.itemActivated.emit(details.context.item(0))
    assert bench.current().id == 3


def test_markdown_survives_any_text() -> None:
    """A text with a fence of its own must not end ours."""
    entry = made_entry(1, message='see\n```\ncode\n```')
    text = markdown(entry, [entry])
    assert text.count('````') == 2 and entry.message in text


def test_statistics_name_what_is_there(bench: Bench) -> None:
    """Received, kept, shown, dropped, a second, memory, and each node."""
    bench.source.dropped = 7
    bench.do('statistics')
    text = bench.scope.statistics.toPlainText()
    for part in ('received', 'kept 200 of at most', 'dropped                  7', 'a second',
                 'bytes an entry', 'speech_recognition'):
        assert part in text


@pytest.mark.parametrize('ages, light', [
    ((1, 999, 999), 'healthy'), ((1, 30, 999), 'degraded'), ((1, 30, 30), 'unhealthy'),
    ((30, 999, 999), 'unknown'), ((1, 61, 61), 'healthy')])
def test_without_health_the_logs_give_the_light(
        ages: tuple[float, float, float], light: str) -> None:
    """Errors and warnings of the last minute, else silence of ten seconds."""
    now = 1e9
    assert light_from_logs(now, *(now - age for age in ages)) == light


def test_lights_differ_in_shape() -> None:
    """In one colour all four are still different."""
    pictures = set()
    for light in LIGHTS:
        image = QtGui.QImage(16, 16, QtGui.QImage.Format.Format_RGB32)
        image.fill(QtGui.QColor('#000000'))
        painter = QtGui.QPainter(image)
        paint_light(painter, QtCore.QRect(0, 0, 16, 16), light, DARK)
        painter.end()
        pictures.add(tuple(image.pixelColor(x, y).name() != '#000000'
                           for x in range(16) for y in range(16)))
    assert len(pictures) == 4


def test_the_health_that_the_robot_tells_comes_first(qtbot: Any) -> None:
    """A node without a single entry is in the list as well; the cause is told."""
    health = {'camera': ('unhealthy', 'no heartbeat for 5.0 s'), 'arm': ('healthy', '')}
    bench = Bench(health=lambda: health)
    qtbot.addWidget(bench.scope)
    bench.add(50, at_ns=time.time_ns(), level='INFO')
    rows = {row.name: row for row in bench.scope.nodes.rows}
    assert rows['camera'].light == 'unhealthy' and rows['arm'].light == 'healthy'
    assert rows['navigation'].light == 'healthy'
    place = list(rows).index('camera')
    tip = bench.scope.nodes.model().index(place, 0).data(QtCore.Qt.ItemDataRole.ToolTipRole)
    assert 'unhealthy (no heartbeat for 5.0 s)' in tip
    health['camera'] = ('healthy', '')
    bench.settle()
    assert {row.name: row.light for row in bench.scope.nodes.rows}['camera'] == 'healthy'
    bench.scope.close_sources()


def test_sources_are_named_with_their_state(bench: Bench) -> None:
    """One sees what one has, and what is missing; what was dropped is never silent."""
    bench.source.status = '3 files'
    other = QueueSource(bench.store, '/rosout')
    other.status, other.ok, other.dropped = 'ROS 2 is not installed', False, 12
    bench.scope.intake.add(other)
    bench.settle()
    assert bench.scope.status.sources.text() == (
        '● files: 3 files   ○ /rosout: ROS 2 is not installed')
    assert bench.scope.status.dropped.text() == '✖ 12 dropped'


def test_a_source_that_fails_is_shown_and_tried_again(bench: Bench, monkeypatch: Any) -> None:
    """The window lives on, and so do the other sources."""
    bench.source.error = RuntimeError('wire cut')
    other = QueueSource(bench.store, 'other')
    bench.scope.intake.add(other)
    other.put([made_entry(300)])
    bench.scope.intake.tick()
    bench.settle()
    assert len(bench.scope.model) == 201
    assert '○ files: RuntimeError: wire cut' in bench.scope.status.sources.text()
    assert 'wire cut' in bench.scope.status.message.text()
    bench.source.error = None
    now = time.monotonic()
    monkeypatch.setattr(time, 'monotonic', lambda: now + 10)
    bench.add(5)
    assert '● files: made up' in bench.scope.status.sources.text()
    assert len(bench.scope.model) == 206


def test_no_exception_leaves_a_slot(bench: Bench, monkeypatch: Any, caplog: Any) -> None:
    """Qt ends the process where one does; here it is said and logged, once."""
    def broken(*_: Any) -> None:
        raise ZeroDivisionError('no way')
    monkeypatch.setattr(bench.scope.feed, 'set_paused', broken)
    for _ in range(2):
        bench.scope.pause.click()
    assert 'ZeroDivisionError: no way' in bench.scope.status.message.text()
    assert len([one for one in caplog.records if 'no way' in one.message]) == 1
    monkeypatch.setattr(bench.scope.model, 'line', broken)
    bench.scope.table.viewport().repaint()
    bench.scope.nodes.viewport().repaint()


def test_guarded_takes_no_more_than_the_method_does() -> None:
    """``clicked`` brings a bool that most slots do not want."""
    class Taker(QtCore.QObject):  # type: ignore[misc]  # Qt's classes are Any

        @guarded(default=3)
        def none(self) -> int:
            return 1

        @guarded(default=3)
        def one(self, value: int) -> int:
            return 6 // value
    taker = Taker()
    assert taker.none(True) == 1 and taker.one(2, 'more') == 3 and taker.one(0) == 3


@pytest.mark.parametrize('text, difference_s', [
    ('+90 s', 90), ('-2 min', -120), ('+1.5h', 5400), ('-1 d', -86400)])
def test_differences_are_times(text: str, difference_s: int) -> None:
    """As one thinks: five minutes earlier."""
    assert parse_time(text, START_NS) == START_NS + difference_s * 10**9


def test_times_of_day_are_of_the_day_where_one_is() -> None:
    """Written as the table shows them, or with the date."""
    shown = full(START_NS)
    assert parse_time(shown[11:26], START_NS) == START_NS // 1000 * 1000
    assert parse_time(shown[:16], 0) == START_NS // 60_000_000_000 * 60_000_000_000
    for wrong in ('', 'noon', '25:00', '2026-02-30 10:00', '12:61'):
        with pytest.raises(ValueError, match='is not a time'):
            parse_time(wrong, START_NS)


def test_spans_are_short() -> None:
    """Seconds, or hours and minutes."""
    assert [span(one) for one in (0, 1_234_567_890, -61_000_000_000, 3_723_004_000_000)] == [
        '+0.000 s', '+1.234 s', '-0:01:01.000', '+1:02:03.004']


def test_the_widgets_have_names_for_who_cannot_see(bench: Bench) -> None:
    """A screen reader says them."""
    named = (bench.scope.table, bench.scope.nodes, bench.scope.timeline, bench.scope.search.field,
             bench.scope.details.text, bench.scope.statistics)
    assert all(widget.accessibleName() for widget in named)
    for button in bench.scope.findChildren(QtWidgets.QToolButton):
        if button.text():
            assert button.accessibleName() or button.toolTip(), button.text()

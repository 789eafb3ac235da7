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

"""The table of entries: it follows the end, or stays with what one reads."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.store import Column
from nevil_logscope.view.column_menu import column_menu
from nevil_logscope.view.delegate import RowDelegate
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.model import COMPONENT
from nevil_logscope.view.model import LEVEL
from nevil_logscope.view.model import LogModel
from nevil_logscope.view.model import NODE
from nevil_logscope.view.model import SOURCE
from nevil_logscope.view.model import TIME
from nevil_logscope.view.theme import Theme
import numpy as np

__all__ = ['LogTable']

Qt = QtCore.Qt
_WIDTHS = {TIME: 17, LEVEL: 11, NODE: 21, COMPONENT: 14, SOURCE: 10}
# The clipboard holds one text in memory; more is an export.
_MAX_COPIED = 200_000
# `11-22 17:54:03.123`, in characters.
_DATED = 20


class LogTable(QtWidgets.QTableView):
    """
    The table.

    ``following`` says whether new entries scroll it: while ``auto_scroll`` is on and one is at
    the end. Signals: ``moved()`` when another entry is current, ``follow_changed(bool)``.
    """

    moved = Signal()
    follow_changed = Signal(bool)

    def __init__(self, model: LogModel, delegate: RowDelegate, parent: Any = None) -> None:
        super().__init__(parent)
        self.setAccessibleName('Log entries')
        self.auto_scroll = True
        self.following = True
        self._ours = False
        self._rows = model
        self._cells = delegate
        self._theme: Theme | None = None
        self._hint = ''
        self._dated = False
        self.setModel(model)
        self.setItemDelegate(delegate)
        behavior = QtWidgets.QAbstractItemView
        self.setSelectionBehavior(behavior.SelectionBehavior.SelectRows)
        self.setSelectionMode(behavior.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(behavior.ScrollMode.ScrollPerItem)
        self.setEditTriggers(behavior.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        # Else Qt asks each of a million rows for its size.
        rows.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.Fixed)
        columns = self.horizontalHeader()
        columns.setStretchLastSection(True)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setHighlightSections(False)
        columns.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        columns.customContextMenuRequested.connect(
            lambda position: column_menu(self).exec(columns.mapToGlobal(position)))
        self.setColumnHidden(SOURCE, True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.selectionModel().currentRowChanged.connect(self._current_changed)

    def set_look(self, theme: Theme, font: Any) -> None:
        """Paint in these colours and this font; columns fit it."""
        self._cells.set_look(theme, font)
        self._theme = theme
        # Qt gives each row its height for itself, which takes long where there are many.
        shown, current, top = self._rows.shown, self.current_id, self.top_id()
        self._ours = True
        self._rows.show(np.empty(0, np.int64))
        self.setFont(font)
        rows = self.verticalHeader()
        rows.setMinimumSectionSize(self._cells.row_height)
        rows.setDefaultSectionSize(self._cells.row_height)
        character = QtGui.QFontMetrics(font).averageCharWidth()
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width * character + 10)
        self._rows.show(shown)
        if current is not None and len(self._rows):
            self._make_current(self._rows.row_near(current))
        self._dated = False
        self._ours = False
        self._fit_times()
        if self.following:
            self.go_to_end()
        elif top is not None:
            self.scroll_to_top(top)
        self.viewport().update()

    def set_hint(self, text: str) -> None:
        """Show why there are no rows."""
        if text != self._hint:
            self._hint = text
            self.viewport().update()

    @guarded()
    def paintEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if self._hint and not len(self._rows) and self._theme is not None:
            painter = QtGui.QPainter(self.viewport())
            painter.setPen(QtGui.QColor(self._theme.muted))
            painter.drawText(self.viewport().rect(),
                             Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._hint)

    @guarded()
    def resizeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if self.following:
            self.go_to_end()

    def _fit_times(self) -> None:
        """Make room for dates where times have them."""
        if self._rows.many_days and not self._dated:
            self._dated = True
            character = QtGui.QFontMetrics(self.font()).averageCharWidth()
            self.setColumnWidth(TIME, max(self.columnWidth(TIME), _DATED * character + 10))

    @property
    def current_id(self) -> int | None:
        """Return the id of the current entry."""
        row = self.currentIndex().row()
        return self._rows.id_at(row) if 0 <= row < len(self._rows) else None

    def selected_ids(self) -> list[int]:
        """Return the ids that are selected, ascending."""
        rows: set[int] = set()
        for part in self.selectionModel().selection():
            rows.update(range(part.top(), min(part.bottom() + 1, part.top() + _MAX_COPIED)))
        return [self._rows.id_at(row) for row in sorted(rows) if row < len(self._rows)]

    def show_ids(self, ids: Column | None) -> None:
        """Show other rows; stay at the end, or with the current entry or the first one seen."""
        current = self.current_id
        anchor = current if current is not None else self.top_id()
        offset = 0
        if current is not None:
            offset = self.currentIndex().row() - self.rowAt(0)
            if not 0 <= offset <= self._page():
                offset = self._page() // 2
        self._ours = True
        self._rows.show(ids)
        self._ours = False
        if current is not None and len(self._rows):
            self._make_current(self._rows.row_near(current))
        self._fit_times()
        if self.following:
            self.go_to_end()
        elif anchor is not None and len(self._rows):
            self._scroll_to(self._rows.row_near(anchor) - offset)

    def follow_ids(self, ids: Column | None, changed_from: int) -> None:
        """Take what has come and left; scroll to it, or hold still what is read."""
        bar = self.verticalScrollBar()
        value = bar.value()
        self._ours = True
        try:
            gone = self._rows.follow(ids, changed_from)
            self._fit_times()
            if self.following:
                self.scrollToBottom()
            elif gone:
                self.updateGeometries()
                bar.setValue(max(0, value - gone))
        finally:
            self._ours = False

    def keep_current(self, entry_id: int) -> None:
        """Make the row that an entry has moved to current, without scrolling."""
        row = self._rows.row_near(entry_id)
        if row >= 0 and row != self.currentIndex().row():
            self._ours = True
            scroll = self.hasAutoScroll()
            self.setAutoScroll(False)
            self._make_current(row)
            self.setAutoScroll(scroll)
            self._ours = False

    def select_id(self, entry_id: int) -> None:
        """Go to an entry, or to the first one after it; following ends unless it is the last."""
        row = self._rows.row_near(entry_id)
        if row < 0:
            return
        self._make_current(row)
        page = self._page()
        top = self.rowAt(0)
        if not top + 1 <= row <= top + page - 2:
            self._scroll_to(row - page // 2)
        self.set_following(row == len(self._rows) - 1 and self.auto_scroll)

    def go_to_end(self) -> None:
        """Scroll to the newest entry and follow."""
        self._ours = True
        self.scrollToBottom()
        self._ours = False
        self.set_following(self.auto_scroll)

    def set_following(self, on: bool) -> None:
        """Follow the end or not."""
        if on != self.following:
            self.following = on
            self.follow_changed.emit(on)

    def top_id(self) -> int | None:
        """Return the id of the first row seen."""
        row = self.rowAt(0)
        return self._rows.id_at(row) if 0 <= row < len(self._rows) else None

    def scroll_to_top(self, entry_id: int) -> None:
        """Make an entry the first row seen."""
        self._scroll_to(self._rows.row_near(entry_id))

    @guarded()
    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        # Letters would search in column 0; arrows and pages move as usual.
        if event.text().strip() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        else:
            super().keyPressEvent(event)

    @guarded()
    def focusInEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        # Qt makes the first row current, which nobody has chosen.
        chosen = self.currentIndex().isValid()
        self._ours = True
        super().focusInEvent(event)
        if not chosen:
            self.setCurrentIndex(QtCore.QModelIndex())
        self._ours = False

    @guarded(default=QtCore.QModelIndex())
    def moveCursor(self, action: Any, modifiers: Any) -> Any:  # noqa: N802 - Qt's name
        if action in (self.CursorAction.MoveHome, self.CursorAction.MoveEnd) and len(self._rows):
            last = action == self.CursorAction.MoveEnd
            return self._rows.index(len(self._rows) - 1 if last else 0, 0)
        if not self.currentIndex().isValid() and len(self._rows):
            row = len(self._rows) - 1 if self.following else max(0, self.rowAt(0))
            return self._rows.index(row, 0)
        return super().moveCursor(action, modifiers)

    def _page(self) -> int:
        return max(1, int(self.viewport().height()) // max(1, int(self._cells.row_height)))

    def _make_current(self, row: int) -> None:
        flag = QtCore.QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(
            self._rows.index(row, 0), flag.ClearAndSelect | flag.Rows)

    def _scroll_to(self, row: int) -> None:
        self._ours = True
        self.updateGeometries()
        self.verticalScrollBar().setValue(max(0, row))
        self._ours = False

    @guarded()
    def _scrolled(self, value: int) -> None:
        if not self._ours:
            self.set_following(self.auto_scroll and value >= self.verticalScrollBar().maximum())

    @guarded()
    def _current_changed(self, current: Any, _: Any) -> None:
        if not self._ours:
            if current.isValid() and current.row() < len(self._rows) - 1:
                self.set_following(False)
            self.moved.emit()

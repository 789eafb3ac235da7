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

"""The list of nodes: light, name, key, counts of warnings and errors; hide, show, solo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.keys import FUNCTION_KEYS
from nevil_logscope.view.lights import paint_light
from nevil_logscope.view.theme import LEVEL_SIGNS
from nevil_logscope.view.theme import Theme

__all__ = ['node_order', 'NodeList', 'NodeRow', 'short']

Qt = QtCore.Qt
_FIRST = ('system', 'speech_recognition', 'speech_synthesis', 'ai_cognition')
_PADDING = 6


@dataclass(frozen=True)
class NodeRow:
    """
    One node as the list shows it.

    :param light: healthy, degraded, unhealthy, unknown
    :param cause: why, in words
    """

    name: str
    light: str = 'unknown'
    cause: str = ''
    entries: int = 0
    warnings: int = 0
    errors: int = 0
    shown: bool = True


def node_order(names: list[str]) -> list[str]:
    """Return names in the order of the list: Nevil's own four, then as they appeared."""
    return [name for name in _FIRST if name in names] + [
        name for name in names if name not in _FIRST]


class _Model(QtCore.QAbstractListModel):
    """The rows of the list."""

    def __init__(self, parent: Any) -> None:
        super().__init__(parent)
        self.rows: list[NodeRow] = []

    def rowCount(self, parent: Any = None) -> int:  # noqa: N802 - Qt's name
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    @guarded()
    def data(self, index: Any, role: int = 0) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return describe(row, index.row())
        return None

    def put(self, rows: list[NodeRow]) -> None:
        """Show these rows; only what differs is repainted."""
        if [row.name for row in rows] != [row.name for row in self.rows]:
            self.layoutAboutToBeChanged.emit()
            added = len(rows) - len(self.rows)
            if added > 0:
                self.beginInsertRows(QtCore.QModelIndex(), len(self.rows), len(rows) - 1)
            elif added < 0:
                self.beginRemoveRows(QtCore.QModelIndex(), len(rows), len(self.rows) - 1)
            self.rows = rows
            if added > 0:
                self.endInsertRows()
            elif added < 0:
                self.endRemoveRows()
            self.layoutChanged.emit()
        elif rows != self.rows:
            self.rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))


def describe(row: NodeRow, number: int) -> str:
    """Return a row in words."""
    key = f', key F{number + 1}' if number < FUNCTION_KEYS else ''
    cause = f' ({row.cause})' if row.cause else ''
    return (f'{row.name or "(no node)"}: {row.light}{cause}, {row.entries} entries, '
            f'{row.warnings} warnings, {row.errors} errors, '
            f'{"shown" if row.shown else "hidden"}{key}')


class _Delegate(QtWidgets.QStyledItemDelegate):
    """Paints a row."""

    def __init__(self, parent: Any, theme: Theme) -> None:
        super().__init__(parent)
        self.theme = theme

    def sizeHint(self, option: Any, index: Any) -> Any:  # noqa: N802 - Qt's name
        return QtCore.QSize(180, QtGui.QFontMetrics(option.font).height() + 8)

    @guarded()
    def paint(self, painter: Any, option: Any, index: Any) -> None:
        row = index.model().rows[index.row()]
        theme = self.theme
        rect = option.rect
        selected = bool(option.state & QtWidgets.QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, QtGui.QColor(theme.selection))
        light = QtCore.QRect(rect.left() + _PADDING, rect.top(), 12, rect.height())
        paint_light(painter, light, row.light, theme)
        right = rect.right() - _PADDING
        font = QtGui.QFont(option.font)
        painter.setFont(font)
        metrics = QtGui.QFontMetrics(font)
        for count, level in ((row.errors, 3), (row.warnings, 2)):
            if count:
                text = f'{LEVEL_SIGNS[level]} {short(count)}'
                width = metrics.horizontalAdvance(text)
                painter.setPen(QtGui.QColor(theme.levels[level]))
                painter.drawText(QtCore.QRect(right - width, rect.top(), width, rect.height()),
                                 Qt.AlignmentFlag.AlignVCenter, text)
                right -= width + 8
        left = light.right() + _PADDING
        if index.row() < FUNCTION_KEYS:
            key = f'F{index.row() + 1}'
            width = metrics.horizontalAdvance('F12')
            painter.setPen(QtGui.QColor(theme.muted))
            painter.drawText(QtCore.QRect(left, rect.top(), width, rect.height()),
                             Qt.AlignmentFlag.AlignVCenter, key)
            left += width + _PADDING
        font.setStrikeOut(not row.shown)
        painter.setFont(font)
        painter.setPen(QtGui.QColor(theme.text if row.shown else theme.muted))
        box = QtCore.QRect(left, rect.top(), max(0, right - left), rect.height())
        name = metrics.elidedText(row.name or '(no node)', Qt.TextElideMode.ElideMiddle,
                                  box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)


def short(count: int) -> str:
    """Return a count in four characters at most."""
    for limit, unit in ((1_000_000_000, 'G'), (1_000_000, 'M'), (10_000, 'k')):
        if count >= limit:
            return f'{count // (limit if unit != "k" else 1000)}{unit}'
    return str(count)


class NodeList(QtWidgets.QListView):
    """
    The nodes.

    Signals: ``soloed(name)`` at a click; ``toggled(name)`` at Ctrl+click, or Space;
    ``asked(name)`` at Enter: what is wrong with it.
    """

    toggled = Signal(str)
    soloed = Signal(str)
    asked = Signal(str)

    def __init__(self, theme: Theme, parent: Any = None) -> None:
        super().__init__(parent)
        self.setAccessibleName('Nodes')
        self._rows = _Model(self)
        self._painter = _Delegate(self, theme)
        self.setModel(self._rows)
        self.setItemDelegate(self._painter)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QtWidgets.QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        self.clicked.connect(self._clicked)

    @property
    def rows(self) -> list[NodeRow]:
        """Return what is shown."""
        return self._rows.rows

    def put(self, rows: list[NodeRow]) -> None:
        """Show these nodes."""
        self._rows.put(rows)

    def set_theme(self, theme: Theme) -> None:
        """Paint in these colours."""
        self._painter.theme = theme
        self.viewport().update()

    @guarded()
    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        index = self.currentIndex()
        if index.isValid() and event.key() == Qt.Key.Key_Space:
            self.toggled.emit(self.rows[index.row()].name)
        elif index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.asked.emit(self.rows[index.row()].name)
        else:
            super().keyPressEvent(event)

    @guarded()
    def _clicked(self, index: Any) -> None:
        held = QtWidgets.QApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier
        (self.toggled if held else self.soloed).emit(self.rows[index.row()].name)

    @guarded()
    def _menu(self, position: Any) -> None:
        index = self.indexAt(position)
        if not index.isValid():
            return
        name = self.rows[index.row()].name
        menu = QtWidgets.QMenu(self)
        menu.addAction('Show or hide (Space, Ctrl+click)', lambda: self.toggled.emit(name))
        menu.addAction('To its newest error (Enter)', lambda: self.asked.emit(name))
        menu.addAction('Only this node, or all again (click)',
                       lambda: self.soloed.emit(name))
        menu.exec(self.viewport().mapToGlobal(position))

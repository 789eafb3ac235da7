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

"""How many entries of each level there were when: bars to click, and to choose a time range of."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import mouse_position
from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.store import Column
from nevil_logscope.view import times
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_logscope.view.theme import Theme
import numpy as np

__all__ = ['Timeline']

Qt = QtCore.Qt
_BIN_WIDTH = 5
_DRAG = 4
_LABELS = 16
# Of the time that is shown, at a step of the wheel.
_ZOOM = 0.8


class Timeline(QtWidgets.QWidget):
    """
    The strip of bars.

    Signals: ``clicked(ns)`` to go to a time; ``brushed(start ns, end ns)`` for a range, 0 and 0
    when it is removed; ``zoomed()`` when bars of another ``window`` are wanted.
    """

    clicked = Signal(object)
    brushed = Signal(object, object)
    zoomed = Signal()

    def __init__(self, theme: Theme, parent: Any = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName('Timeline of levels')
        self.setToolTip('Click: go to that time. Drag: only that range. Escape: show all.\n'
                        'Wheel: zoom. Double click: show all.\n'
                        'Keys: Left, Right, with Shift to choose a range, Enter to go there.')
        self._theme = theme
        self._counts = np.zeros((1, len(LEVEL_NAMES)), np.int64)
        self._start, self._end = 0, 0
        self._brush: tuple[int, int] | None = None
        self._pressed: int | None = None
        self._cursor: int | None = None
        self.here_ns = 0
        # First and last time of what is to be shown; None is everything.
        self.window: tuple[int, int] | None = None
        self._everything: tuple[int, int] | None = None

    def sizeHint(self) -> Any:  # noqa: N802 - Qt's name
        return QtCore.QSize(400, 78)

    @property
    def bins(self) -> int:
        """Return how many bars there is room for."""
        return max(1, int(self.width()) // _BIN_WIDTH)

    @property
    def brush(self) -> tuple[int, int] | None:
        """Return the range that is chosen, in ns."""
        return self._brush

    @property
    def counts(self) -> Column:
        """Return what is shown: a row for each bar, a column for each level."""
        return self._counts

    def put(self, start: int, end: int, counts: Column) -> None:
        """Show counts (a row for each bar, a column for each level) from a time to another."""
        self._start, self._end, self._counts = start, end, counts
        self.update()

    def set_brush(self, brush: tuple[int, int] | None) -> None:
        """Show a range without signalling a change."""
        self._brush = brush
        self.update()

    def set_here(self, at_ns: int) -> None:
        """Show where the current entry is."""
        if at_ns != self.here_ns:
            self.here_ns = at_ns
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Paint in these colours."""
        self._theme = theme
        self.update()

    @guarded()
    def paintEvent(self, _: Any) -> None:  # noqa: N802 - Qt's name
        painter = QtGui.QPainter(self)
        theme = self._theme
        height = self.height() - _LABELS
        painter.fillRect(self.rect(), QtGui.QColor(theme.background))
        if self._brush:
            left, right = (self._x(at) for at in self._brush)
            painter.fillRect(left, 0, max(2, right - left), height, QtGui.QColor(theme.selection))
        self._bars(painter, height)
        painter.setPen(QtGui.QColor(theme.accent))
        for at_ns in (self._brush or ()):
            painter.drawLine(self._x(at_ns), 0, self._x(at_ns), height)
        for at_ns, style in ((self.here_ns, Qt.PenStyle.SolidLine),
                             (self._cursor or 0, Qt.PenStyle.DashLine)):
            if self._start <= at_ns < self._end:
                painter.setPen(QtGui.QPen(QtGui.QColor(theme.accent), 1, style))
                painter.drawLine(self._x(at_ns), 0, self._x(at_ns), height)
        self._labels(painter, height)
        painter.setPen(QtGui.QColor(theme.accent if self.hasFocus() else theme.border))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _bars(self, painter: Any, height: int) -> None:
        sums = self._counts.sum(axis=1)
        most = int(sums.max())
        if not most:
            return
        bins = len(self._counts)
        # Of the square root, so that single errors are seen beside floods.
        tall = np.sqrt(sums / most) * (height - 4)
        edges = np.linspace(0, self.width(), bins + 1).astype(int)
        below = np.zeros(bins)
        for level in range(len(LEVEL_NAMES)):
            part = self._counts[:, level]
            colour = QtGui.QColor(self._theme.levels[level])
            if level < 2:
                colour.setAlpha(90 + 50 * level)
            share = np.where(sums > 0, part / np.maximum(sums, 1), 0) * tall
            share = np.where((part > 0) & (level >= 2), np.maximum(share, 2), share)
            for place in np.flatnonzero(part).tolist():
                top = height - below[place] - share[place]
                painter.fillRect(QtCore.QRectF(
                    edges[place], top, max(1, edges[place + 1] - edges[place] - 1),
                    share[place]), colour)
            below += share

    def _labels(self, painter: Any, height: int) -> None:
        if self._end <= self._start:
            return
        font = QtGui.QFont(self.font())
        font.setPointSizeF(max(6.0, font.pointSizeF() * 0.85))
        painter.setFont(font)
        painter.setPen(QtGui.QColor(self._theme.muted))
        box = QtCore.QRect(4, height, self.width() - 8, _LABELS)
        long = self._end - self._start >= 86_400_000_000_000
        for at_ns, side in ((self._start, Qt.AlignmentFlag.AlignLeft),
                            ((self._start + self._end) // 2, Qt.AlignmentFlag.AlignHCenter),
                            (self._end, Qt.AlignmentFlag.AlignRight)):
            painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter,
                             times.absolute(at_ns, long)[:-4])

    @guarded()
    def mousePressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton and self._end > self._start:
            self._pressed = mouse_position(event).x()

    @guarded()
    def mouseMoveEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        x = mouse_position(event).x()
        if self._pressed is not None and abs(x - self._pressed) >= _DRAG:
            self._brush = self._range(self._pressed, x)
            self.update()

    @guarded()
    def mouseReleaseEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        if self._pressed is None:
            return
        x, pressed = mouse_position(event).x(), self._pressed
        self._pressed = None
        if abs(x - pressed) >= _DRAG:
            self._brush = self._range(pressed, x)
            self.brushed.emit(*self._brush)
        else:
            self.clicked.emit(self._time(x))
        self.update()

    @guarded()
    def wheelEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        steps = event.angleDelta().y() / 120
        if self._end > self._start and steps:
            self.zoom(self._time(int(event.position().x())), _ZOOM ** steps)
        event.accept()

    @guarded()
    def mouseDoubleClickEvent(self, _: Any) -> None:  # noqa: N802 - Qt's name
        self.window = None
        self.zoomed.emit()

    def zoom(self, at_ns: int, factor: float) -> None:
        """Show less or more time around a time, not less than there is room for."""
        self._everything = self._everything or (self._start, self._end)
        first, last = self._everything
        start = max(first, at_ns - int((at_ns - self._start) * factor))
        end = min(last, at_ns + int((self._end - at_ns) * factor))
        if end - start >= self.bins:
            self.window = None if (start, end) == (first, last) else (start, end)
            if self.window is None:
                self._everything = None
            self.zoomed.emit()

    @guarded()
    def keyPressEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._end > self._start:
            step = max(1, (self._end - self._start) // self.bins)
            before = self._cursor if self._cursor is not None else self.here_ns or self._end
            at_ns = before + (step if key == Qt.Key.Key_Right else -step)
            self._cursor = max(self._start, min(at_ns, self._end - 1))
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                first, last = self._brush or (before, before)
                first, last = ((first, self._cursor) if before >= last else (self._cursor, last))
                self._brush = (min(first, last), max(first, last) + 1)
                self.brushed.emit(*self._brush)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.clicked.emit(self._cursor)
        elif key == Qt.Key.Key_Escape and self._brush:
            self._brush = None
            self.brushed.emit(0, 0)
            self.update()
        else:
            event.ignore()

    def _x(self, at_ns: int) -> int:
        if self._end <= self._start:
            return 0
        width = int(self.width())
        x = (at_ns - self._start) * width // (self._end - self._start)
        return max(0, min(x, width - 1))

    def _time(self, x: int) -> int:
        width = int(self.width())
        x = max(0, min(x, width))
        return self._start + x * (self._end - self._start) // max(1, width)

    def _range(self, first: int, last: int) -> tuple[int, int]:
        return self._time(min(first, last)), self._time(max(first, last)) + 1

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

"""The search field with its switches, its count of hits and what is wrong with the pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.view.guard import guarded
from nevil_nodes.logs import TextTerm

__all__ = ['Query', 'SearchBar']

Qt = QtCore.Qt
_SWITCHES = (
    ('regex', '.*', 'Regular expression (Alt+R)'),
    ('case', 'Aa', 'Match upper and lower case (Alt+C)'),
    ('exclude', '¬', 'Hide matches (Alt+X)'),
    ('only_hits', 'Only hits', 'Show only hits; off: show all and mark the hits (Alt+F)'))


@dataclass(frozen=True)
class Query:
    """
    What is in the field.

    :param only_hits: other entries are hidden; else hits are only marked
    """

    text: str = ''
    regex: bool = False
    case: bool = False
    exclude: bool = False
    only_hits: bool = True

    @property
    def term(self) -> TextTerm | None:
        """Return it as a term of a filter, None while the field is empty."""
        if not self.text:
            return None
        return TextTerm(self.text, 'regex' if self.regex else 'plain', self.case, self.exclude)

    @property
    def filters(self) -> bool:
        """Return whether it hides entries."""
        return bool(self.text) and (self.only_hits or self.exclude)


class SearchBar(QtWidgets.QWidget):
    """
    The field.

    Signals: ``changed(query)`` at every key; ``stepped(1 or -1)`` at Enter and Shift+Enter;
    ``kept()`` to make a filter of it; ``left()`` to go back to the table.
    """

    changed = Signal(object)
    stepped = Signal(int)
    kept = Signal()
    left = Signal()

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.field = QtWidgets.QLineEdit()
        self.field.setPlaceholderText('Search messages (Ctrl+F)')
        self.field.setAccessibleName('Search')
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._emit)
        self.field.installEventFilter(self)
        layout.addWidget(self.field, 1)
        self._switches = {name: self._button(layout, sign, tip) for name, sign, tip in _SWITCHES}
        self._switches['only_hits'].setChecked(True)
        self._previous = self._button(layout, '↑', 'Previous hit (Shift+N)')
        self._next = self._button(layout, '↓', 'Next hit (N)')
        self._keep = self._button(layout, '+', 'Keep as a filter (Ctrl+Enter)')
        for button in (self._previous, self._next, self._keep):
            button.setCheckable(False)
        self._previous.clicked.connect(lambda: self.stepped.emit(-1))
        self._next.clicked.connect(lambda: self.stepped.emit(1))
        self._keep.clicked.connect(lambda: self.kept.emit())
        for button in self._switches.values():
            button.toggled.connect(self._emit)
        self.message = QtWidgets.QLabel('')
        self.message.setMinimumWidth(150)
        self.message.setProperty('role', 'muted')
        layout.addWidget(self.message)

    def _button(self, layout: Any, sign: str, tip: str) -> Any:
        button = QtWidgets.QToolButton()
        button.setText(sign)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(True)
        layout.addWidget(button)
        return button

    def query(self) -> Query:
        """Return what is in the field."""
        return Query(self.field.text(), *(self._switches[name].isChecked()
                                          for name, _, _ in _SWITCHES))

    def put(self, query: Query) -> None:
        """Show a query without signalling a change."""
        widgets = (self.field, *self._switches.values())
        for widget in widgets:
            widget.blockSignals(True)
        if self.field.text() != query.text:
            self.field.setText(query.text)
        for name, button in self._switches.items():
            button.setChecked(getattr(query, name))
        for widget in widgets:
            widget.blockSignals(False)

    @property
    def switches(self) -> list[str]:
        """Return the names of the switches."""
        return list(self._switches)

    def flip(self, name: str) -> None:
        """Turn a switch."""
        self._switches[name].toggle()

    def say(self, text: str, wrong: bool = False) -> None:
        """Write beside the field; what is wrong is also framed."""
        if self.message.text() == text and self.field.property('wrong') == wrong:
            return
        self.message.setText(text)
        self.message.setToolTip(text)
        self.message.setProperty('role', 'wrong' if wrong else 'muted')
        self.field.setProperty('wrong', wrong)
        for widget in (self.message, self.field):
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    @guarded()
    def _emit(self, *_: Any) -> None:
        self.changed.emit(self.query())

    @guarded(default=False)
    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
        if watched is self.field and event.type() == QtCore.QEvent.Type.KeyPress:
            modifiers = event.modifiers()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if modifiers & Qt.KeyboardModifier.ControlModifier:
                    self.kept.emit()
                else:
                    back = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
                    self.stepped.emit(-1 if back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                if self.field.text():
                    self.field.clear()
                else:
                    self.left.emit()
                return True
            if event.key() == Qt.Key.Key_Down:
                self.left.emit()
                return True
        return False

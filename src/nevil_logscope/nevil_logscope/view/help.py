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

"""All keys, to be read, found by typing, and done by Enter."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.keys import KEYS

__all__ = ['KeyHelp']

Qt = QtCore.Qt


class KeyHelp(QtWidgets.QDialog):
    """The list; ``chosen(name)`` of the command that is to be done."""

    chosen = Signal(str)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setWindowTitle('LogScope: keys')
        self.resize(640, 640)
        layout = QtWidgets.QVBoxLayout(self)
        self.field = QtWidgets.QLineEdit()
        self.field.setPlaceholderText('Type to find a command; Enter runs it, Esc closes')
        self.field.textChanged.connect(self._sift)
        self.field.installEventFilter(self)
        layout.addWidget(self.field)
        self.list = QtWidgets.QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setColumnCount(3)
        self.list.setHeaderLabels(['Keys', 'What they do', 'Where'])
        self.list.setAccessibleName('Keys')
        self.list.itemActivated.connect(self._activated)
        scopes = {'all': '', 'table': 'in the table', 'note': ''}
        for key in KEYS:
            item = QtWidgets.QTreeWidgetItem(
                [', '.join(key.keys), f'{key.group}: {key.text}', scopes[key.scope]])
            item.setData(0, Qt.ItemDataRole.UserRole, key.name)
            self.list.addTopLevelItem(item)
        for column in range(3):
            self.list.resizeColumnToContents(column)
        layout.addWidget(self.list)
        self.list.setCurrentItem(self.list.topLevelItem(0))

    @guarded()
    def _sift(self, text: str) -> None:
        words = text.lower().split()
        first = None
        for number in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(number)
            line = ' '.join(item.text(column) for column in range(3)).lower()
            item.setHidden(not all(word in line for word in words))
            if first is None and not item.isHidden():
                first = item
        self.list.setCurrentItem(first)

    @guarded(default=False)
    def eventFilter(self, watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QtCore.QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp,
                               Qt.Key.Key_PageDown):
                QtWidgets.QApplication.sendEvent(self.list, event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._activated(self.list.currentItem())
                return True
        return False

    @guarded()
    def _activated(self, item: Any, _: int = 0) -> None:
        if item is not None and not item.isHidden():
            name = item.data(0, Qt.ItemDataRole.UserRole)
            self.accept()
            if name:
                self.chosen.emit(name)

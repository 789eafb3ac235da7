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

"""The entry that is current: all of its text, and what its node said before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.store import Entry
from nevil_logscope.store import Store
from nevil_logscope.view import times
from nevil_logscope.view.columns import neighbours
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_logscope.view.theme import LEVEL_SIGNS
from nevil_logscope.view.theme import Theme

__all__ = ['Details', 'mark_of', 'markdown']

_EACH_SIDE = 5
_MAX_SHOWN = 100_000
_MARK_LENGTH = 200


def markdown(entry: Entry, around: list[Entry]) -> str:
    """Return an entry and its node's context as Markdown, whatever the text holds."""
    fence = '```'
    while fence in entry.message or any(fence in one.message for one in around):
        fence += '`'
    where = f'`{entry.node}`' + (f' (`{entry.component}`)' if entry.component else '')
    lines = [f'**{entry.level}** from {where} at {times.full(entry.at_ns)}', '',
             f'{fence}text', entry.message, fence]
    if len(around) > 1:
        lines += ['', f'What `{entry.node}` said around it:', '', f'{fence}text']
        lines += [('> ' if one.id == entry.id else '  ') + context_line(one) for one in around]
        lines.append(fence)
    return '\n'.join(lines) + '\n'


def mark_of(entry: Entry) -> tuple[int, str, str]:
    """Return what tells an entry from others, at another start too."""
    return entry.at_ns, entry.node, entry.message[:_MARK_LENGTH]


def context_line(entry: Entry) -> str:
    """Return an entry in one line."""
    sign = LEVEL_SIGNS[LEVEL_NAMES.index(entry.level)]
    first = entry.message.partition('\n')[0][:300]
    return f'{times.absolute(entry.at_ns)}  {sign} {entry.level:<8}  {first}'


class Details(QtWidgets.QWidget):
    """The pane; ``chosen(id)`` when an entry of the context is activated."""

    chosen = Signal(object)

    def __init__(self, store: Store, notes: Mapping[tuple[int, str, str], str],
                 parent: Any = None) -> None:
        super().__init__(parent)
        self._store, self._notes = store, notes
        self.entry: Entry | None = None
        self._around: list[Entry] = []
        self._theme: Theme | None = None
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        top = QtWidgets.QHBoxLayout()
        self.head = QtWidgets.QLabel('No entry is selected')
        self.head.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.head.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        top.addWidget(self.head, 1)
        copy = QtWidgets.QPushButton('Copy as Markdown')
        copy.setToolTip('The entry and its context (Ctrl+M)')
        copy.clicked.connect(self.copy_markdown)
        top.addWidget(copy)
        layout.addLayout(top)
        panes = QtWidgets.QSplitter(QtCore.Qt.Orientation.Horizontal)
        self.text = QtWidgets.QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName('Text of the entry')
        self.context = QtWidgets.QListWidget()
        self.context.setAccessibleName('Entries of the node before and after')
        self.context.setHorizontalScrollBarPolicy(
            QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.context.setUniformItemSizes(True)
        self.context.itemActivated.connect(self._activated)
        self.context.itemClicked.connect(self._activated)
        panes.addWidget(self.text)
        panes.addWidget(self.context)
        panes.setSizes([500, 500])
        layout.addWidget(panes, 1)

    def set_look(self, theme: Theme, font: Any) -> None:
        """Paint in these colours and this font."""
        self._theme = theme
        for widget in (self.text, self.context):
            widget.setFont(font)
        if self.entry is not None:
            self.show_id(self.entry.id)

    def show_id(self, entry_id: int | None) -> None:
        """Show an entry; nothing where it has left the store."""
        try:
            self.entry = None if entry_id is None else self._store.entry(entry_id)
            self._around = [] if entry_id is None else [
                self._store.entry(one) for one in neighbours(self._store, entry_id, _EACH_SIDE)]
        except KeyError:
            self.entry, self._around = None, []
        self.context.clear()
        if self.entry is None:
            self.head.setText('No entry is selected')
            self.text.setPlainText('')
            return
        entry = self.entry
        sign = LEVEL_SIGNS[LEVEL_NAMES.index(entry.level)]
        parts = [times.full(entry.at_ns), f'{sign} {entry.level}', entry.node, entry.component,
                 entry.source]
        self.head.setText('   '.join(part for part in parts if part))
        message = entry.message
        if len(message) > _MAX_SHOWN:
            message = (f'{message[:_MAX_SHOWN]}\n… {len(message) - _MAX_SHOWN} more characters; '
                       'Ctrl+C in the table copies all')
        note = self._notes.get(mark_of(entry))
        self.text.setPlainText(f'Note: {note}\n\n{message}' if note else message)
        for one in self._around:
            item = QtWidgets.QListWidgetItem(context_line(one))
            item.setData(QtCore.Qt.ItemDataRole.UserRole, one.id)
            if self._theme is not None:
                level = LEVEL_NAMES.index(one.level)
                item.setForeground(QtGui.QColor(self._theme.levels[level]))
            self.context.addItem(item)
            if one.id == entry.id:
                self.context.setCurrentItem(item)

    @guarded()
    def copy_markdown(self) -> None:
        """Put the entry and its context on the clipboard."""
        if self.entry is not None:
            QtWidgets.QApplication.clipboard().setText(markdown(self.entry, self._around))

    @guarded()
    def _activated(self, item: Any) -> None:
        self.chosen.emit(item.data(QtCore.Qt.ItemDataRole.UserRole))

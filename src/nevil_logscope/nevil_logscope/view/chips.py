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

"""The filters that are on, as small buttons; a press removes one."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.view.guard import guarded

__all__ = ['Chips']

_MAX_TEXT = 40
_MARGIN = 60


class Chips(QtWidgets.QWidget):
    """A row of chips; ``removed(key)`` when one is pressed."""

    removed = Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._layout = QtWidgets.QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._layout.addStretch(1)
        self._shown: list[tuple[object, str]] = []
        self.buttons: list[Any] = []
        self.hide()

    def put(self, chips: list[tuple[object, str]]) -> None:
        """Show these: a key that identifies each, and a text."""
        if chips == self._shown:
            return
        self._shown = chips
        for button in self.buttons:
            self._layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._chip(key, text, self._room(chips)) for key, text in chips]
        for place, button in enumerate(self.buttons):
            self._layout.insertWidget(place, button)
        self.setVisible(bool(chips))

    def _room(self, chips: list[tuple[object, str]]) -> int:
        """Return how many characters each text may have."""
        parent = self.parentWidget()
        width = parent.width() if parent is not None else 0
        character = max(1, self.fontMetrics().averageCharWidth())
        return max(_MAX_TEXT, (int(width) // max(1, len(chips)) - _MARGIN) // int(character))

    def _chip(self, key: object, text: str, room: int) -> Any:
        button = QtWidgets.QToolButton()
        button.setProperty('role', 'chip')
        short = text if len(text) <= room else text[:room - 1] + '…'
        button.setText(f'{short}  ×')
        button.setToolTip(f'{text}\nPress to remove this filter')
        button.setAccessibleName(f'Remove the filter: {text}')
        button.clicked.connect(lambda: self._pressed(key))
        return button

    @guarded()
    def _pressed(self, key: object) -> None:
        self.removed.emit(key)

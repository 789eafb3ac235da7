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

"""The five buttons of the levels, with their counts."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.nodes import short
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_logscope.view.theme import LEVEL_SIGNS
from nevil_logscope.view.theme import Theme

__all__ = ['LevelButtons']


class LevelButtons(QtWidgets.QWidget):
    """A button for each level; ``toggled(level)`` when one is pressed."""

    toggled = Signal(str)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        self._buttons = []
        self._texts = [''] * len(LEVEL_NAMES)
        for number, name in enumerate(LEVEL_NAMES):
            button = QtWidgets.QPushButton()
            button.setCheckable(True)
            button.setChecked(True)
            button.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding,
                                 QtWidgets.QSizePolicy.Policy.Fixed)
            button.setToolTip(f'Show or hide {name} (Ctrl+{number + 1})')
            button.clicked.connect(self._pressed(name))
            layout.addWidget(button)
            self._buttons.append(button)
        self.put(frozenset(LEVEL_NAMES), [0] * len(LEVEL_NAMES))

    def put(self, shown: frozenset[str], counts: list[int]) -> None:
        """Show which levels are on and how many entries each has."""
        for number, name in enumerate(LEVEL_NAMES):
            button = self._buttons[number]
            button.setChecked(name in shown)
            seen = '✓' if name in shown else ' '
            text = f'{seen} {LEVEL_SIGNS[number]} {name:<9}{short(counts[number]):>9}'
            if text != self._texts[number]:
                self._texts[number] = text
                button.setText(text)
                button.setAccessibleName(f'{name}: {counts[number]} entries')

    def set_theme(self, theme: Theme, font: Any) -> None:
        """Paint in these colours, in this font of fixed width."""
        for number, button in enumerate(self._buttons):
            button.setStyleSheet(
                f'QPushButton {{ color: {theme.muted}; text-align: left; border-style: dashed; }}'
                f'QPushButton:checked {{ color: {theme.levels[number]}; border-style: solid; }}')
            face = QtGui.QFont(font)
            face.setBold(number >= 2)
            button.setFont(face)

    def _pressed(self, name: str) -> Any:
        @guarded()
        def emit(self: LevelButtons) -> None:
            self.toggled.emit(name)
        return lambda: emit(self)

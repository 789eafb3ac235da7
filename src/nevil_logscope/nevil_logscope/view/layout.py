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

"""Where everything is: nodes and levels left, the table in the middle, details below."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.view.scope import Scope

__all__ = ['fixed_font', 'heading', 'lay_out', 'tool_button']

Qt = QtCore.Qt


def fixed_font(points: float) -> Any:
    """Return the font of fixed width, of the desktop's size if none is given."""
    font = QtGui.QFontDatabase.systemFont(QtGui.QFontDatabase.SystemFont.FixedFont)
    if points:
        font.setPointSizeF(points)
    elif font.pointSizeF() <= 0:
        font.setPointSizeF(10)
    return font


def heading(text: str) -> Any:
    """Return a label above a group."""
    label = QtWidgets.QLabel(text)
    label.setProperty('role', 'heading')
    return label


def tool_button(text: str, tip: str, pressed: Any, checkable: bool = False,
                role: str = '') -> Any:
    """Return a button of the top row."""
    button = QtWidgets.QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setCheckable(checkable)
    if role:
        button.setProperty('role', role)
    button.clicked.connect(lambda: pressed())
    return button


def lay_out(scope: Scope, buttons: list[Any]) -> dict[str, Any]:
    """
    Put the widgets of a LogScope in their places.

    :param buttons: of the top row, right of the tabs
    :returns: the splitters by name
    """
    left = _column(scope.node_heading, scope.nodes, heading('LEVELS'), scope.levels)
    lower = QtWidgets.QTabWidget()
    lower.addTab(scope.details, 'Details')
    lower.addTab(scope.statistics, 'Statistics')
    lower.addTab(scope.patterns, 'Patterns')
    scope.lower = lower
    strip = _splitter(Qt.Orientation.Vertical, scope.timeline, scope.table, [78, 600])
    below = _splitter(Qt.Orientation.Vertical, _middle(scope, buttons, strip), lower, [620, 230])
    beside = _splitter(Qt.Orientation.Horizontal, left, below, [250, 1150])
    whole = QtWidgets.QVBoxLayout(scope)
    whole.setContentsMargins(8, 6, 8, 4)
    whole.setSpacing(4)
    whole.addWidget(beside, 1)
    whole.addWidget(scope.status)
    scope.news.setParent(scope.table)
    return {'strip': strip, 'below': below, 'beside': beside}


def _middle(scope: Scope, buttons: list[Any], strip: Any) -> Any:
    top = QtWidgets.QHBoxLayout()
    top.setSpacing(4)
    top.addWidget(scope.tabs, 1)
    for button in buttons:
        top.addWidget(button)
    middle = QtWidgets.QWidget()
    rows = QtWidgets.QVBoxLayout(middle)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(5)
    rows.addLayout(top)
    rows.addWidget(scope.search)
    rows.addWidget(scope.chips)
    rows.addWidget(strip, 1)
    return middle


def _splitter(orientation: Any, first: Any, second: Any, sizes: list[int]) -> Any:
    """Return a splitter whose larger part takes the room that comes and goes."""
    made = QtWidgets.QSplitter(orientation)
    made.addWidget(first)
    made.addWidget(second)
    made.setStretchFactor(sizes.index(max(sizes)), 1)
    made.setSizes(sizes)
    return made


def _column(*widgets: Any) -> Any:
    column = QtWidgets.QWidget()
    layout = QtWidgets.QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(5)
    for widget in widgets:
        layout.addWidget(widget, 1 if isinstance(widget, QtWidgets.QListView) else 0)
    return column

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

"""The tabs: saved views over the one store, made when they are asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.view.filters import CRASH
from nevil_logscope.view.filters import DIALOGUE
from nevil_logscope.view.filters import SavedView
from nevil_logscope.view.filters import standard_views
from nevil_logscope.view.guard import guarded
from nevil_nodes.logs import FilterSpec

__all__ = ['Tabs']

_MAX_TABS = 50


class Tabs(QtWidgets.QWidget):
    """
    The strip of tabs with a ``+``.

    Signals: ``left()`` before another tab is entered, to save what is in this one;
    ``entered(SavedView)`` after.
    """

    left = Signal()
    entered = Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.bar = QtWidgets.QTabBar()
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.bar.setMovable(False)
        self.bar.setUsesScrollButtons(True)
        self.bar.setElideMode(QtCore.Qt.TextElideMode.ElideRight)
        self.bar.setContextMenuPolicy(QtCore.Qt.ContextMenuPolicy.CustomContextMenu)
        self.bar.customContextMenuRequested.connect(self._menu)
        self.bar.tabBarDoubleClicked.connect(self._rename)
        self.bar.currentChanged.connect(self._changed)
        self.more = QtWidgets.QToolButton()
        self.more.setText('+')
        self.more.setToolTip('Another tab (Ctrl+Shift+T: of this view)')
        self.more.setAccessibleName('Another tab')
        self.more.clicked.connect(self._offer)
        layout.addWidget(self.bar)
        layout.addWidget(self.more)
        layout.addStretch(1)
        self.nodes: list[str] = []
        self._views: list[SavedView] = []
        self._place = 0
        self.restore(standard_views(), 0)

    @property
    def views(self) -> list[SavedView]:
        """Return the tabs."""
        return list(self._views)

    @property
    def place(self) -> int:
        """Return which tab is open."""
        return self._place

    @property
    def current(self) -> SavedView:
        """Return the tab that is open."""
        return self._views[self._place]

    @current.setter
    def current(self, view: SavedView) -> None:
        self._views[self._place] = view

    def restore(self, views: list[SavedView], place: int) -> None:
        """Show other tabs."""
        self.bar.blockSignals(True)
        while self.bar.count():
            self.bar.removeTab(0)
        self._views = views[:_MAX_TABS] or standard_views()
        for view in self._views:
            self.bar.addTab(_label(view.name))
        self._place = place if 0 <= place < len(self._views) else 0
        self.bar.setCurrentIndex(self._place)
        self.bar.blockSignals(False)

    def add(self, view: SavedView) -> None:
        """Open a new tab."""
        if len(self._views) < _MAX_TABS:
            self.left.emit()
            self._views.append(view)
            self.bar.blockSignals(True)
            self.bar.addTab(_label(view.name))
            self._place = len(self._views) - 1
            self.bar.setCurrentIndex(self._place)
            self.bar.blockSignals(False)
            self.entered.emit(self.current)

    def close_current(self) -> bool:
        """Close the open tab; return whether that could be: one stays."""
        if len(self._views) == 1:
            return False
        self.bar.blockSignals(True)
        del self._views[self._place]
        self.bar.removeTab(self._place)
        self._place = min(self._place, len(self._views) - 1)
        self.bar.setCurrentIndex(self._place)
        self.bar.blockSignals(False)
        self.entered.emit(self.current)
        return True

    def step(self, by: int) -> None:
        """Open the next or previous tab."""
        self.bar.setCurrentIndex((self._place + by) % len(self._views))

    def open_named(self, name: str, view: SavedView) -> None:
        """Open the tab of that name, a new one where there is none."""
        for place, one in enumerate(self._views):
            if one.name == name:
                self.bar.setCurrentIndex(place)
                return
        self.add(view)

    @guarded()
    def _changed(self, place: int) -> None:
        if 0 <= place < len(self._views) and place != self._place:
            self.left.emit()
            self._place = place
            self.entered.emit(self.current)

    @guarded()
    def _offer(self) -> None:
        menu = QtWidgets.QMenu(self)
        offered = [SavedView('Unified'), SavedView('Crash', mode=CRASH),
                   SavedView('Dialogue', mode=DIALOGUE),
                   SavedView('Errors', FilterSpec(levels=frozenset({'ERROR', 'CRITICAL'})))]
        offered += [SavedView(node, FilterSpec(nodes=frozenset({node})))
                    for node in self.nodes[:_MAX_TABS] if node]
        menu.addAction('This view', lambda: self.add(
            replace(self.current, name=f'{self.current.name} 2')))
        menu.addSeparator()
        for view in offered:
            menu.addAction(_label(view.name), self._opener(view))
        menu.exec(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _opener(self, view: SavedView) -> Any:
        return lambda: self.open_named(view.name, view)

    @guarded()
    def _menu(self, position: Any) -> None:
        place = self.bar.tabAt(position)
        if place < 0:
            return
        self.bar.setCurrentIndex(place)
        menu = QtWidgets.QMenu(self)
        menu.addAction('Rename', lambda: self._rename(place))
        menu.addAction('Close (Ctrl+Shift+W)', self.close_current)
        menu.exec(self.bar.mapToGlobal(position))

    @guarded()
    def _rename(self, place: int) -> None:
        if not 0 <= place < len(self._views):
            return
        dialog = QtWidgets.QInputDialog(self)
        dialog.setLabelText('Name of the tab')
        dialog.setTextValue(self._views[place].name)
        dialog.textValueSelected.connect(lambda text: self.rename(place, text))
        dialog.open()

    def rename(self, place: int, name: str) -> None:
        """Give a tab another name."""
        if name.strip():
            self._views[place] = replace(self._views[place], name=name.strip())
            self.bar.setTabText(place, _label(name.strip()))


def _label(name: str) -> str:
    # An ampersand would underline the letter after it.
    return name.replace('&', '&&')

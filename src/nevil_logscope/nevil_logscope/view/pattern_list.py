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

"""Messages as patterns, what the last run has new on top; a click shows the entries of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.search.store_patterns import last_starts
from nevil_logscope.search.store_patterns import PatternFinder
from nevil_logscope.store import Store
from nevil_logscope.view import times
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.statistics import grouped
from nevil_logscope.view.theme import DARK
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_logscope.view.theme import LEVEL_SIGNS
from nevil_logscope.view.theme import Theme
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs.patterns import Found
from nevil_nodes.logs.patterns import patterns

__all__ = ['PatternList']

Qt = QtCore.Qt
_COLUMNS = ('', 'Count', 'A minute', 'Trend', 'Level', 'Node', 'Pattern')
_NUMBERS = (1, 2)
_BARS = '▁▂▃▄▅▆▇█'
_MOST_SHOWN = 2000


class PatternList(QtWidgets.QWidget):
    """The list; ``chosen(Found)`` of the pattern whose entries are to be shown."""

    chosen = Signal(object)

    def __init__(self, store: Store, parent: Any = None) -> None:
        super().__init__(parent)
        self._store = store
        self._finder = PatternFinder(store)
        self._theme = DARK
        self.found: list[Found] = []
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.says = QtWidgets.QLabel('')
        self.says.setProperty('role', 'muted')
        layout.addWidget(self.says)
        self.list = QtWidgets.QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHeaderLabels(list(_COLUMNS))
        self.list.setAccessibleName('Patterns')
        self.list.itemActivated.connect(self._activated)
        self.list.itemClicked.connect(self._activated)
        layout.addWidget(self.list)

    def set_look(self, theme: Theme, font: Any) -> None:
        """Paint in these colours and this font."""
        self._theme = theme
        self.list.setFont(font)
        self._put()

    def refresh(self, spec: FilterSpec) -> None:
        """
        Count again.

        :param spec: a range of time in it is compared with all that is before; without one the
            last run is compared with the run before
        """
        store = self._store
        first, stop = store.first_id, store.next_id
        if spec.since_ns is not None:
            middle = self._at(spec.since_ns)
            stop = self._at(spec.until_ns) if spec.until_ns is not None else stop
            said = 'the chosen range, beside all before it'
        else:
            starts = last_starts(store)
            middle = starts[-1] if starts else first
            first = starts[0] if len(starts) > 1 else first
            said = f'since the start at {times.absolute(store.at_ns(middle), True)}, beside the ' \
                'run before' if starts else ''
        before = self._finder.run(first, middle) if middle > first else None
        self.found = patterns(self._finder.run(middle, stop), before)
        new, much = (sum(one.mark != '' and one.new == new for one in self.found)
                     for new in (True, False))
        self.says.setText(
            f'{grouped(len(self.found))} patterns' + (
                f' {said}: {grouped(new)} new, {grouped(much)} far more frequent'
                if before is not None else
                '; nothing to compare with: there is no earlier run, and no range is chosen'))
        self._put()

    def _at(self, at_ns: int) -> int:
        """Return the id of the first entry of a time or later."""
        store = self._store
        low, high = store.first_id, store.next_id
        while low < high:
            middle = (low + high) // 2
            if store.at_ns(middle) < at_ns:
                low = middle + 1
            else:
                high = middle
        return low

    def _put(self) -> None:
        self.list.clear()
        self.list.addTopLevelItems([self._item(one) for one in self.found[:_MOST_SHOWN]])
        for column in range(len(_COLUMNS) - 1):
            self.list.resizeColumnToContents(column)

    def _item(self, one: Found) -> Any:
        level = LEVEL_NAMES.index(one.level)
        item = QtWidgets.QTreeWidgetItem([
            one.mark, grouped(one.count), f'{one.per_minute:.1f}', _bars(one.trend),
            f'{LEVEL_SIGNS[level]} {one.level}', one.node, one.pattern])
        for column in _NUMBERS:
            item.setTextAlignment(
                column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(len(_COLUMNS) - 1, one.example)
        item.setForeground(3, QtGui.QBrush(QtGui.QColor(self._theme.muted)))
        item.setForeground(4, QtGui.QBrush(QtGui.QColor(self._theme.levels[level])))
        if one.mark:
            item.setForeground(0, QtGui.QBrush(QtGui.QColor(self._theme.accent)))
        return item

    @guarded()
    def _activated(self, item: Any, _: int = 0) -> None:
        place = self.list.indexOfTopLevelItem(item)
        if 0 <= place < len(self.found):
            self.chosen.emit(self.found[place])


def _bars(trend: Sequence[int]) -> str:
    top = max(1, *trend)
    return ''.join(_BARS[-(-count * (len(_BARS) - 1) // top)] for count in trend)

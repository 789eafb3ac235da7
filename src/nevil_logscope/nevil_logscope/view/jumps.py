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

"""Going to another entry: hit, error, warning, bookmark, time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nevil_logscope.binding import QtWidgets
from nevil_logscope.search.aim import trouble_of
from nevil_logscope.search.overview import neighbour
from nevil_logscope.search.overview import next_of_level
from nevil_logscope.store import Column
from nevil_logscope.store import Entry
from nevil_logscope.view import times
from nevil_logscope.view.columns import at_or_after
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.scope import Scope
from nevil_logscope.view.search_bar import Query
from nevil_nodes.logs import FilterSpec
import numpy as np

__all__ = ['Jumps']

_MINUTE_NS = 60_000_000_000


class Jumps:
    """
    The jumps of one LogScope.

    :param scope: the LogScopeWidget
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.commands: dict[str, Callable[[], None]] = {
            'next_hit': lambda: self._hit(1), 'previous_hit': lambda: self._hit(-1),
            'next_error': lambda: self._level(1, 'ERROR'),
            'previous_error': lambda: self._level(-1, 'ERROR'),
            'next_warning': lambda: self._level(1, 'WARNING'),
            'previous_warning': lambda: self._level(-1, 'WARNING'),
            'bookmark': self._bookmark,
            'next_bookmark': lambda: self._marked(1),
            'previous_bookmark': lambda: self._marked(-1),
            'minute_back': lambda: self._by(-_MINUTE_NS),
            'minute_on': lambda: self._by(_MINUTE_NS),
            'go_to_time': self._ask_time}

    def parent(self) -> Any:
        """Return where problems are shown."""
        return self._scope

    def current_entry(self) -> Entry | None:
        """Return the entry that is current, None where there is none."""
        current = self._scope.table.current_id
        if current is None:
            return None
        entry: Entry = self._scope.store.entry(current)
        return entry

    @guarded()
    def to_time(self, at_ns: int) -> None:
        """Go to the first row of that time or later."""
        found = at_or_after(self._scope.store, self._ids(), at_ns)
        if found is not None:
            self._scope.table.select_id(found)

    @guarded()
    def to_trouble(self, node: str) -> None:
        """Go to the newest error of a node, or about it; filters that hide it are removed."""
        scope = self._scope
        found = trouble_of(scope.store, node)
        if found is None:
            scope.status.say(f'There is no entry of {node or "(no node)"}')
            return
        rows = self._ids()
        if rows is not None and not np.isin(found, rows):
            view = scope.tabs.current
            scope.set_view(replace(view, spec=FilterSpec(), query=Query(), mode=''))
            scope.searcher.finish()
            scope.status.say('Filters that hid it were removed')
        scope.table.select_id(found)
        scope.table.setFocus()

    @guarded()
    def to_time_text(self, text: str) -> None:
        """Go to a time that was typed."""
        try:
            self.to_time(times.parse_time(text, self._now_ns()))
        except ValueError as error:
            self._scope.status.say(str(error), wrong=True)

    def _ids(self) -> Column | None:
        ids: Column | None = self._scope.feed.ids
        return ids

    def _start(self, step: int) -> int:
        """Return the id to search from: of the current row, or before what is seen."""
        current = self._scope.table.current_id
        if current is not None:
            return int(current)
        top = self._scope.table.top_id()
        return (int(top) - 1 if step > 0 else self._scope.store.next_id) if top is not None else -1

    def _hit(self, step: int) -> None:
        hits = self._scope.searcher.hits
        if hits is None:
            self._scope.status.say('No search: press Ctrl+F')
            return
        rows = self._ids()
        if rows is not None and rows is not hits:
            hits = hits[np.isin(hits, rows, assume_unique=True)]
        self._go(neighbour(hits, self._start(step), step), step, 'hit')

    def _level(self, step: int, level: str) -> None:
        self._go(next_of_level(self._scope.store, self._start(step), step, level=level,
                               ids=self._ids()), step, level.lower())

    def _bookmark(self) -> None:
        current = self._scope.table.current_id
        if current is not None:
            self._scope.bookmarks ^= {current}
            self._scope.table.viewport().update()
            many = len(self._scope.bookmarks)
            self._scope.status.say(f'{many} bookmark{"s" if many != 1 else ""}')

    def _marked(self, step: int) -> None:
        marks = np.array(sorted(self._scope.bookmarks), np.int64)
        rows = self._ids()
        if rows is not None:
            marks = marks[np.isin(marks, rows)]
        self._go(neighbour(marks, self._start(step), step), step, 'bookmark')

    def _by(self, difference_ns: int) -> None:
        self.to_time(self._now_ns() + difference_ns)

    def _ask_time(self) -> None:
        dialog = QtWidgets.QInputDialog(self._scope)
        dialog.setWindowTitle('Go to a time')
        dialog.setLabelText('17:54, 17:54:03.5, 2026-11-22 17:54, -5 min, +30 s')
        dialog.setTextValue(times.absolute(self._now_ns()))
        dialog.textValueSelected.connect(self.to_time_text)
        dialog.open()

    def _now_ns(self) -> int:
        store = self._scope.store
        current = self._scope.table.current_id
        if current is None:
            current = self._scope.table.top_id()
        return int(store.at_ns(current)) if current is not None else 0

    def _go(self, found: int | None, step: int, word: str) -> None:
        if found is None:
            self._scope.status.say(f'No {word} {"after" if step > 0 else "before"} this')
        else:
            self._scope.table.select_id(found)

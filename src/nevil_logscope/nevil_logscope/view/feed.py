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

"""
Brings what comes to the table: at once, or after a pause, and nothing is lost meanwhile.

A pause freezes the rows; the store still takes entries, up to twice as many as usual.
"""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import Signal
from nevil_logscope.store import Added
from nevil_logscope.store import Column
from nevil_logscope.store import Store
from nevil_logscope.view.columns import count_levels
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.searcher import Searcher
from nevil_logscope.view.table import LogTable
import numpy as np

__all__ = ['Feed']

_ERROR = 3


class Feed(QtCore.QObject):
    """
    Between the store, the search and the table.

    Signals: ``changed()`` when pause or following has changed.

    :param bookmarks: ids with a mark; kept right when entries move
    """

    changed = Signal()

    def __init__(self, store: Store, searcher: Searcher, table: LogTable,
                 bookmarks: set[int], parent: Any = None) -> None:
        super().__init__(parent)
        self._store, self._searcher, self._table = store, searcher, table
        self._bookmarks = bookmarks
        self._frozen: Column | None = None
        self._usual = store.max_entries
        # Entries of this id and later were not there when one paused, or left the end.
        self._since = store.next_id
        self._changed_from = store.next_id
        # Entries that have moved, to be current and the first one seen again.
        self._current: int | None = None
        self._top: int | None = None
        searcher.found.connect(self._found)
        table.follow_changed.connect(self._follow_changed)

    @property
    def paused(self) -> bool:
        """Return whether the rows are frozen."""
        return self._frozen is not None

    @property
    def ids(self) -> Column | None:
        """Return the ids of the rows that are to be shown; None for every entry."""
        return self._frozen if self._frozen is not None else self._searcher.ids

    def unseen(self) -> tuple[int, int]:
        """Return how many rows came since the pause, or since one left the end, and errors."""
        if not self.paused and self._table.following:
            return 0, 0
        return count_levels(self._store, self._searcher.ids, self._since, _ERROR)

    def set_paused(self, on: bool) -> None:
        """Freeze the rows, or continue with all that came meanwhile."""
        if on == self.paused:
            return
        if on:
            ids = self._searcher.ids
            self._frozen = ids if ids is not None else np.arange(
                self._store.first_id, self._store.next_id)
            self._since = self._store.next_id
            self._usual = self._store.max_entries
            # What is frozen must stay readable while new entries arrive; without a bound a pause
            # would eat memory.
            self._store.max_entries = 2 * self._usual
        else:
            self._frozen = None
            self._store.max_entries = self._usual
            self._table.show_ids(self.ids)
        self.changed.emit()

    def clear(self) -> None:
        """Empty the store and the table."""
        self._store.clear()
        self._bookmarks.clear()
        self._since = self._changed_from = self._store.next_id
        if self.paused:
            self._frozen = np.empty(0, np.int64)
        self._searcher.restart()

    @guarded()
    def appended(self, change: Added) -> None:
        """Take what a batch has changed."""
        if len(change.moved):
            moved = {one for one in self._bookmarks if one >= change.first}
            if moved:
                self._bookmarks -= moved
                self._bookmarks |= set(change.now(np.array(sorted(moved))).tolist())
            if not self._table.following:
                top = self._top if self._top is not None else self._table.top_id()
                self._top = None if top is None else int(change.now(np.array([top]))[0])
            current = self._current if self._current is not None else self._table.current_id
            if current is not None and current >= change.first:
                self._current = int(change.now(np.array([current]))[0])
            if self._frozen is not None:
                self._frozen = change.now(self._frozen)
            self._since = int(change.now(np.array([self._since]))[0])
        self._changed_from = min(self._changed_from, change.first)
        self._searcher.added(change)

    @guarded()
    def show_new(self) -> None:
        """Show what was appended since the last time."""
        if self._searcher.running:
            return
        if self._bookmarks and min(self._bookmarks) < self._store.first_id:
            first = self._store.first_id
            self._bookmarks -= {one for one in self._bookmarks if one < first}
        if self._frozen is not None:
            gone = int(np.searchsorted(self._frozen, self._store.first_id))
            self._frozen = self._frozen[gone:]
        changed_from, self._changed_from = self._changed_from, self._store.next_id
        self._table.follow_ids(self.ids, changed_from)
        if self._current is not None:
            self._table.keep_current(self._current)
            self._current = None
        if self._top is not None:  # what came late stands above what is read
            self._table.scroll_to_top(self._top)
            self._top = None

    @guarded()
    def _found(self) -> None:
        ids = self._searcher.ids
        if self._frozen is not None:
            # What came since stays for later, whatever the filter.
            every = ids if ids is not None else np.arange(
                self._store.first_id, self._store.next_id)
            self._frozen = every[:int(np.searchsorted(every, self._since))]
            ids = self._frozen
        self._changed_from = self._store.next_id
        self._table.show_ids(ids)

    @guarded()
    def _follow_changed(self, on: bool) -> None:
        if not on and not self.paused:
            self._since = self._store.next_id
        self.changed.emit()

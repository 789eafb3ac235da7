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

"""The table's model: rows are entry ids, and an entry is made only when it is looked at."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from nevil_logscope.binding import QtCore
from nevil_logscope.search.fields import fields_of
from nevil_logscope.store import Column
from nevil_logscope.store import Entry
from nevil_logscope.store import Store
from nevil_logscope.view import times
from nevil_logscope.view.columns import at_or_after
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_logscope.view.theme import LEVEL_SIGNS
import numpy as np

__all__ = [
    'COLUMNS', 'COMPONENT', 'FIELD', 'LEVEL', 'Line', 'LogModel', 'MESSAGE', 'NODE', 'SOURCE',
    'TIME',
]

Qt = QtCore.Qt
TIME, LEVEL, NODE, COMPONENT, SOURCE, FIELD, MESSAGE = range(7)
COLUMNS = ('Time', 'Level', 'Node', 'Component', 'Source', 'Field', 'Message')
# No screen shows more characters in a line, and Qt lays out all that it is given.
_MAX_PAINTED = 2000
# A few screens of rows; the whole cache goes at once, since that is cheaper than keeping an order.
_MAX_CACHED = 512
_DAY_NS = 86_400_000_000_000
_NUMBERS = {name: number for number, name in enumerate(LEVEL_NAMES)}


class Line(NamedTuple):
    """
    An entry as a row shows it.

    :param level: 0 DEBUG to 4 CRITICAL
    :param message: its first line, not more of it than fits any screen
    :param more: how many lines are folded away
    """

    entry: Entry
    level: int
    message: str
    more: int


class LogModel(QtCore.QAbstractTableModel):
    """
    Entries of a store, all of them or those of an array of ascending ids.

    Rows only leave at the head and come at the end, but for ``show``, which changes everything.
    """

    def __init__(self, store: Store, parent: Any = None) -> None:
        super().__init__(parent)
        self.store = store
        self.time_mode = times.ABSOLUTE
        self._ids: Column | None = None
        self._first, self._count = store.first_id, len(store)
        self._lines: dict[int, Line] = {}
        # Whether times need their dates.
        self.many_days = False
        # Which field of messages has a column; '' is none.
        self.field = ''
        self._gone = 0

    @property
    def shown(self) -> Column | None:
        """Return the ids of the rows, None for every entry."""
        return self._ids

    @property
    def ids(self) -> Column:
        """Return the ids of the rows, ascending."""
        if self._ids is None:
            return np.arange(self._first, self._first + self._count)
        return self._ids

    def __len__(self) -> int:
        return self._count

    def id_at(self, row: int) -> int:
        """Return the id of a row."""
        return self._first + row if self._ids is None else int(self._ids[row])

    def striped(self, row: int) -> bool:
        """Return whether a row has the other background; it keeps it while rows leave above."""
        return bool((row + self._gone) & 1)

    def row_near(self, entry_id: int) -> int:
        """Return the row of an entry, or of the first one after it; -1 where there are no rows."""
        if self._ids is None:
            row = entry_id - self._first
        else:
            row = int(np.searchsorted(self._ids, entry_id))
        return max(0, min(row, self._count - 1)) if self._count else -1

    def show(self, ids: Column | None) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._take(ids)
        self._lines.clear()
        self.endResetModel()

    def follow(self, ids: Column | None, changed_from: int) -> int:
        """
        Take what an append has done to the same rows.

        :param ids: the rows now
        :param changed_from: entries of this id and later may have become others
        :returns: how many rows have left at the head
        """
        kept, first = self._count, self.store.first_id
        gone = min(kept, max(0, first - self._first) if self._ids is None
                   else int(np.searchsorted(self._ids, first)))
        count = len(self.store) if ids is None else len(ids)
        if (ids is None) != (self._ids is None) or count < kept - gone:
            self.show(ids)
            return gone
        if gone:
            self._gone += gone
            # In Qt's order: announce, change, conclude. A view that asks between finds the rows it
            # expects.
            self.beginRemoveRows(QtCore.QModelIndex(), 0, gone - 1)
            self._first, self._count = first, kept - gone
            self._ids = None if self._ids is None else self._ids[gone:]
            self.endRemoveRows()
        added = count - self._count
        if added:
            self.beginInsertRows(QtCore.QModelIndex(), self._count, count - 1)
        known = self._first + self._count if self._ids is None else (
            int(self._ids[-1]) + 1 if self._count else 0)
        self._take(ids)
        if added:
            self.endInsertRows()
        if changed_from < known:
            self._lines.clear()
            row = self.row_near(changed_from)
            self.dataChanged.emit(self.index(row, 0), self.index(self._count - 1, MESSAGE))
        return gone

    def line(self, row: int) -> Line:
        """
        Return the entry of a row.

        :raises KeyError: it has left the store
        """
        entry_id = self.id_at(row)
        line = self._lines.get(entry_id)
        if line is None:
            entry = self.store.entry(entry_id)
            message, _, rest = entry.message.partition('\n')
            line = Line(entry, _NUMBERS[entry.level], message[:_MAX_PAINTED].expandtabs(4),
                        rest.rstrip('\n').count('\n') + 1 if rest else 0)
            if len(self._lines) >= _MAX_CACHED:
                self._lines.clear()
            self._lines[entry_id] = line
        return line

    def time_text(self, row: int, at_ns: int) -> str:
        """Return a row's time in the mode that is on."""
        if self.time_mode == times.ABSOLUTE or at_ns <= 0:
            return times.absolute(at_ns, self.many_days)
        if self.time_mode == times.RELATIVE:
            return times.span(at_ns - self.store.at_ns(self.store.first_id))
        before = self.store.at_ns(self.id_at(row - 1)) if row else at_ns
        return times.span(at_ns - before)

    def set_time_mode(self, mode: str) -> None:
        """Show times absolute, relative or as differences."""
        self.time_mode = mode
        if self._count:
            self.dataChanged.emit(self.index(0, TIME), self.index(self._count - 1, TIME))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, TIME, TIME)

    def set_field(self, name: str) -> None:
        """Show this field of messages in its column."""
        self.field = name
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, FIELD, FIELD)

    def field_text(self, line: Line) -> str:
        """Return the value of the field in an entry, '' where it has none."""
        return fields_of(line.entry.message).get(self.field, '') if self.field else ''

    @guarded(default=0)
    def rowCount(self, parent: Any = None) -> int:  # noqa: N802 - Qt's name
        return 0 if parent is not None and parent.isValid() else self._count

    @guarded(default=0)
    def columnCount(self, parent: Any = None) -> int:  # noqa: N802 - Qt's name
        return len(COLUMNS)

    @guarded()
    def headerData(self, section: int, orientation: Any, role: int = 0) -> Any:  # noqa: N802
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            if section == TIME and self.time_mode != times.ABSOLUTE:
                return {'relative': 'Since start', 'delta': 'Since row above'}[self.time_mode]
            return self.field if section == FIELD and self.field else COLUMNS[section]
        return None

    @guarded()
    def data(self, index: Any, role: int = 0) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        line = self.line(index.row())
        column = index.column()
        if role == Qt.ItemDataRole.ToolTipRole:
            return times.full(line.entry.at_ns) if column == TIME else None
        if column == MESSAGE:
            return f'{line.message}  (+{line.more} lines)' if line.more else line.message
        if column == TIME:
            return self.time_text(index.row(), line.entry.at_ns)
        if column == LEVEL:
            return f'{LEVEL_SIGNS[line.level]} {line.entry.level}'
        if column == FIELD:
            return self.field_text(line)
        return (line.entry.node, line.entry.component, line.entry.source)[column - NODE]

    def _take(self, ids: Column | None) -> None:
        self._ids = ids
        self._first = self.store.first_id
        self._count = len(self.store) if ids is None else len(ids)
        if len(self.store):
            # Entries without a time come first, and say nothing of days.
            first = at_or_after(self.store, None, 1) or self.store.first_id
            last = self.store.at_ns(self.store.next_id - 1)
            self.many_days = last - self.store.at_ns(first) >= _DAY_NS

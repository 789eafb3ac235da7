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

"""Asks where to export to, and writes between frames."""

from __future__ import annotations

from pathlib import Path

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtWidgets
from nevil_logscope.binding import Signal
from nevil_logscope.view.export import Export
from nevil_logscope.view.export import ExportError
from nevil_logscope.view.export import EXTENSIONS
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.memory import bookmarks_of
from nevil_logscope.view.scope import Scope
from nevil_logscope.view.statistics import grouped
from nevil_nodes.logs.case import CASE_SUFFIX
from nevil_nodes.logs.case import head_line

__all__ = ['Exporter']

# An export runs in slices in the window's own thread, and the window answers between them.
_SLICE_S = 0.010


class Exporter(QtCore.QObject):
    """
    The exports of one LogScope; ``ended(bool)`` says whether the file was written.

    :param scope: the LogScopeWidget
    """

    ended = Signal(bool)

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._scope = scope
        self._export: Export | None = None
        self._path = Path()
        self._total = 0
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._slice)

    def ask(self) -> None:
        """Ask for a file, then write what the table shows to it."""
        filters = {f'{text} (*{ending})': ending for ending, text in EXTENSIONS.items()}
        name, chosen = QtWidgets.QFileDialog.getSaveFileName(
            self._scope, 'Export the shown entries',
            str(Path(self._scope.folder) / 'logscope.log'),
            ';;'.join(filters))
        if name:
            path = Path(name)
            path = path if path.suffix else path.with_suffix(filters.get(chosen, '.log'))
            note, going_on = '', True
            if path.suffix == CASE_SUFFIX:
                note, going_on = QtWidgets.QInputDialog.getMultiLineText(
                    self._scope, 'A note for whoever opens it', 'What does this show?')
            if going_on:
                self.write(path, note)

    @guarded()
    def write(self, path: Path, note: str = '') -> None:
        """
        Begin to write what the table shows.

        :param note: of a case
        """
        self.cancel()
        self._scope.folder = str(path.parent)
        ids = self._scope.model.ids
        try:
            self._export = Export(path, (int(one) for one in ids), self._scope.store.entry,
                                  self._head(note, len(ids))
                                  if path.suffix.lower() == CASE_SUFFIX else '')
        except ExportError as error:
            self._end(False, str(error))
            return
        self._path, self._total = path, len(ids)
        self._timer.start()

    def _head(self, note: str, entries: int) -> str:
        tabs = self._scope.tabs
        return head_line(note=note, tabs=[view.to_values() for view in tabs.views],
                         tab=tabs.place, bookmarks=bookmarks_of(self._scope), entries=entries)

    def cancel(self) -> None:
        """Give up what is being written."""
        self._timer.stop()
        if self._export is not None:
            self._export.cancel()
            self._export = None

    @guarded()
    def _slice(self) -> None:
        export = self._export
        if export is None:
            self._timer.stop()
            return
        try:
            done = export.advance(_SLICE_S)
        except ExportError as error:
            self._end(False, str(error))
            return
        if done:
            missed = f'; {export.missed}were dropped meanwhile' if export.missed else ''
            self._end(True, f'{self._path}: {grouped(export.written)} entries exported{missed}')
        else:
            self._scope.status.say(
                f'Exporting … {100 * export.written // max(1, self._total)} %')

    def _end(self, good: bool, text: str) -> None:
        self._timer.stop()
        self._export = None
        self._scope.status.say(text, wrong=not good)
        self.ended.emit(good)

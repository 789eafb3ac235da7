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

"""Commands on the entry that is current, and their menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.view.export import as_text
from nevil_logscope.view.field_commands import FieldCommands
from nevil_logscope.view.filters import solo
from nevil_logscope.view.filters import toggle_node
from nevil_logscope.view.jumps import Jumps
from nevil_logscope.view.scope import Scope
from nevil_logscope.view.search_bar import Query
from nevil_logscope.view.statistics import grouped
from nevil_nodes.logs import TextTerm

__all__ = ['EntryCommands']


class EntryCommands:
    """
    What one does with an entry.

    :param do: does a command of the window by its name
    """

    def __init__(self, scope: Scope, jumps: Jumps, do: Callable[[str], None]) -> None:
        self._scope, self._jumps, self._do = scope, jumps, do
        self.fields = FieldCommands(scope)
        self.commands: dict[str, Callable[[], None]] = {
            'solo': self._solo, 'exclude_text': self._exclude_text,
            'include_text': self._include_text, 'highlight_text': self._highlight_text,
            'hide_node': self._hide_node, 'open_file': self._open_file, 'copy': self._copy,
            'copy_markdown': self._copy_markdown}

    def menu(self, position: Any) -> Any:
        """Return the menu of the row at a place; that row becomes current."""
        table = self._scope.table
        found = QtWidgets.QMenu(table)
        index = table.indexAt(position)
        entry = self._scope.store.entry(self._scope.model.id_at(index.row())) \
            if index.isValid() else None
        if entry is None:
            return found
        if entry.id not in table.selected_ids():
            table.select_id(entry.id)
        for text, name in (
                (f'Only {entry.node or "(no node)"}, or all again (S)', 'solo'),
                (f'Hide {entry.node or "(no node)"}', 'hide_node'), ('', ''),
                ('Only entries with this message', 'include_text'),
                ('Hide entries with this message (X)', 'exclude_text'),
                ('Mark this message', 'highlight_text'),
                ('Always highlight it, or the search (H)', 'highlight'), ('', ''),
                ('Bookmark (M)', 'bookmark'), ('Note (Shift+M)', 'note'),
                ('Copy (Ctrl+C)', 'copy'), ('Copy as Markdown (Ctrl+M)', 'copy_markdown'),
                ('Open the file', 'open_file')):
            if name:
                found.addAction(text, partial(self._do, name)).setEnabled(
                    name != 'open_file' or bool(entry.origin))
            else:
                found.addSeparator()
        found.addMenu(self.fields.menu(entry, found))
        return found

    def _change(self, **values: Any) -> None:
        self._scope.set_view(replace(self._scope.tabs.current, **values))

    def _solo(self) -> None:
        entry = self._jumps.current_entry()
        if entry is not None:
            self._change(spec=solo(self._scope.tabs.current.spec, entry.node))

    def _exclude_text(self) -> None:
        self._add_text(exclude=True)

    def _include_text(self) -> None:
        self._add_text(exclude=False)

    def _add_text(self, *, exclude: bool) -> None:
        entry = self._jumps.current_entry()
        if entry is not None:
            spec = self._scope.tabs.current.spec
            term = TextTerm(entry.message.partition('\n')[0], 'plain', True, exclude)
            self._change(spec=replace(spec, terms=(*spec.terms, term)))

    def _highlight_text(self) -> None:
        entry = self._jumps.current_entry()
        if entry is not None:
            self._change(query=Query(entry.message.partition('\n')[0], case=True,
                                     only_hits=False))

    def _hide_node(self) -> None:
        entry = self._jumps.current_entry()
        if entry is not None:
            self._change(spec=toggle_node(self._scope.tabs.current.spec, entry.node))

    def _copy(self) -> None:
        store, texts = self._scope.store, []
        for entry_id in self._scope.table.selected_ids():
            try:
                texts.append(as_text(store.entry(entry_id)))
            except KeyError:
                continue
        if texts:
            QtWidgets.QApplication.clipboard().setText(''.join(texts))
            self._scope.status.say(f'{grouped(len(texts))} entries copied')

    def _copy_markdown(self) -> None:
        if self._scope.details.entry is None:
            self._scope.details.show_id(self._scope.table.current_id)
        self._scope.details.copy_markdown()
        self._scope.status.say('Copied as Markdown' if self._scope.details.entry is not None
                               else 'No entry is selected')

    def _open_file(self) -> None:
        entry = self._jumps.current_entry()
        if entry is None or not entry.origin:
            self._scope.status.say('It is not from a file')
        elif not QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(entry.origin)):
            self._scope.status.say(f'No program opens {entry.origin}', wrong=True)

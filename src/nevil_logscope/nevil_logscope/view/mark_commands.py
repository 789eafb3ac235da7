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

"""Commands on marks: highlight rules, which stay, and notes on entries."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable

from nevil_logscope.binding import QtWidgets
from nevil_logscope.view.details import mark_of
from nevil_logscope.view.jumps import Jumps
from nevil_logscope.view.memory import set_highlights
from nevil_logscope.view.scope import Scope
from nevil_nodes.logs import TextTerm

__all__ = ['MarkCommands']


class MarkCommands:
    """
    What one does to find something again.

    :param jumps: know the current entry
    """

    def __init__(self, scope: Scope, jumps: Jumps) -> None:
        self._scope, self._jumps = scope, jumps
        self.commands: dict[str, Callable[[], None]] = {
            'highlight': self._highlight, 'clear_highlights': lambda: self._set(()),
            'note': self._ask_note}

    def note(self, text: str) -> None:
        """Put a note on the current entry, which gets a bookmark; '' removes the note."""
        entry = self._jumps.current_entry()
        if entry is None:
            return
        if text.strip():
            self._scope.notes[mark_of(entry)] = text.strip()
            self._scope.bookmarks.add(entry.id)
        else:
            self._scope.notes.pop(mark_of(entry), None)
        self._scope.table.viewport().update()
        self._scope.details.show_id(entry.id)

    def _highlight(self) -> None:
        """Keep the search as a highlight, else the current message; again, and it is none."""
        term = self._scope.tabs.current.query.term
        entry = self._jumps.current_entry()
        if term is None and entry is not None:
            term = TextTerm(entry.message.partition('\n')[0], 'plain', True)
        if term is None or self._scope.pattern_is_wrong:
            self._scope.status.say('Nothing is searched for, and no entry is selected')
            return
        rules = [one for one in self._scope.highlights if one != term]
        self._set(rules if len(rules) < len(self._scope.highlights) else [*rules, term])

    def _set(self, rules: Iterable[TextTerm]) -> None:
        set_highlights(self._scope, rules)
        many = len(self._scope.highlights)
        self._scope.status.say(f'{many} highlight{"s" if many != 1 else ""} (H, Shift+H: none)')

    def _ask_note(self) -> None:
        entry = self._jumps.current_entry()
        if entry is None:
            self._scope.status.say('No entry is selected')
            return
        dialog = QtWidgets.QInputDialog(self._scope)
        dialog.setOption(QtWidgets.QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        dialog.setWindowTitle('Note')
        dialog.setLabelText(f'On: {entry.message[:80]}')
        dialog.setTextValue(self._scope.notes.get(mark_of(entry), ''))
        dialog.textValueSelected.connect(self.note)
        dialog.open()

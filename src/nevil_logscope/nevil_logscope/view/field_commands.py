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

"""Commands on fields of messages: a filter of one, and a column for it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from nevil_logscope.binding import QtWidgets
from nevil_logscope.search.fields import field_regex
from nevil_logscope.search.fields import fields_of
from nevil_logscope.store import Entry
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.memory import set_field
from nevil_logscope.view.scope import Scope
from nevil_nodes.logs import TextTerm

__all__ = ['FieldCommands']

_MOST = 15
_LONGEST = 40


class FieldCommands:
    """What one does with the fields of an entry, from its menu."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def parent(self) -> Any:
        """Return where problems are shown."""
        return self._scope

    def menu(self, entry: Entry, parent: Any) -> Any:
        """Return the menu of its fields."""
        found = QtWidgets.QMenu('Fields', parent)
        fields = list(fields_of(entry.message).items())[:_MOST]
        for name, value in fields:
            short = value if len(value) <= _LONGEST else f'{value[:_LONGEST]}…'
            found.addAction(f'Only {name}={short}'.replace('&', '&&'),
                            partial(self.only, name, value))
        found.addSeparator()
        for name, _ in fields:
            found.addAction(f'Column for {name}', partial(self.show_column, name))
        if self._scope.model.field:
            found.addAction(f'No column for {self._scope.model.field}',
                            partial(self.show_column, ''))
        found.setEnabled(bool(found.actions()[1:]))
        return found

    @guarded()
    def only(self, name: str, value: str) -> None:
        """Show only entries in which the field has that value."""
        view = self._scope.tabs.current
        term = TextTerm(field_regex(name, value), 'regex', True)
        self._scope.set_view(replace(
            view, spec=replace(view.spec, terms=(*view.spec.terms, term))))

    @guarded()
    def show_column(self, name: str) -> None:
        """Show the field in a column of its own; '' shows none."""
        set_field(self._scope, name)

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

"""Opens at a time and a node that the command line names, once that is read."""

from __future__ import annotations

from nevil_logscope.binding import QtCore
from nevil_logscope.search.aim import nearest
from nevil_logscope.search.aim import trouble_of
from nevil_logscope.view import times
from nevil_logscope.view.filters import SavedView
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.scope import Scope

__all__ = ['Aim']

_LOOK_MS = 50


class Aim(QtCore.QObject):
    """
    Waits until the history is read, and selects the entry in a tab that shows all nodes.

    :param at: a time as one types it, '' for none
    :param node: '' for any
    """

    def __init__(self, scope: Scope, at: str, node: str) -> None:
        super().__init__(scope)
        self._scope, self._at, self._node = scope, at, node
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(_LOOK_MS)

    @guarded()
    def look(self) -> None:
        """Go there if what is to be read is read."""
        scope = self._scope
        if scope.intake.loading or not len(scope.store) or scope.searcher.running:
            return
        self._timer.stop()
        if not self._at:
            found = trouble_of(scope.store, self._node)
        else:
            try:
                at_ns = times.parse_time(self._at, scope.store.at_ns(scope.store.next_id - 1))
            except ValueError as error:
                scope.status.say(f'--at: {error}', wrong=True)
                return
            # What is printed of a time ends at the millisecond.
            found = nearest(scope.store, at_ns, self._node)
            if at_ns < scope.store.at_ns(scope.store.first_id) and scope.store.evicted:
                scope.status.say(f'{self._at} is older than all entries; --max-entries keeps more',
                                 wrong=True)
        if found is None:
            scope.status.say(f'There is no entry of {self._node}', wrong=True)
            return
        scope.tabs.add(SavedView(self._at or self._node))
        scope.searcher.finish()
        scope.table.select_id(found)
        scope.table.setFocus()

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

"""Commands on patterns: show them below the table, and the entries of one in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nevil_logscope.search.store_patterns import pattern_regex
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.scope import Scope
from nevil_logscope.view.search_bar import Query
from nevil_nodes.logs.patterns import Found

__all__ = ['PatternCommands']


class PatternCommands:
    """What one does with patterns."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.commands: dict[str, Callable[[], None]] = {'patterns': self._show}

    def connect(self) -> None:
        """Connect the widgets' signals."""
        self._scope.lower.currentChanged.connect(self._tab_changed)
        self._scope.patterns.chosen.connect(self._chosen)

    def _show(self) -> None:
        lower, patterns = self._scope.lower, self._scope.patterns
        if lower.isVisible() and lower.currentWidget() is patterns:
            lower.hide()
            return
        lower.show()
        if lower.currentWidget() is patterns:
            self._refresh()
        lower.setCurrentWidget(patterns)
        patterns.list.setFocus()

    def _refresh(self) -> None:
        self._scope.patterns.refresh(self._scope.tabs.current.spec)

    @guarded()
    def _tab_changed(self, _: int) -> None:
        if self._scope.lower.currentWidget() is self._scope.patterns:
            self._refresh()

    @guarded()
    def _chosen(self, one: Found) -> None:
        view = self._scope.tabs.current
        self._scope.set_view(replace(
            view, query=Query(pattern_regex(one.pattern), regex=True, case=True),
            spec=replace(view.spec, nodes=frozenset({one.node}), without_nodes=frozenset())))

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

"""What every key and button does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from nevil_logscope.binding import QShortcut
from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.view import times
from nevil_logscope.view.entry_commands import EntryCommands
from nevil_logscope.view.exporter import Exporter
from nevil_logscope.view.filters import CRASH
from nevil_logscope.view.filters import DIALOGUE
from nevil_logscope.view.filters import solo
from nevil_logscope.view.filters import toggle_level
from nevil_logscope.view.filters import toggle_node
from nevil_logscope.view.filters import without_chip
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.help import KeyHelp
from nevil_logscope.view.jumps import Jumps
from nevil_logscope.view.keys import FUNCTION_KEYS
from nevil_logscope.view.keys import KEYS
from nevil_logscope.view.mark_commands import MarkCommands
from nevil_logscope.view.memory import apply_look
from nevil_logscope.view.pattern_commands import PatternCommands
from nevil_logscope.view.scope import Scope
from nevil_logscope.view.search_bar import Query
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_logscope.view.theme import THEMES
from nevil_nodes.logs import FilterSpec

__all__ = ['Commands']

Qt = QtCore.Qt
_MODES = {'crash': (CRASH, 'Crash Monitor Mode: showing only ERROR/CRITICAL and crash-related '
                           'entries'),
          'dialogue': (DIALOGUE, 'Dialogue Mode: showing only what was heard and said')}


class Commands(QtCore.QObject):
    """
    The commands of one LogScope by name, and its shortcuts.

    :param scope: the LogScopeWidget
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self._scope = scope
        self._jumps = Jumps(scope)
        self.entries = EntryCommands(scope, self._jumps, self.do)
        self.exporter = Exporter(scope)
        self._patterns = PatternCommands(scope)
        self.marks = MarkCommands(scope, self._jumps)
        self._help_list: KeyHelp | None = None
        self._commands = self._all()

    def connect(self) -> None:
        """Make the shortcuts, and connect the widgets' signals."""
        scope = self._scope
        for key in KEYS:
            if key.scope == 'note':
                continue
            parent = scope.table if key.scope == 'table' else scope
            context = (Qt.ShortcutContext.WidgetShortcut if key.scope == 'table'
                       else Qt.ShortcutContext.WidgetWithChildrenShortcut)
            for sequence in key.keys:
                shortcut = QShortcut(QtGui.QKeySequence(sequence), parent)
                shortcut.setContext(context)
                shortcut.activated.connect(self._doer(key.name))
        scope.search.changed.connect(self._query_changed)
        scope.search.stepped.connect(lambda step: self.do(
            'next_hit' if step > 0 else 'previous_hit'))
        scope.search.kept.connect(lambda: self.do('keep_term'))
        scope.search.left.connect(lambda: scope.table.setFocus())
        scope.chips.removed.connect(self._chip_removed)
        scope.levels.toggled.connect(self._toggle_level)
        scope.nodes.toggled.connect(self._toggle_node)
        scope.nodes.soloed.connect(self._solo)
        scope.nodes.asked.connect(self._jumps.to_trouble)
        scope.timeline.clicked.connect(self._jumps.to_time)
        scope.timeline.brushed.connect(self._brushed)
        scope.details.chosen.connect(scope.table.select_id)
        scope.table.doubleClicked.connect(lambda _: self.do('show_details'))
        scope.table.customContextMenuRequested.connect(self._offer)
        scope.timeline.zoomed.connect(scope.refresh_all)
        self._patterns.connect()

    @guarded()
    def do(self, name: str) -> None:
        """Do a command of ``KEYS``, or of a button."""
        self._commands[name]()

    def _doer(self, name: str) -> Callable[[], None]:
        return lambda: self.do(name)

    def _all(self) -> dict[str, Callable[[], None]]:
        """Return the commands by name."""
        found: dict[str, Callable[[], None]] = {
            f'level_{number}': partial(self._toggle_level, level)
            for number, level in enumerate(LEVEL_NAMES)}
        found |= {f'node_{number}': partial(self._toggle_node_number, number)
                  for number in range(FUNCTION_KEYS)}
        found |= {f'toggle_{name}': partial(self._scope.search.flip, name)
                  for name in self._scope.search.switches}
        found |= {name: partial(self._mode, *mode) for name, mode in _MODES.items()}
        found |= self._jumps.commands | self.entries.commands | self._patterns.commands
        return found | self.marks.commands | {
            'clear_filters': self._clear_filters,
            'keep_term': self._keep_term,
            'search': self._search,
            'pause': self._pause,
            'follow': self._follow,
            'show_news': self._show_news,
            'auto_scroll': self._auto_scroll,
            'clear': self._clear,
            'details': self._details,
            'show_details': self._show_details,
            'statistics': self._statistics,
            'time_mode': self._time_mode,
            'theme': self._theme,
            'bigger': self._bigger,
            'smaller': partial(self._bigger, -1.0),
            'next_tab': self._next_tab,
            'previous_tab': self._previous_tab,
            'new_tab': self._new_tab,
            'close_tab': self._close_tab,
            'help': self._help,
            'export': self._export,
        }

    @guarded()
    def _offer(self, position: Any) -> None:
        self.entries.menu(position).exec(self._scope.table.viewport().mapToGlobal(position))

    # --- filters ---------------------------------------------------------------------------

    def _change(self, **values: Any) -> None:
        self._scope.set_view(replace(self._scope.tabs.current, **values))

    @guarded()
    def _query_changed(self, query: Query) -> None:
        self._change(query=query)

    @guarded()
    def _chip_removed(self, key: object) -> None:
        self._scope.set_view(without_chip(self._scope.tabs.current, key))

    @guarded()
    def _toggle_level(self, level: str) -> None:
        self._change(spec=toggle_level(self._scope.tabs.current.spec, level))

    @guarded()
    def _toggle_node(self, node: str) -> None:
        self._change(spec=toggle_node(self._scope.tabs.current.spec, node))

    def _toggle_node_number(self, number: int) -> None:
        rows = self._scope.nodes.rows
        if number < len(rows):
            self._toggle_node(rows[number].name)
        else:
            self._scope.status.say(f'F{number + 1}: there is no node {number + 1} in the list')

    @guarded()
    def _solo(self, node: str) -> None:
        self._change(spec=solo(self._scope.tabs.current.spec, node))

    @guarded()
    def _brushed(self, start: int, end: int) -> None:
        self._change(spec=replace(self._scope.tabs.current.spec, since_ns=start or None,
                                  until_ns=end or None))

    def _mode(self, mode: str, text: str) -> None:
        on = self._scope.tabs.current.mode != mode
        self._change(mode=mode if on else '')
        self._scope.status.say(text if on else 'All entries are shown')

    def _clear_filters(self) -> None:
        self._change(spec=FilterSpec(), query=Query(), mode='')

    def _keep_term(self) -> None:
        view = self._scope.tabs.current
        term = view.query.term
        if term is not None and not self._scope.pattern_is_wrong:
            spec = replace(view.spec, terms=(*view.spec.terms, term))
            self._change(spec=spec, query=replace(view.query, text='', exclude=False))

    def _search(self) -> None:
        self._scope.search.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._scope.search.field.selectAll()

    # --- following ---------------------------------------------------------------------------

    def _pause(self) -> None:
        self._scope.feed.set_paused(not self._scope.feed.paused)

    def _follow(self) -> None:
        self._scope.table.auto_scroll = True
        table, model = self._scope.table, self._scope.model
        if table.current_id is not None and len(model):
            table.select_id(model.id_at(len(model) - 1))
        table.go_to_end()
        self._scope.feed.changed.emit()

    def _show_news(self) -> None:
        self._scope.feed.set_paused(False)
        self._follow()
        self._scope.table.setFocus()

    def _auto_scroll(self) -> None:
        table = self._scope.table
        table.auto_scroll = not table.following
        if table.auto_scroll:
            table.go_to_end()
        else:
            table.set_following(False)
        self._scope.feed.changed.emit()
        self._scope.status.say(f'Auto-scroll is {"on" if table.auto_scroll else "off"}')

    def _clear(self) -> None:
        self._scope.intake.forget()
        self._scope.feed.clear()
        self._scope.details.show_id(None)

    def _details(self) -> None:
        lower = self._scope.lower
        lower.setVisible(not lower.isVisible() or lower.currentIndex() != 0)
        lower.setCurrentIndex(0)
        self._scope.details.show_id(self._scope.table.current_id)

    def _show_details(self) -> None:
        self._scope.lower.setVisible(True)
        self._scope.lower.setCurrentIndex(0)
        self._scope.details.show_id(self._scope.table.current_id)

    def _statistics(self) -> None:
        lower = self._scope.lower
        lower.setVisible(not lower.isVisible() or lower.currentIndex() != 1)
        lower.setCurrentIndex(1)
        self._scope.refresh()

    def _time_mode(self) -> None:
        model = self._scope.model
        mode = times.MODES[(times.MODES.index(model.time_mode) + 1) % len(times.MODES)]
        model.set_time_mode(mode)
        self._scope.status.say(f'Times: {mode}')

    def _theme(self) -> None:
        names = list(THEMES)
        other = names[(names.index(self._scope.theme.name) + 1) % len(names)]
        apply_look(self._scope, THEMES[other], self._scope.points)

    def _bigger(self, by: float = 1.0) -> None:
        points = (self._scope.points or self._scope.table.font().pointSizeF()) + by
        apply_look(self._scope, self._scope.theme, max(5.0, min(points, 40.0)))

    def _next_tab(self) -> None:
        self._scope.tabs.step(1)

    def _previous_tab(self) -> None:
        self._scope.tabs.step(-1)

    def _new_tab(self) -> None:
        view = self._scope.tabs.current
        self._scope.tabs.add(replace(view, name=f'{view.name} 2'))

    def _close_tab(self) -> None:
        if not self._scope.tabs.close_current():
            self._scope.status.say('The last tab stays')

    def _help(self) -> None:
        if self._help_list is None:
            self._help_list = KeyHelp(self._scope)
            self._help_list.chosen.connect(self.do)
        self._help_list.field.clear()
        self._help_list.show()
        self._help_list.field.setFocus()

    def _export(self) -> None:
        self.exporter.ask()

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

"""From the widgets to what is remembered, and back; and the look that is part of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nevil_logscope.search import PatternError
from nevil_logscope.settings import Settings
from nevil_logscope.view import times
from nevil_logscope.view.details import mark_of
from nevil_logscope.view.filters import SavedView
from nevil_logscope.view.layout import fixed_font
from nevil_logscope.view.model import FIELD
from nevil_logscope.view.model import MESSAGE
from nevil_logscope.view.scope import Scope
from nevil_logscope.view.theme import DARK
from nevil_logscope.view.theme import style_sheet
from nevil_logscope.view.theme import Theme
from nevil_logscope.view.theme import THEMES
from nevil_nodes.logs import TextTerm

__all__ = ['apply_look', 'apply_settings', 'bookmarks_of', 'find_awaited',
           'read_settings', 'set_field', 'set_highlights']


def apply_look(scope: Scope, theme: Theme, points: float) -> None:
    """Paint a LogScope in a theme, its tables in a font of that many points, 0 for the usual."""
    scope.theme, scope.points = theme, points
    font = fixed_font(points)
    # A sheet that is replaced before the first show leaves its colours behind.
    if scope.was_shown:
        scope.setStyleSheet(style_sheet(theme))
    scope.table.set_look(theme, font)
    scope.details.set_look(theme, font)
    scope.statistics.setFont(font)
    scope.levels.set_theme(theme, font)
    scope.nodes.set_theme(theme)
    scope.patterns.set_look(theme, font)
    scope.timeline.set_theme(theme)


def apply_settings(scope: Scope, settings: Settings) -> None:
    """Make a LogScope what was remembered."""
    apply_look(scope, THEMES.get(settings.theme, DARK), settings.points)
    mode = settings.time_mode
    scope.model.set_time_mode(mode if mode in times.MODES else times.ABSOLUTE)
    scope.table.auto_scroll = settings.auto_scroll
    scope.table.set_following(settings.auto_scroll)
    scope.lower.setVisible(settings.details)
    for column, width in enumerate(settings.widths[:MESSAGE]):
        if width:  # a column that was hidden has none
            scope.table.setColumnWidth(column, width)
    set_field(scope, settings.column)
    for column in range(FIELD):
        scope.table.setColumnHidden(column, column in settings.hidden)
    for name, sizes in settings.sizes.items():
        if name in scope.splitters:
            scope.splitters[name].setSizes(sizes)
    scope.folder = settings.folder
    for at_ns, node, text, *note in settings.bookmarks:
        scope.awaited.add((at_ns, node, text))
        if note:
            scope.notes[at_ns, node, text] = note[0]
    set_highlights(scope, (TextTerm(*rule) for rule in settings.highlights))
    views = []
    for values in settings.tabs:
        try:
            views.append(SavedView.from_values(values))
        except ValueError:
            continue
    scope.tabs.restore(views, settings.tab)
    scope.show_view(scope.tabs.current)
    scope.feed.changed.emit()


def read_settings(scope: Scope) -> Settings:
    """Return what is to be remembered of a LogScope."""
    table = scope.table
    return Settings(
        theme=scope.theme.name, time_mode=scope.model.time_mode, points=float(scope.points),
        auto_scroll=table.auto_scroll, details=not scope.lower.isHidden(),
        tabs=[view.to_values() for view in scope.tabs.views], tab=scope.tabs.place,
        sizes={name: splitter.sizes() for name, splitter in scope.splitters.items()},
        widths=[table.columnWidth(column) for column in range(MESSAGE)],
        hidden=[column for column in range(FIELD) if table.isColumnHidden(column)],
        column=scope.model.field,
        folder=scope.folder, bookmarks=bookmarks_of(scope),
        highlights=[[one.text, one.mode, one.case] for one in scope.highlights])


def set_field(scope: Scope, name: str) -> None:
    """Show a field of messages in a column; '' shows none."""
    scope.model.set_field(name)
    scope.table.setColumnHidden(FIELD, not name)
    scope.table.viewport().update()


def set_highlights(scope: Scope, rules: Iterable[TextTerm]) -> None:
    """Highlight these, whatever is searched for."""
    scope.highlights = list(rules)
    patterns = map(scope.engine.compile, scope.highlights)
    scope.delegate.rules = [one for one in patterns if not isinstance(one, PatternError)]
    scope.table.viewport().update()


def bookmarks_of(scope: Scope) -> list[list[Any]]:
    """Return the bookmarks in a way that holds for another start too."""
    marks = list(scope.awaited)
    for entry_id in sorted(scope.bookmarks):
        if entry_id >= scope.store.first_id:
            marks.append(mark_of(scope.store.entry(entry_id)))
    return [[*mark, scope.notes[mark]] if mark in scope.notes else [*mark] for mark in marks]


def find_awaited(scope: Scope) -> None:
    """Mark the entries that were marked when the window was closed, once they are read."""
    for mark in list(scope.awaited):
        for entry in scope.store.at_time(mark[0]):
            if mark_of(entry) == mark:
                scope.bookmarks.add(entry.id)
                scope.awaited.discard(mark)
                scope.table.viewport().update()
                break

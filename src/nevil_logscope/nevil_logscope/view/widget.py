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

"""LogScope as one widget: the same in its own window and in rqt."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
import time
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtWidgets
from nevil_logscope.search import PatternError
from nevil_logscope.settings import Settings
from nevil_logscope.sources import Source
from nevil_logscope.store import Store
from nevil_logscope.view.chips import Chips
from nevil_logscope.view.commands import Commands
from nevil_logscope.view.delegate import RowDelegate
from nevil_logscope.view.details import Details
from nevil_logscope.view.feed import Feed
from nevil_logscope.view.filters import chips
from nevil_logscope.view.filters import CRASH
from nevil_logscope.view.filters import DIALOGUE
from nevil_logscope.view.filters import SavedView
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.intake import Intake
from nevil_logscope.view.layout import heading
from nevil_logscope.view.layout import lay_out
from nevil_logscope.view.layout import tool_button
from nevil_logscope.view.levels import LevelButtons
from nevil_logscope.view.memory import apply_settings
from nevil_logscope.view.memory import read_settings
from nevil_logscope.view.model import LogModel
from nevil_logscope.view.nodes import NodeList
from nevil_logscope.view.panels import Panels
from nevil_logscope.view.pattern_list import PatternList
from nevil_logscope.view.search_bar import Query
from nevil_logscope.view.search_bar import SearchBar
from nevil_logscope.view.searcher import Searcher
from nevil_logscope.view.statistics import Statistics
from nevil_logscope.view.status_line import StatusLine
from nevil_logscope.view.table import LogTable
from nevil_logscope.view.tabs import Tabs
from nevil_logscope.view.text_engine import QtEngine
from nevil_logscope.view.theme import DARK
from nevil_logscope.view.theme import style_sheet
from nevil_logscope.view.timeline import Timeline
from nevil_nodes.logs import TextTerm

__all__ = ['Health', 'LogScopeWidget']

_SHOW_HISTORY_S = 0.4
# Level and cause of nodes by name.
Health = Callable[[], Mapping[str, tuple[str, str]]]


class LogScopeWidget(QtWidgets.QWidget):
    """
    The whole of LogScope.

    :param store: holds the entries; sources use its names
    :param sources: polled until ``close_sources``
    :param health: returns level and cause of nodes by name, as in /nevil/node_health
    """

    def __init__(self, store: Store, sources: Sequence[Source], *,
                 health: Health = dict, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName('LogScope')
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.store = store
        self.theme = DARK
        self.was_shown = False
        self.points = 0.0
        self.folder = ''
        self.bookmarks: set[int] = set()
        # Bookmarks of the last time whose entries are not read yet: time, node, message.
        self.awaited: set[tuple[int, str, str]] = set()
        # On entries, by time, node and message; and what is highlighted whatever is searched for.
        self.notes: dict[tuple[int, str, str], str] = {}
        self.highlights: list[TextTerm] = []
        self._make_widgets(store, sources)
        self.splitters = lay_out(self, self._buttons())
        self.panels = Panels(self, health)
        self.commands = Commands(self)
        self._connect()
        self._wrong = False
        self._good = Query()
        self._unshown, self._shown_s = False, 0.0
        apply_settings(self, Settings())
        self.table.setFocus()

    def start(self) -> None:
        """Begin to read the sources."""
        self.intake.start()
        self.panels.start()

    def close_sources(self) -> None:
        """Stop all timers and close the sources; may be called again."""
        self.panels.stop()
        self.intake.close()

    def settings(self) -> Settings:
        """Return what is to be remembered."""
        return read_settings(self)

    def restore(self, settings: Settings) -> None:
        """Be as it was remembered."""
        apply_settings(self, settings)

    @property
    def pattern_is_wrong(self) -> bool:
        """Return whether what is in the search field cannot be searched for."""
        return self._wrong

    def showEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        if not self.was_shown:
            self.was_shown = True
            self.setStyleSheet(style_sheet(self.theme))
            self.table.setFocus()

    def show_problem(self, text: str) -> None:
        """Show in the status bar what went wrong."""
        self.status.say(text, wrong=True)

    def set_view(self, view: SavedView) -> None:
        """Show something else in the tab that is open."""
        view = replace(view, current=self.table.current_id, top=self.table.top_id(),
                       following=self.table.following)
        self.tabs.current = view
        self.show_view(view)

    @guarded()
    def show_view(self, view: SavedView) -> None:
        """Show a tab: its switches, its filters, and search for its rows."""
        self.search.put(view.query)
        self.chips.put(chips(view))
        self.crash.setChecked(view.mode == CRASH)
        self.dialogue.setChecked(view.mode == DIALOGUE)
        spec = view.spec
        self.timeline.set_brush(
            (spec.since_ns, spec.until_ns)
            if spec.since_ns is not None and spec.until_ns is not None else None)
        term = view.query.term
        mark = None if term is None or term.exclude else term
        self._wrong = False
        if self.searcher.start(view.effective, mark):
            self._good = view.query
            pattern = self.engine.compile(mark) if mark is not None else None
            self.delegate.pattern = None if isinstance(pattern, PatternError) else pattern
            self.table.viewport().update()
        else:
            # What was found before stays, and other filters still work.
            good = replace(view, query=self._good)
            self.searcher.start(good.effective, None)
        self.refresh()

    def refresh_all(self) -> None:
        """Recount, and show it."""
        self.panels.refresh_soon()
        self.panels.refresh()

    def refresh(self) -> None:
        """Show lights, counts, bars and states as they are now."""
        self.panels.refresh()

    def _make_widgets(self, store: Store, sources: Sequence[Source]) -> None:
        self.engine = QtEngine()
        self.intake = Intake(store, sources, self)
        self.searcher = Searcher(store, self.engine, self)
        self.model = LogModel(store, self)
        self.delegate = RowDelegate(self.model, self.bookmarks, self)
        self.table = LogTable(self.model, self.delegate)
        self.feed = Feed(store, self.searcher, self.table, self.bookmarks, self)
        self.tabs = Tabs()
        self.search = SearchBar()
        self.chips = Chips()
        self.timeline = Timeline(self.theme)
        self.node_heading = heading('NODES')
        self.nodes = NodeList(self.theme)
        self.levels = LevelButtons()
        self.details = Details(store, self.notes)
        self.statistics = Statistics(store, self.intake, self.searcher)
        self.patterns = PatternList(store)
        self.status = StatusLine()

    def _buttons(self) -> list[Any]:
        def do(name: str) -> Any:
            return lambda: self.commands.do(name)
        self.pause = tool_button('‖ Pause', 'Pause without loss (Space)', do('pause'), True)
        self.scroll = tool_button('⇣ Follow', 'Auto-scroll to new entries (A)',
                                  do('auto_scroll'), True)
        self.crash = tool_button('✖ Crash', 'Crash monitor: errors and crash words only '
                                 '(Ctrl+Shift+C)', do('crash'), True, 'alarm')
        self.dialogue = tool_button('❝ Dialogue', 'What was heard and said (Ctrl+Shift+D)',
                                    do('dialogue'), True)
        self.news = tool_button('', 'Continue, at the newest entry', do('show_news'),
                                role='news')
        self.news.hide()
        return [self.pause, self.scroll, self.crash, self.dialogue,
                tool_button('Export', 'Export the shown entries (Ctrl+S)', do('export')),
                tool_button('◐', 'Dark or light (Ctrl+T)', do('theme')),
                tool_button('?', 'All keys (?)', do('help'))]

    def _connect(self) -> None:
        self.intake.appended.connect(self.feed.appended)
        self.intake.ticked.connect(self._ticked)
        self.searcher.found.connect(self._found)
        self.searcher.failed.connect(self._failed)
        self.feed.changed.connect(self._feed_changed)
        self.table.moved.connect(self._moved)
        self.tabs.left.connect(self._leave_tab)
        self.tabs.entered.connect(self._enter_tab)
        self.commands.connect()

    @guarded()
    def _ticked(self, came: bool) -> None:
        if came:
            self.panels.refresh_soon()
            self._unshown = True
        # To lay out and paint costs as much as to read 30 000 lines: while history is read, the
        # rows are shown a few times a second.
        now_s = time.monotonic()
        if self._unshown and (
                not self.intake.loading or now_s - self._shown_s >= _SHOW_HISTORY_S):
            self._unshown, self._shown_s = False, now_s
            self.feed.show_new()

    @guarded()
    def _found(self) -> None:
        self.panels.refresh_soon()
        if not self.searcher.running:
            self.refresh()

    @guarded()
    def _failed(self, error: PatternError) -> None:
        self._wrong = True
        place = f' at character {error.position + 1}' if error.position >= 0 else ''
        self.search.say(f'{error.message}{place}', wrong=True)

    @guarded()
    def _feed_changed(self) -> None:
        self.pause.setChecked(self.feed.paused)
        self.scroll.setChecked(self.table.following and not self.feed.paused)
        self.panels.put_news()

    @guarded()
    def _moved(self) -> None:
        current = self.table.current_id
        if current is not None and self.lower.isVisible():
            self.details.show_id(current)
        self.timeline.set_here(self.store.at_ns(current) if current is not None else 0)

    @guarded()
    def _leave_tab(self) -> None:
        self.tabs.current = replace(
            self.tabs.current, current=self.table.current_id, top=self.table.top_id(),
            following=self.table.following)

    @guarded()
    def _enter_tab(self, view: SavedView) -> None:
        self.show_view(view)
        if not view.following and view.top is not None:
            # The rows above may only be found later: all of them are waited for.
            self.searcher.finish()
            if view.current is not None:
                self.table.select_id(view.current)
            self.table.scroll_to_top(view.top)
        self.table.set_following(view.following and self.table.auto_scroll)
        if view.following:
            self.table.go_to_end()

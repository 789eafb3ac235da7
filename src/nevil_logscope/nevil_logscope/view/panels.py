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

"""Keeps everything around the table up to date: nodes, levels, bars, hits, news, status."""

from __future__ import annotations

from dataclasses import replace
import time
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.search.overview import counts
from nevil_logscope.search.overview import histogram
from nevil_logscope.view.columns import newest
from nevil_logscope.view.columns import time_span
from nevil_logscope.view.filters import shows_node
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.lights import light_from_logs
from nevil_logscope.view.memory import find_awaited
from nevil_logscope.view.nodes import node_order
from nevil_logscope.view.nodes import NodeRow
from nevil_logscope.view.scope import Scope
from nevil_logscope.view.statistics import grouped
from nevil_logscope.view.theme import LEVEL_NAMES

__all__ = ['Panels']

_REFRESH_MS = 400
_REFRESH_LOADING_S = 1.2
_RECENT_NS = 60_000_000_000


class Panels(QtCore.QObject):
    """
    The panels of one LogScope.

    :param scope: the LogScopeWidget
    """

    def __init__(self, scope: Scope, health: Any) -> None:
        super().__init__(scope)
        self._scope, self._health = scope, health
        self._stale = True
        self._counts = counts(scope.store)
        self._newest = newest(scope.store, 0)
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._refreshed_s = 0.0

    def start(self) -> None:
        """Refresh now and then."""
        self._timer.start(_REFRESH_MS)

    def stop(self) -> None:
        """Stop refreshing."""
        self._timer.stop()

    def refresh_soon(self) -> None:
        """Recount at the next occasion."""
        self._stale = True

    @guarded()
    def _tick(self) -> None:
        late_s = time.monotonic() - self._refreshed_s
        if not self._scope.intake.loading or late_s >= _REFRESH_LOADING_S:
            self.refresh()

    @guarded()
    def refresh(self) -> None:
        """Show lights, counts, bars and states as they are now."""
        scope = self._scope
        self._refreshed_s = time.monotonic()
        if self._stale:
            self._counts = counts(scope.store)
            self._newest = newest(scope.store, time.time_ns() - _RECENT_NS)
            if not scope.searcher.running:
                self._stale = False
                if scope.timeline.brush is None:
                    self._put_timeline()
        if scope.awaited:
            find_awaited(scope)
        self._put_nodes()
        shown = scope.tabs.current.spec.levels
        scope.levels.put(shown if shown is not None else frozenset(LEVEL_NAMES),
                         [int(count) for count in self._counts.sum(axis=0)])
        if scope.statistics.isVisible():
            scope.statistics.refresh(len(scope.model))
        self._put_search()
        self.put_news()
        text = f'{grouped(len(scope.model))} of {grouped(len(scope.store))}'
        if scope.store.evicted:
            text += f' (older ones were dropped; at most {grouped(scope.store.max_entries)})'
        scope.table.set_hint(self._hint())
        scope.status.put(text, scope.intake.states(), scope.intake.dropped)

    def _hint(self) -> str:
        """Return why no row is shown, '' where there are some."""
        scope = self._scope
        if len(scope.model) or scope.searcher.running:
            return ''
        if not len(scope.store):
            states = '\n'.join(f'{name}: {text}' for name, text, _ in scope.intake.states())
            return f'No entries yet\n\n{states}'
        view = scope.tabs.current
        what = f'“{view.query.text}” is not found' if view.query.filters else 'No entry is shown'
        return (f'{what}: filters hide all of {grouped(len(scope.store))} entries\n\n'
                'Ctrl+0 removes all filters')

    def put_news(self) -> None:
        """Show over the table how many entries came since it was left alone."""
        scope = self._scope
        count, errors = scope.feed.unseen()
        if scope.feed.paused or count:
            text = f'{grouped(count)} new' + (
                f', {grouped(errors)} error{"s" if errors != 1 else ""}' if errors else '')
            scope.news.setText(f'‖ Paused: {text}' if scope.feed.paused else f'↓ {text}')
            scope.news.adjustSize()
            area = scope.table.geometry()
            scope.news.move((area.width() - scope.news.width()) // 2,
                            area.height() - scope.news.height() - 10)
        scope.news.setVisible(bool(scope.feed.paused or count))

    def _put_nodes(self) -> None:
        scope = self._scope
        names, now_s = scope.store.names.nodes.names, time.time()
        rows = {}
        for number, (many, last) in enumerate(zip(self._counts, self._newest / 1e9)):
            if many.any():
                rows[names[number]] = NodeRow(
                    names[number], light_from_logs(now_s, last.max(), last[2], last[3:].max()),
                    '', int(many.sum()), int(many[2]), int(many[3:].sum()))
        for name, (level, cause) in self._health().items():
            rows[name] = replace(rows.get(name, NodeRow(name)), light=level, cause=cause)
        ordered = node_order(list(rows))
        scope.tabs.nodes = ordered
        spec = scope.tabs.current.spec
        scope.nodes.put([replace(rows[name], shown=shows_node(spec, name)) for name in ordered])

    def _put_timeline(self) -> None:
        scope = self._scope
        start, last = scope.timeline.window or time_span(scope.store, scope.feed.ids)
        bars = histogram(scope.store, start, last + 1, scope.timeline.bins, scope.feed.ids)
        # The last bar ends a little after the last entry: bars are of one width.
        end = start + bars.bin_ns * len(bars.bins)
        scope.timeline.put(start, end if last else start, bars.bins)

    def _put_search(self) -> None:
        scope = self._scope
        if scope.pattern_is_wrong:
            return
        hits, progress = scope.searcher.hits, scope.searcher.progress
        text = ''
        if scope.tabs.current.query.text and hits is not None:
            text = f'{grouped(len(hits))} hit{"s" if len(hits) != 1 else ""}'
        if scope.searcher.running:
            text += f' … {100 * progress.scanned // max(1, progress.total)} %'
        if progress.skipped:
            text += f', {grouped(progress.skipped)} entries skipped: the pattern is too slow'
        scope.search.say(text)

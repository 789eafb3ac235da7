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

"""Runs the search of a tab in slices between frames, and keeps its rows up to date."""

from __future__ import annotations

from dataclasses import replace
import time
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import Signal
from nevil_logscope.search import PatternError
from nevil_logscope.search import Progress
from nevil_logscope.search import SearchJob
from nevil_logscope.search import TextEngine
from nevil_logscope.store import Added
from nevil_logscope.store import Column
from nevil_logscope.store import Store
from nevil_logscope.view.guard import guarded
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import TextTerm

__all__ = ['Searcher']

# Half of a frame at 60 Hz: keys and scrolling stay smooth during a search.
_SLICE_S = 0.008
# To show other rows costs as much as to search some segments: what is found at first is shown at
# once, all of it at the end, and something between only where that takes long.
_SHOW_EVERY_S = 0.5
_EVERYTHING = FilterSpec()


class Searcher(QtCore.QObject):
    """
    The rows of the filter that is on, and the hits among them.

    Signals: ``found()`` when there are other rows to show, at the start of a search, now and
    then while it runs, and once at its end; ``failed(PatternError)``, the rows stay as they are.
    """

    found = Signal()
    failed = Signal(object)

    def __init__(self, store: Store, engine: TextEngine, parent: Any = None) -> None:
        super().__init__(parent)
        self._store = store
        self._engine = engine
        self._spec = _EVERYTHING
        self._mark: TextTerm | None = None
        self._rows: SearchJob | None = None
        self._hits: SearchJob | None = None
        self._row_ids: Column | None = None
        self._hit_ids: Column | None = None
        self._shown_s = 0.0
        self._started_s = 0.0
        self.progress = Progress(True, 0, 0, 0)
        self.took_s = 0.0
        self._timer = QtCore.QTimer(self)
        # An interval of 0 runs after all events that wait, so keys and the mouse come first.
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._slice)

    @property
    def running(self) -> bool:
        """Return whether a search is not finished."""
        return bool(self._timer.isActive())

    @property
    def ids(self) -> Column | None:
        """Return the ids of the rows, ascending; None for every entry."""
        if self._rows is None:
            return None
        if self._row_ids is None:
            self._row_ids = self._rows.ids
        return self._row_ids

    @property
    def hits(self) -> Column | None:
        """Return the ids of the hits, ascending; None where nothing is searched for."""
        if self._hits is None:
            return None
        if self._hit_ids is None:
            self._hit_ids = self._hits.ids
        return self._hit_ids

    def start(self, spec: FilterSpec, mark: TextTerm | None) -> bool:
        """
        Search for other rows.

        :param spec: what is shown, search included where it filters
        :param mark: what is highlighted and jumped to
        :returns: False when a pattern is wrong: nothing has changed
        """
        rows = None if spec == _EVERYTHING else self._job(spec, self._rows)
        if rows is not None and rows.error is not None:
            return self._fail(rows.error)
        hits = None
        if mark is not None:
            sought = spec if mark in spec.terms else replace(spec, terms=(*spec.terms, mark))
            hits = rows if sought == spec else self._job(sought, self._hits)
            if hits is not None and hits.error is not None:
                return self._fail(hits.error)
        self._spec, self._mark = spec, mark
        self._rows, self._hits = rows, hits
        self._row_ids = self._hit_ids = None
        self._started_s = self._shown_s = time.monotonic()
        self.took_s = 0.0
        self._timer.start()
        self._slice(first=True)
        return True

    def added(self, change: Added) -> None:
        """Take what was appended to the store."""
        jobs = self._jobs()
        for job in jobs:
            job.added(change)
        self._row_ids = self._hit_ids = None
        if not all(job.done for job in jobs):
            self._timer.start()

    def restart(self) -> None:
        """Search again, after the store was emptied."""
        self._rows = self._hits = None
        self.start(self._spec, self._mark)

    def finish(self) -> None:
        """Search to the end at once."""
        while self.running:
            self._slice()

    def _jobs(self) -> list[SearchJob]:
        rows, hits = self._rows, self._hits
        return [job for job in (rows, hits if hits is not rows else None) if job is not None]

    def _job(self, spec: FilterSpec, before: SearchJob | None) -> SearchJob:
        return SearchJob(self._store, spec, self._engine, within=before)

    def _fail(self, error: PatternError) -> bool:
        self.failed.emit(error)
        return False

    @guarded()
    def _slice(self, first: bool = False) -> None:
        skipped, done, scanned, total, found = 0, True, 0, 0, 0
        for job in self._jobs():
            progress = job.advance(_SLICE_S)
            done = done and progress.done
            skipped += progress.skipped
            scanned, total = scanned + progress.scanned, total + progress.total
            found = progress.found
            # One job after the other: the rows are shown, so they are found before the marks.
            if not progress.done:
                break
        self.progress = Progress(done, scanned, total, found, skipped)
        now_s = time.monotonic()
        self.took_s = now_s - self._started_s
        if done:
            self._timer.stop()
        if done or first or now_s - self._shown_s >= _SHOW_EVERY_S:
            self._shown_s = now_s
            self._row_ids = self._hit_ids = None
            self.found.emit()

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

"""A search through the store in slices, newest entries first."""

from __future__ import annotations

from dataclasses import dataclass
import time

from nevil_logscope.search.engine import PatternError
from nevil_logscope.search.engine import PythonEngine
from nevil_logscope.search.engine import TextEngine
from nevil_logscope.search.found import Found
from nevil_logscope.search.masks import Masks
from nevil_logscope.search.narrow import narrows
from nevil_logscope.search.text import search_for
from nevil_logscope.search.text import TermSearch
from nevil_logscope.store import Added
from nevil_logscope.store import Column
from nevil_logscope.store import Segment
from nevil_logscope.store import SEGMENT_SIZE
from nevil_logscope.store import Store
from nevil_nodes.logs.spec import FilterSpec
import numpy as np

__all__ = ['Progress', 'SearchJob']

# Rows that are asked one by one are searched in smaller pieces, so that a slice stays short.
_SMALL = 1024
_TRIAL_ROWS = 200
_TRIAL_S = 0.03
# What `added` searches at once; more is left to `advance`.
_AT_ONCE_S = 0.005


@dataclass(frozen=True)
class Progress:
    """
    How far a search is.

    :param scanned: entries looked at, of ``total``
    :param skipped: entries that a pattern was too slow for; they are not found, and shown
    """

    done: bool
    scanned: int
    total: int
    found: int
    skipped: int = 0


class SearchJob:
    """
    The entries that a filter keeps.

    :param engine: compiles the terms; None is Python's ``re``
    :param within: the search before this one: where this only asks for more (typing on), its
        results are all that is looked at
    """

    def __init__(
        self, store: Store, spec: FilterSpec, engine: TextEngine | None = None, *,
        within: SearchJob | None = None,
    ) -> None:
        self.spec = spec
        self._store = store
        self._masks = Masks(spec, store.names)
        self._terms: list[TermSearch] = []
        # Why nothing is searched: a pattern that is none, or takes too long.
        self.error: PatternError | None = None
        self._compile(engine or PythonEngine())
        # Searched are the ids from _low to _high - 1.
        self._low = self._high = store.next_id
        self._found = Found()
        self._known: Column | None = None
        self._known_low = self._known_high = 0
        if within is not None and within.error is None and narrows(within.spec, spec):
            self._known = within.ids
            self._known_low, self._known_high = within._low, within._high

    @property
    def ids(self) -> Column:
        """Return the ids found so far, ascending (the table's order), int64."""
        return self._found.since(self._store.first_id)

    def results(self) -> Column:
        """Return the ids found so far, newest first."""
        return self.ids[::-1]

    @property
    def done(self) -> bool:
        """Return whether all entries are searched."""
        if self.error is not None:
            return True
        return self._high >= self._store.next_id and self._low <= self._store.first_id

    def progress(self) -> Progress:
        """Return how far it is."""
        first, total = self._store.first_id, len(self._store)
        scanned = max(0, min(self._high, self._store.next_id) - max(self._low, first))
        return Progress(self.done, scanned, total, len(self.ids),
                        sum(term.skipped for term in self._terms))

    def advance(self, budget_s: float) -> Progress:
        """Search on for about that long: what is new, then older and older entries."""
        deadline = time.perf_counter() + budget_s
        while not self.done:
            self._step()
            if time.perf_counter() >= deadline:
                break
        return self.progress()

    def added(self, change: Added) -> int:
        """Look at what ``Store.append`` has added or moved; return how many more are kept."""
        before = self._found.count
        if len(change.moved) and self.error is None:
            self._move(change)
        deadline = time.perf_counter() + _AT_ONCE_S
        while self.error is None and self._high < self._store.next_id:
            self._step()
            if time.perf_counter() >= deadline:
                break
        return self._found.count - before

    def _compile(self, engine: TextEngine) -> None:
        for term in self.spec.terms:
            search = search_for(term, engine)
            if isinstance(search, PatternError):
                self.error = search
                return
            last = self._store.segments[-1] if self._store.segments else None
            if last and not search.try_out(
                    last, max(0, last.count - _TRIAL_ROWS), last.count, _TRIAL_S):
                self.error = PatternError(term, 'the pattern takes too long')
                return
            self._terms.append(search)
        # Exact bytes first: they are the fastest, and others then have less to look at.
        self._terms.sort(key=lambda search: search.term.mode == 'regex' or not search.term.case)

    def _move(self, change: Added) -> None:
        """Renumber what is found; search the late entries that lie in what is searched."""
        if self._known is not None:
            self._known = change.now(self._known)
            self._known_low, self._known_high = self._bounds(
                change, self._known_low, self._known_high)
            # They were not there for the search before.
            self._known_high = min(self._known_high, change.first)
        self._low, self._high = self._bounds(change, self._low, self._high)
        late = change.late
        late = late[(late >= max(self._low, self._store.first_id)) & (late < self._high)]
        found = [np.empty(0, np.int64)]
        while len(late):
            segment = self._store.segment_of(int(late[0]))
            here = int(np.searchsorted(late, segment.next_id))
            start, stop = int(late[0]), int(late[here - 1]) + 1
            kept = self._keep(segment, start, stop)
            found.append(kept[np.isin(kept, late[:here], assume_unique=True)])
            late = late[here:]
        self._found.move(change, np.concatenate(found))

    @staticmethod
    def _bounds(change: Added, low: int, high: int) -> tuple[int, int]:
        """Return where the first and the last of searched entries are now, and one more."""
        if low >= high:
            return int(change.now(np.array([low]))[0]), int(change.now(np.array([low]))[0])
        first, last = change.now(np.array([low, high - 1])).tolist()
        return int(first), int(last) + 1

    def _step(self) -> None:
        """Search one piece of one segment."""
        store = self._store
        size = _SMALL if any(term.singly for term in self._terms) else SEGMENT_SIZE
        if self._high < store.next_id:
            start = max(self._high, store.first_id)
            segment = store.segment_of(start)
            stop = min(segment.next_id, start + size)
            self._found.add_newer(self._keep(segment, start, stop))
            self._high = stop
            self._low = min(self._low, start)
        else:
            stop = self._low
            segment = store.segment_of(stop - 1)
            start = max(segment.first_id, store.first_id, stop - size)
            self._found.add_older(self._keep(segment, start, stop))
            self._low = start

    def _keep(self, segment: Segment, start: int, stop: int) -> Column:
        """Return the ids from start to stop - 1 that are kept."""
        first, last = start - segment.first_id, stop - segment.first_id
        kept = self._masks.rows(segment, first, last)
        if self._known is not None and self._known_low <= start and stop <= self._known_high:
            known = np.zeros(last - first, bool)
            places = np.searchsorted(self._known, [start, stop])
            known[self._known[places[0]:places[1]] - start] = True
            kept = known if kept is None else kept & known
        for term in self._terms:
            if kept is not None and not kept.any():
                break
            found = term.rows(segment, first, last, kept)
            if term.term.exclude:
                found = ~found
            kept = found if kept is None else kept & found
        if kept is None:
            return np.arange(start, stop)
        return np.flatnonzero(kept) + start

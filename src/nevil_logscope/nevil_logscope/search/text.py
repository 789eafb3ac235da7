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

"""Which rows of a segment hold a text: the whole buffer at once, row by row where needed."""

from __future__ import annotations

from contextlib import AbstractContextManager
from contextlib import nullcontext
import re
import time

from nevil_logscope.search.byte_search import ByteSearch
from nevil_logscope.search.engine import PatternError
from nevil_logscope.search.engine import TextEngine
from nevil_logscope.search.engine import TextPattern
from nevil_logscope.search.limit import limited
from nevil_logscope.search.limit import TooSlow
from nevil_logscope.search.required import required_text
from nevil_logscope.store import Column
from nevil_logscope.store import LINE_BREAK
from nevil_logscope.store import Segment
from nevil_nodes.logs.spec import TextTerm
import numpy as np

__all__ = ['TermSearch', 'search_for']

# What looks around, or takes all or nothing, may see the rows beside its own.
_LOOKS_AROUND = re.compile(r'\(\?(?![:i]|P<)|\(\*|\\[AZzGKRBn]|[*+?}]\+')
# Asking a row costs as much as some dozens of rows of a buffer.
_FEW = 0.02
# A shorter text is in too many rows to be looked for first.
_LEAST_REQUIRED = 3
# An ordinary pattern takes 4 ms for a segment; what takes longer may have met its limit. It is our
# own time that counts: on a busy machine everything takes longer.
_SEGMENT_S = 0.010
_MATCH_S = 3e-6
_ROW_S = 0.1
_ROWS_S = 0.25


class TermSearch:
    """One term of a filter."""

    def __init__(self, term: TextTerm, pattern: TextPattern | None, bounded: bool) -> None:
        self.term = term
        # Rows that took too long; they count as not found.
        self.skipped = 0
        text = term.text if term.case or not term.text.isascii() else term.text.lower()
        self._bytes = text.encode('utf-8', 'replace')
        # Of no text there is nothing to look for: every row has it.
        self._search = ByteSearch(
            self._bytes or b'\n', term.case or not self._bytes.isascii())
        self._required: ByteSearch | None = None
        if term.mode == 'regex':
            text, exact = required_text(term.text, term.case)
            if len(text) >= _LEAST_REQUIRED:
                text = text if exact else text.lower()
                self._required = ByteSearch(text.encode(), exact)
        self._pattern = pattern
        self._bounded = bounded
        # Whether every row is asked for itself, which is sure and slow.
        self.singly = term.mode == 'regex' and bool(_LOOKS_AROUND.search(term.text))

    def rows(self, segment: Segment, start: int, stop: int, among: Column | None) -> Column:
        """
        Return which of these rows hold the text, as booleans.

        :param among: only these need an answer; None is all
        """
        many = stop - start
        bounds = segment.bounds[start:stop + 1].astype(np.int64)
        if not self._bytes:
            return np.ones(many, bool)
        if self._pattern is None:
            return self._search.rows(segment.text, bounds)
        if self.term.mode == 'plain' and self._bytes.isascii() and segment.ascii:
            return self._search.rows(segment.text, bounds)  # small letters are all of the case
        if self._required is not None and segment.ascii:
            holding = self._required.rows(segment.text, bounds)
            among = holding if among is None else among & holding
        wanted = np.arange(many) if among is None else np.flatnonzero(among)
        if not len(wanted):
            return np.zeros(many, bool)
        if not self.singly and len(wanted) > many * _FEW:
            found = self._whole(segment, bounds, many)
            if found is not None:
                return found
        return self._singly(segment, bounds, wanted, many)

    def try_out(self, segment: Segment, start: int, stop: int, budget_s: float) -> bool:
        """Return whether the pattern is fast enough for these rows, each for itself."""
        if self._pattern is None:
            return True
        began = time.thread_time()
        try:
            with self._limited(budget_s):
                for row in range(start, stop):
                    self._pattern.found(segment.text_of(row).decode('utf-8', 'replace'))
                    if time.thread_time() - began > budget_s:
                        return False
        except TooSlow:
            return False
        return True

    def _limited(self, seconds: float) -> AbstractContextManager[None]:
        return nullcontext() if self._bounded else limited(seconds)

    def _whole(self, segment: Segment, bounds: Column, many: int) -> Column | None:
        """Search the rows as one text; None where that gives no sure answer."""
        assert self._pattern is not None
        raw = segment.text[bounds[0]:bounds[-1]]
        text = raw.decode('utf-8', 'replace')
        if len(text) != len(raw):
            characters = np.frombuffer(text.encode('utf-32-le', 'replace'), np.uint32)
            bounds = np.concatenate([[0], np.flatnonzero(characters == 10) + 1])
        else:
            bounds = bounds - bounds[0]
        began = time.thread_time()
        try:
            with self._limited(_ROWS_S):
                spans = list(self._pattern.spans(text))
        except TooSlow:
            self.singly = True
            return None
        if self._bounded and (
                time.thread_time() - began > _SEGMENT_S + len(spans) * _MATCH_S):
            self.singly = True
            return None
        if not spans:
            return np.zeros(many, bool)
        places = np.array(spans, np.int64)
        rows = np.searchsorted(bounds, places[:, 0], 'right') - 1
        inside = rows < many  # an empty match may lie behind the last newline
        rows = rows[inside]
        if bool((places[inside, 1] >= bounds[rows + 1]).any()):
            return None
        found = np.zeros(many, bool)
        found[rows] = True
        return found

    def _singly(self, segment: Segment, bounds: Column, wanted: Column, many: int) -> Column:
        """Ask row by row; a row has its time, and all of them have theirs."""
        assert self._pattern is not None
        found = np.zeros(many, bool)
        test, text = self._pattern.found, segment.text
        ends = bounds.tolist()
        queue, hits = wanted.tolist()[::-1], []
        deadline = time.thread_time() + _ROWS_S
        while queue:
            soon = time.perf_counter() + _ROW_S / 2
            try:
                with self._limited(_ROW_S):
                    while queue and time.perf_counter() < soon:
                        row = queue.pop()
                        if test(text[ends[row]:ends[row + 1] - 1].decode('utf-8', 'replace')):
                            hits.append(row)
            except TooSlow:
                self.skipped += 1
            if time.thread_time() > deadline:
                self.skipped += len(queue)
                break
        found[hits] = True
        return found


def search_for(term: TextTerm, engine: TextEngine) -> TermSearch | PatternError:
    """Return what searches for a term, or why it cannot be searched for."""
    if term.mode == 'plain':
        term = TextTerm(term.text.replace('\n', LINE_BREAK), 'plain', term.case, term.exclude)
    if term.mode == 'plain' and term.case:
        return TermSearch(term, None, engine.bounded)
    pattern = engine.compile(term)
    if isinstance(pattern, PatternError):
        return pattern
    return TermSearch(term, pattern, engine.bounded)

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

"""
Qt's regular expressions (PCRE2, compiled) as the text engine of searches.

They are several times as fast as Python's and end by themselves: PCRE2 stops at its match limit.
It does so without a word; the search asks rows one by one where that may have hidden something.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import time
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.search import PatternError
from nevil_nodes.logs import TextTerm
import numpy as np

__all__ = ['QtEngine', 'QtPattern']

_Option = QtCore.QRegularExpression.PatternOption
# What a suffix would become part of, or what must stand at the start.
_NOT_EXTENDED = ('#', '\\Q', '(*')
_MAX_MARKS = 200
# Of our own time: on a busy machine everything takes longer.
_MAX_MARK_S = 0.01


class QtEngine:
    """Compiles terms with QRegularExpression."""

    bounded = True

    def compile(self, term: TextTerm) -> QtPattern | PatternError:  # noqa: A003
        """Return the pattern of a term, or what is wrong with it."""
        plain = term.mode == 'plain'
        source = QtCore.QRegularExpression.escape(term.text) if plain else term.text
        expression = _expression(source, term.case)
        if not expression.isValid():
            return PatternError(term, expression.errorString(), expression.patternErrorOffset())
        rows = expression
        if plain or not any(mark in source for mark in _NOT_EXTENDED):
            # One match for a row is enough: the rest of the row is made part of it.
            longer = _expression(f'(?:{source})[^\\n]*', term.case)
            if longer.isValid() and longer.captureCount() == expression.captureCount():
                rows = longer
        return QtPattern(expression, rows)


class QtPattern:
    """
    A compiled term.

    :param expression: as it was written
    :param rows: finds the same rows, mostly once each
    """

    def __init__(self, expression: Any, rows: Any) -> None:
        self._expression = expression
        self._rows = rows
        self._slow = False

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of the matches in many rows, each ended by a newline."""
        place = _places(text)
        found = self._rows.globalMatch(text)
        while found.hasNext():
            match = found.next()
            yield place(match.capturedStart()), place(match.capturedEnd())

    def found(self, row: str) -> bool:
        """Return whether it is in one row."""
        return bool(self._expression.match(row).hasMatch())

    def in_more(self, text: str) -> bool:
        """Return whether it is in lines that are folded away; not where it takes long."""
        if self._slow:
            return False
        started = time.thread_time()
        found = self.found(text)
        self._slow = time.thread_time() - started > _MAX_MARK_S
        return found

    def marks(self, row: str) -> list[tuple[int, int]]:
        """
        Return where in a row to highlight: what is empty is left out, and all beyond many.

        A pattern that has once taken long marks nothing any more: painting must not wait for it.
        """
        marks: list[tuple[int, int]] = []
        if self._slow:
            return marks
        place = _places(row)
        started = time.thread_time()
        found = self._expression.globalMatch(row)
        while found.hasNext() and len(marks) < _MAX_MARKS:
            match = found.next()
            if match.capturedLength():
                marks.append((place(match.capturedStart()), place(match.capturedEnd())))
        self._slow = time.thread_time() - started > _MAX_MARK_S
        return marks


def _expression(source: str, case: bool) -> Any:
    options = _Option.MultilineOption | _Option.UseUnicodePropertiesOption
    if not case:
        options |= _Option.CaseInsensitiveOption
    return QtCore.QRegularExpression(source, options)


def _places(text: str) -> Callable[[int], int]:
    """Return what makes a place in Python's text of a place in Qt's UTF-16."""
    if text.isascii() or max(text, default='') <= '\uffff':
        return int
    units = np.frombuffer(text.encode('utf-16-le', 'replace'), np.uint16)
    second = np.cumsum((units & 0xFC00) == 0xDC00)
    return lambda unit: unit - (int(second[unit - 1]) if unit else 0)

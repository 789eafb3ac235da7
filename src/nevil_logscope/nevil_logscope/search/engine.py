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

"""What looks for text: patterns and their errors as values, so that Qt's can take the place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import re
from typing import Protocol

from nevil_logscope.search.limit import can_limit
from nevil_nodes.logs.spec import TextTerm

__all__ = ['PatternError', 'PythonEngine', 'TextEngine', 'TextPattern']

# A repetition of what is repeated already: `(a+)+`. Python's re may try for ever.
_NESTED = re.compile(r'[*+}][^(]*\)(?:[*+]|\{\d*,)')


@dataclass(frozen=True)
class PatternError:
    """
    Why a term cannot be searched for.

    :param position: in the pattern, characters from 0; -1 where not known
    """

    term: TextTerm
    message: str
    position: int = -1


class TextPattern(Protocol):
    """A compiled term."""

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """
        Yield start and end of matches in many rows, each ended by a newline, in order.

        ``^`` and ``$`` are at newlines, ``.`` does not match one. One match a row is enough. A
        match that crosses a newline does no harm: the rows are asked one by one then.
        """

    def found(self, row: str) -> bool:
        """Return whether it is in one row, which has no newline."""


class TextEngine(Protocol):
    """Compiles terms. Plain terms with case are not asked for: bytes are searched for them."""

    # Whether one call always ends soon, whatever the pattern (PCRE2's match limit).
    bounded: bool

    def compile(self, term: TextTerm) -> TextPattern | PatternError:  # noqa: A003
        """Return the pattern of a term (``mode`` plain or regex, ``case``), or what is wrong."""


class PythonEngine:
    """Python's ``re``; a call that does not end is ended by a timer, where there is one."""

    bounded = False

    def compile(self, term: TextTerm) -> TextPattern | PatternError:  # noqa: A003
        """Return the pattern of a term, or what is wrong."""
        plain = term.mode == 'plain'
        if not plain and not can_limit() and (nested := _NESTED.search(term.text)):
            return PatternError(
                term, 'a repetition of a repetition may never end', nested.start())
        flags = re.MULTILINE if term.case else re.MULTILINE | re.IGNORECASE
        try:
            return _PythonPattern(re.compile(re.escape(term.text) if plain else term.text, flags))
        except re.error as error:
            position = -1 if error.pos is None else error.pos
            return PatternError(term, error.msg, position)
        except (OverflowError, RecursionError) as error:
            return PatternError(term, str(error))


class _PythonPattern:
    """A pattern of ``re``."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._search = pattern.search

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the first match of each row that has one."""
        search, find, position = self._search, text.find, 0
        while match := search(text, position):
            yield match.span()
            position = find('\n', match.end()) + 1
            if not position:
                return

    def found(self, row: str) -> bool:
        """Return whether it is in one row."""
        return self._search(row) is not None

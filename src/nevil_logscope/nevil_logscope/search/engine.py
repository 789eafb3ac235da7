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
from typing import Protocol

from nevil_nodes.logs.spec import TextTerm

__all__ = ['PatternError', 'TextEngine', 'TextPattern']


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
        Yield start and end of the matches in many rows, each ended by a newline, in order.

        ``^`` and ``$`` are at newlines, ``.`` does not match one. A match that crosses a newline
        does no harm: those rows are asked one by one.
        """

    def found(self, row: str) -> bool:
        """Tell whether it is in one row, which has no newline."""


class TextEngine(Protocol):
    """Compiles terms. Plain terms with case are not asked for: bytes are searched for them."""

    # Whether one call always ends soon, whatever the pattern (PCRE2's match limit).
    bounded: bool

    def compile(self, term: TextTerm) -> TextPattern | PatternError:  # noqa: A003
        """Return the pattern of a term (``mode`` plain or regex, ``case``), or what is wrong."""

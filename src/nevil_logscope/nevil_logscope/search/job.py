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

from nevil_logscope.search.engine import PatternError
from nevil_logscope.search.engine import TextEngine
from nevil_logscope.store import Added
from nevil_logscope.store import Column
from nevil_logscope.store import Store
from nevil_nodes.logs.spec import FilterSpec

__all__ = ['Progress', 'SearchJob']


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
    :param within: a finished search for less (text typed before): only its results are looked at
    """

    def __init__(
        self, store: Store, spec: FilterSpec, engine: TextEngine | None = None, *,
        within: SearchJob | None = None,
    ) -> None: ...

    @property
    def error(self) -> PatternError | None:
        """Return why nothing is searched."""
        raise NotImplementedError

    @property
    def ids(self) -> Column:
        """Return the ids found so far, ascending (the table's order), int64."""
        raise NotImplementedError

    def results(self) -> Column:
        """Return the ids found so far, newest first."""
        return self.ids[::-1]

    def advance(self, budget_s: float) -> Progress:
        """Search on for about that long; new segments of newer entries come first."""
        raise NotImplementedError

    def added(self, change: Added) -> int:
        """Look at what ``Store.append`` has added or moved, at once; return how many are kept."""
        raise NotImplementedError

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

"""Names as small numbers: one table for the parsers, the store and the filters."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ['Names', 'NameTable']


class NameTable:
    """
    Names and their numbers, in order of appearance.

    :param limit: how many numbers there are; names beyond share the last one
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._numbers: dict[str, int] = {}
        # By number; never shortened, so a number keeps its meaning.
        self.names: list[str] = []

    def number(self, name: str) -> int:
        """Return the number of a name, a new one if it is new."""
        number = self._numbers.get(name)
        if number is None:
            number = len(self.names)
            if number == self._limit:
                return number - 1
            if number == self._limit - 1:
                name = '(more names)'
            self._numbers[name] = number
            self.names.append(name)
        return number

    def find(self, name: str) -> int | None:
        """Return the number of a name, None if it has none."""
        return self._numbers.get(name)


class Names:
    """
    The tables of a store; number 0 is '' in each.

    An origin is a file that entries are in, as its path; ``set_place`` says where it stands
    among the others when entries of several files have one time.
    """

    def __init__(self) -> None:
        self.nodes = NameTable(1 << 16)
        self.components = NameTable(1 << 16)
        self.sources = NameTable(1 << 8)
        self.origins = NameTable(1 << 16)
        self._places: dict[str, int] = {}
        self._ranks: Any = np.zeros(1, np.uint16)
        for table in (self.nodes, self.components, self.sources, self.origins):
            table.number('')

    def set_place(self, origin: str, place: int) -> int:
        """Return the number of an origin that stands at a place, then by its name."""
        self._places[origin] = place
        return self.origins.number(origin)

    @property
    def ranks(self) -> Any:
        """Return the rank of each origin: which entry comes first where times are the same."""
        names = self.origins.names
        if len(self._ranks) != len(names):
            order = sorted(range(len(names)),
                           key=lambda number: (self._places.get(names[number], 0), names[number]))
            self._ranks = np.empty(len(names), np.uint16)
            self._ranks[order] = np.arange(len(names))
        return self._ranks

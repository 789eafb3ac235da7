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

"""What a filter says about level, node, source, flags and time, by tables."""

from __future__ import annotations

from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NUMBERS
from nevil_logscope.store import Names
from nevil_logscope.store import NameTable
from nevil_logscope.store import Segment
from nevil_nodes.logs.spec import FilterSpec
import numpy as np

__all__ = ['Masks']


class Masks:
    """
    The part of a filter that needs no text.

    :param names: of the store; names that appear later are known as soon as they do
    """

    def __init__(self, spec: FilterSpec, names: Names) -> None:
        self._spec = spec
        self._names = names
        self._levels = None
        if spec.levels is not None:
            self._levels = np.zeros(256, bool)
            self._levels[[LEVEL_NUMBERS[level] for level in spec.levels]] = True
        self._known = (-1, -1)
        self._nodes: Column = None
        self._sources: Column = None

    def rows(self, segment: Segment, start: int, stop: int) -> Column | None:
        """Return which of these rows are kept, as booleans; None is all of them."""
        self._look_up_names()
        spec, part = self._spec, slice(start, stop)
        masks = []
        if self._levels is not None:
            masks.append(self._levels[segment.level[part]])
        if self._nodes is not None:
            masks.append(self._nodes[segment.node[part]])
        if self._sources is not None:
            masks.append(self._sources[segment.source[part]])
        if spec.flags:
            masks.append((segment.flags[part] & int(spec.flags)) == int(spec.flags))
        if spec.since_ns is not None:
            masks.append(segment.at_ns[part] >= spec.since_ns)
        if spec.until_ns is not None:
            masks.append(segment.at_ns[part] < spec.until_ns)
        if not masks:
            return None
        kept = masks[0]
        for mask in masks[1:]:
            kept = kept & mask
        return kept

    def _look_up_names(self) -> None:
        names = self._names
        known = (len(names.nodes.names), len(names.sources.names))
        if known == self._known:
            return
        self._known = known
        spec = self._spec
        if spec.nodes is not None or spec.without_nodes:
            self._nodes = _table(names.nodes, spec.nodes)
            self._nodes &= ~_table(names.nodes, spec.without_nodes)
        if spec.sources is not None:
            self._sources = _table(names.sources, spec.sources)


def _table(table: NameTable, wanted: frozenset[str] | None) -> Column:
    """Return for each number whether its name is wanted."""
    return np.array([wanted is None or name in wanted for name in table.names], bool)

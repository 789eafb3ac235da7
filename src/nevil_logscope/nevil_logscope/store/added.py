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

"""What an append to the store has changed."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field

from nevil_logscope.store.batch import Column
import numpy as np

__all__ = ['Added']

_NOTHING = np.empty(0, np.int64)


@dataclass(frozen=True)
class Added:
    """
    What an append has changed.

    :param first: the first id that is new or was given to another entry
    :param next_id: after the last
    :param moved: entry ``first + i`` now has the id ``moved[i]``; empty when all came in order
    :param late: the ids of new entries that stand before older ones, ascending; the others are
        the last ones
    """

    first: int
    next_id: int
    moved: Column = field(default_factory=lambda: _NOTHING)
    late: Column = field(default_factory=lambda: _NOTHING)

    def now(self, ids: Column) -> Column:
        """Return the ids that entries with these ids have now; order stays."""
        ids = np.asarray(ids, np.int64)
        if not len(self.moved):
            return ids
        places = ids - self.first
        here = (places >= 0) & (places < len(self.moved))
        return np.where(here, self.moved[np.where(here, places, 0)],
                        np.where(places < 0, ids, ids + len(self.late)))

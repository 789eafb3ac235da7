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

"""The entries of a case that somebody has handed over."""

from __future__ import annotations

from itertools import islice
import os
import time

from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import Names
from nevil_nodes.logs.case import case_head
from nevil_nodes.logs.case import read_case
from nevil_nodes.logs.flags import flags_of

__all__ = ['CaseSource']

_ONCE = 500


class CaseSource:
    """
    Reads a ``.nlog`` once; it is not followed.

    :param path: of the case
    """

    def __init__(self, path: str, names: Names) -> None:
        self.name = os.path.basename(path)
        self.received = self.dropped = 0
        self.loading = True
        self._names = names
        self._entries = read_case(path)
        self._problem = ''
        try:
            case_head(path)
        except (OSError, ValueError) as error:
            self._stop(error)

    @property
    def ok(self) -> bool:
        """Return whether it is a case."""
        return not self._problem

    @property
    def status(self) -> str:
        """Return what is read."""
        return self._problem or ('reading' if self.loading else 'all read')

    def poll(self, budget_s: float) -> list[Batch]:
        """Return the next entries."""
        deadline = time.perf_counter() + budget_s
        batches: list[Batch] = []
        while self.loading and time.perf_counter() < deadline:
            try:
                some = list(islice(self._entries, _ONCE))
            except OSError as error:
                self._stop(error)
                break
            if not some:
                self.loading = False
                break
            batches.append(Batch.of_entries([Entry(
                0, record.at_ns, record.level, record.node, record.component,
                str(values.get('source') or self.name),
                int(flags_of(record.level, record.node, record.message)), record.message,
                str(values.get('origin') or '')) for record, values in some], self._names))
        self.received += sum(map(len, batches))
        return batches

    def close(self) -> None:
        """Close the file."""
        self._entries.close()
        self.loading = False

    def _stop(self, error: Exception) -> None:
        self._problem = getattr(error, 'strerror', None) or str(error)
        self.loading = False

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

"""All sources into one store: polled by turns, merged by time, each record once."""

from __future__ import annotations

from nevil_logscope.sources.duplicates import Amendment
from nevil_logscope.sources.duplicates import Duplicates
from nevil_logscope.sources.source import Source
from nevil_logscope.store import Added
from nevil_logscope.store import Batch
from nevil_logscope.store import Store

__all__ = ['Intake']

_ROSOUT = '/rosout'
# What is live waits while history is read, so that it comes after it; not without end.
_MAX_HELD = 200_000


class Intake:
    """
    Asks the sources and fills the store.

    :param sources: may be added to and taken from between polls
    """

    def __init__(self, store: Store, sources: list[Source]) -> None:
        self.sources = sources
        # Entries that were given up since too many waited for history to be read.
        self.dropped = 0
        self._store = store
        self._duplicates = Duplicates(store.names, _ROSOUT)
        self._held: list[Batch] = []

    @property
    def duplicates(self) -> int:
        """Return how many records came from several places."""
        return self._duplicates.found

    def poll(self, budget_s: float) -> Added:
        """Put what is new into the store; return what has changed there."""
        share = budget_s / max(1, len(self.sources))
        loading = any(source.loading for source in self.sources)
        now: list[Batch] = []
        amendments: list[Amendment] = []
        for source in self.sources:
            live = not source.loading
            for batch in source.poll(share if live else budget_s):
                batch, better = self._duplicates.without(batch)
                amendments += better
                if len(batch):
                    (self._held if loading and live else now).append(batch)
        if self._held and not any(source.loading for source in self.sources):
            now, self._held = now + self._held, []
        while len(self._held) > 1 and sum(map(len, self._held)) > _MAX_HELD:
            self.dropped += len(self._held.pop(0))
        nothing = Batch.of_entries([], self._store.names)
        change = self._store.append(Batch.joined(now) if now else nothing)
        for one in amendments:
            self._store.set_component(*one)
        return change

    def close(self) -> None:
        """Close every source."""
        for source in self.sources:
            source.close()

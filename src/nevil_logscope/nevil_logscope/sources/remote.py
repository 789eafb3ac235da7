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

"""The logs of another machine, through ``ssh``."""

from __future__ import annotations

from nevil_logscope.sources.folder import FolderSource
from nevil_logscope.store import Batch
from nevil_logscope.store import Names
from nevil_nodes.logs.remote import RemoteAddress
from nevil_nodes.logs.remote import RemoteFolder

__all__ = ['RemoteSource']


class RemoteSource:
    """
    A folder there, as one here: its copy is read.

    :param history_bytes: of each log, that much of what is there already is fetched
    """

    dropped = 0

    def __init__(
        self, address: RemoteAddress, names: Names, *, history_bytes: int | None = None,
    ) -> None:
        self.name = address.name
        self._names = names
        self._remote = RemoteFolder(address, history_bytes=history_bytes)
        self._copies: FolderSource | None = None

    @property
    def loading(self) -> bool:
        """Return whether what was there before is still fetched or read."""
        fetching = not self._remote.caught_up and not self._remote.problem
        return fetching or (self._copies is not None and self._copies.loading)

    @property
    def ok(self) -> bool:
        """Return whether it is followed now."""
        return self._remote.following

    @property
    def status(self) -> str:
        """Return whether it is followed, or since when and why not; and what is read."""
        files = f'; {self._copies.status}' if self._copies is not None else ''
        return self._remote.status + files

    @property
    def received(self) -> int:
        """Return how many entries there were."""
        return self._copies.received if self._copies is not None else 0

    def poll(self, budget_s: float) -> list[Batch]:
        """Fetch and read what is new."""
        self._remote.step(budget_s / 2)
        if self._copies is None and self._remote.zone is not None:
            self._copies = FolderSource(
                self._remote.folder, self._names, name=self.name, zone=self._remote.zone)
        return self._copies.poll(budget_s / 2) if self._copies is not None else []

    def close(self) -> None:
        """Leave the other machine."""
        if self._copies is not None:
            self._copies.close()
        self._remote.close()

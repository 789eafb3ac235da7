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

"""Why no notification is sent about an incident: the operator's silence, or a planned stop."""

from __future__ import annotations

from nevil_health.alerts.views import Silence

__all__ = ['Marks']

PLANNED = 'planned stop'


class Marks:
    """The silences that hold, and the nodes that are stopped on purpose."""

    def __init__(self) -> None:
        """Begin without any."""
        self._silences: dict[tuple[str, str], Silence] = {}
        self.planned: set[str] = set()

    @property
    def silences(self) -> tuple[Silence, ...]:
        """Return those that hold, in the order in which they came."""
        return tuple(self._silences.values())

    @property
    def next_end(self) -> float | None:
        """Return when the next silence ends."""
        return min((one.until for one in self._silences.values()), default=None)

    def silence(self, silence: Silence) -> None:
        """Begin a silence, instead of the one for the same node and signal."""
        self._silences[silence.node, silence.signal] = silence

    def unsilence(self, node: str) -> None:
        """End the silences of a node ('' those for all)."""
        self._silences = {key: one for key, one in self._silences.items() if key[0] != node}

    def expire(self, at: float) -> None:
        """End the silences whose time is over."""
        self._silences = {key: one for key, one in self._silences.items() if at < one.until}

    def reason(self, node: str, signal: str, *, planned: bool) -> str:
        """
        Return why an incident is silent, '' if it is not.

        :param planned: its node, or one that it suffers from, is stopped on purpose
        """
        for key in ((node, signal), (node, ''), ('', signal), ('', '')):
            if key in self._silences:
                return self._silences[key].reason
        return PLANNED if planned else ''

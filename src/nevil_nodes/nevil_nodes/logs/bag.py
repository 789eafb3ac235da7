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

"""The records of ``/rosout`` in a bag of rosbag2: MCAP or sqlite3."""

from __future__ import annotations

from collections.abc import Iterator
import os

from nevil_nodes.logs.mcap_bag import McapMessages
from nevil_nodes.logs.record import Record
from nevil_nodes.logs.rosout_message import ROSOUT
from nevil_nodes.logs.rosout_message import rosout_record
from nevil_nodes.logs.sqlite_bag import SqliteMessages

__all__ = ['Bag', 'is_bag']

BAG_SUFFIXES = ('.mcap', '.db3')


def is_bag(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is a bag by its name."""
    return os.fspath(path).endswith(BAG_SUFFIXES)


class Bag:
    """
    Reads a bag from its start, and what is recorded later.

    :raises OSError: it may not be read
    """

    def __init__(self, path: str) -> None:
        self._messages = (SqliteMessages if path.endswith('.db3') else McapMessages)(path, ROSOUT)
        # Messages that could not be understood.
        self.strange = 0
        self.close = self._messages.close

    @property
    def pending_bytes(self) -> int:
        """Return how much is not read yet, as far as that is known."""
        return self._messages.pending_bytes

    def records(self) -> Iterator[Record]:
        """
        Yield the records from where the last call ended.

        :raises OSError: the bag is damaged
        """
        for at_ns, data in self._messages.read():
            try:
                yield rosout_record(data, at_ns)
            except ValueError:
                self.strange += 1

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

"""Messages of one topic of a rosbag2 file of sqlite3, which may still be written."""

from __future__ import annotations

from collections.abc import Iterator
import sqlite3
from urllib.parse import quote

__all__ = ['SqliteMessages']

_ONCE = 2000
_BUSY = ('locked', 'busy')


class SqliteMessages:
    """
    Reads a ``.db3`` file.

    :raises OSError: it may not be read
    """

    def __init__(self, path: str, topic: str) -> None:
        with open(path, 'rb'):
            pass  # sqlite3 does not say why it cannot open a file
        self._topic = topic
        self._last = 0
        try:
            self._base = sqlite3.connect(f'file:{quote(path)}?mode=ro', uri=True, timeout=0.0)
        except sqlite3.Error as error:
            raise OSError(f'cannot be opened: {error}') from None
        self.pending_bytes = 0
        self.close = self._base.close

    def read(self) -> Iterator[tuple[int, bytes]]:
        """
        Yield time and content of messages, from where the last call ended.

        :raises OSError: the file is damaged, or is no bag
        """
        while rows := self._some():
            for self._last, at_ns, data in rows:
                yield at_ns, bytes(data)

    def _some(self) -> list[tuple[int, int, bytes]]:
        try:
            return self._base.execute(
                'SELECT messages.id, timestamp, data FROM messages JOIN topics '
                'ON topics.id = topic_id WHERE topics.name = ? AND messages.id > ? '
                'ORDER BY messages.id LIMIT ?', (self._topic, self._last, _ONCE)).fetchall()
        except sqlite3.DatabaseError as error:
            if any(word in str(error) for word in _BUSY):
                return []  # the recorder writes
            raise OSError(f'is not a readable bag: {error}') from None

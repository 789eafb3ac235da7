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

"""The frames in what the other machine sends."""

from __future__ import annotations

import json
from typing import Any

from nevil_nodes.logs.remote.program import START

__all__ = ['Frames']

_LONGEST_HEAD = 1 << 20


class Frames:
    """Frames of a connection; what a shell says before them is left out."""

    def __init__(self) -> None:
        self._data = b''
        self.started = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        self._data += data

    def next(self) -> tuple[dict[str, Any], bytes] | None:  # noqa: A003 - as of an iterator
        """
        Return the next frame, None where it is not whole yet.

        :raises ValueError: there is none
        """
        if not self.started:
            place = self._data.find(START)
            if place < 0:
                return None
            self._data, self.started = self._data[place + len(START):], True
        end = self._data.find(b'\n')
        if end < 0:
            if len(self._data) > _LONGEST_HEAD:
                raise ValueError('what is sent is not understood')
            return None
        head = json.loads(self._data[:end])
        stop = end + 1 + int(head['size'])
        if len(self._data) < stop:
            return None
        data, self._data = self._data[end + 1:stop], self._data[stop:]
        return head, data

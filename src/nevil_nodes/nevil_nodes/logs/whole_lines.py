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

"""Whole lines out of blocks of bytes; a very long one is cut, with a note."""

from __future__ import annotations

__all__ = ['CUT_NOTE', 'MAX_LINE_BYTES', 'WholeLines']

MAX_LINE_BYTES = 256 * 1024
# Ends a line that was cut: ` [... 1048576 bytes cut]`.
CUT_NOTE = b' bytes cut]'


class WholeLines:
    """Keeps the beginning of a line until its newline comes."""

    def __init__(self) -> None:
        self._partial = b''
        self._cut = 0

    def feed(self, data: bytes) -> bytes:
        """Return the lines that are whole now, each with its newline."""
        end = data.rfind(b'\n') + 1
        if not end:
            self._keep(data)
            return b''
        first = data.find(b'\n')
        if self._partial or self._cut:
            self._keep(data[:first])
            whole = self._take() + data[first + 1:end]
        else:
            whole = data[:end]
        self._keep(data[end:])
        return whole

    def end(self) -> bytes:
        """Return the rest as a line, b'' if there is none: nothing is added to it any more."""
        return self._take() if self._partial else b''

    def _keep(self, data: bytes) -> None:
        room = MAX_LINE_BYTES - len(self._partial)
        self._partial += data[:room]
        self._cut += max(0, len(data) - room)

    def _take(self) -> bytes:
        line, cut = self._partial, self._cut
        self._partial, self._cut = b'', 0
        return line + (b' [... %d%s' % (cut, CUT_NOTE) if cut else b'') + b'\n'

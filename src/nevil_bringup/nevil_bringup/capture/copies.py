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

"""A copy of what processes print, as it is, for the launch that they belong to."""

from __future__ import annotations

from collections import deque
import socket

__all__ = ['Copies', 'DROPPED', 'ENDED', 'unpack']

# A packet is the unit's name, a zero byte, the kind, the data. Kinds: a descriptor (1 or 2), or
ENDED = b'e'      # everything that its process, by pid, printed before its end has been sent
DROPPED = b'd'    # so many bytes were left out

# A packet has to fit into the socket's send buffer as a whole, which is about 200 KiB by default.
_PIECE_BYTES = 60 * 1024
# A launch that is busy for a while (a function of a launch file may sleep) misses nothing; nobody
# waits for one that hangs, and the logs have everything.
_QUEUE_BYTES = 16 * 1024 * 1024


def unpack(packet: bytes) -> tuple[str, bytes, bytes]:
    """Return unit, kind and data of a packet."""
    unit, _, rest = packet.partition(b'\0')
    return unit.decode(), rest[:1], rest[1:]


class Copies:
    """Sends without ever waiting; once the other end is gone, nothing."""

    def __init__(self, path: str) -> None:
        """
        Connect to who wants the copies.

        :param path: of its socket; '' for nobody
        """
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._dropped: dict[str, int] = {}
        self._socket: socket.socket | None = None
        if path:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                self._socket.connect(path)
            except OSError:
                self._close()
            else:
                self._socket.setblocking(False)

    @property
    def waiting(self) -> bool:
        """Return whether something is left to be sent."""
        return bool(self._queue)

    def printed(self, unit: str, stream: int, data: bytes) -> None:
        """Copy what a unit has printed on its descriptor ``stream``."""
        if self._socket is None:
            return
        if self._bytes + len(data) > _QUEUE_BYTES:
            self._dropped[unit] = self._dropped.get(unit, 0) + len(data)
            return
        for at in range(0, len(data), _PIECE_BYTES):
            self._add(unit, b'%d' % stream, data[at:at + _PIECE_BYTES])
        self.flush()

    def ended(self, unit: str, pid: int) -> None:
        """Send an end marker after everything that a unit's process has printed."""
        if self._socket is not None:
            self._add(unit, ENDED, b'%d' % pid)
            self.flush()

    def flush(self) -> None:
        """Send what can be sent now."""
        while self._queue and self._socket is not None:
            try:
                self._socket.send(self._queue[0])
            except BlockingIOError:
                return
            except OSError:
                self._close()
                return
            self._bytes -= len(self._queue.popleft())
        for unit, count in list(self._dropped.items()):
            del self._dropped[unit]
            self._add(unit, DROPPED, b'%d' % count)

    def _add(self, unit: str, kind: bytes, data: bytes) -> None:
        packet = b'%b\0%b%b' % (unit.encode(), kind, data)
        self._queue.append(packet)
        self._bytes += len(packet)

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._queue.clear()
        self._bytes = 0

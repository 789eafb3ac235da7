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

"""What processes print, on its way from Nevil's capture to launch."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import socket
from typing import TYPE_CHECKING

from nevil_bringup.capture.copies import unpack

if TYPE_CHECKING:  # it takes its time to load, and the supervisor is to be started first
    import asyncio

__all__ = ['Output']

_PACKET_BYTES = 128 * 1024
# Launch handles its own events between two such rounds.
_AT_ONCE = 64


class Output:
    """Listens for capture, which connects, and again if it was started again."""

    def __init__(self, path: Path) -> None:
        """
        Listen.

        :param path: of the socket
        :raises OSError: it cannot be made
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._path = path
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: set[socket.socket] = set()
        self._on_packet: Callable[[str, bytes, bytes], None]
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setblocking(False)
        mask = os.umask(0o177)
        try:
            self._socket.bind(os.fspath(path))
        finally:
            os.umask(mask)
        self._socket.listen()

    def begin(self, on_packet: Callable[[str, bytes, bytes], None]) -> None:
        """
        Hear from now on.

        :param on_packet: called with unit, kind and data
        """
        self._on_packet = on_packet
        from asyncio import get_running_loop
        self._loop = get_running_loop()
        self._loop.add_reader(self._socket, self._accept)

    def close(self) -> None:
        """Hear what is there, and nothing more."""
        for client in list(self._clients):
            self._hear(client, everything=True)
            self._gone(client)
        if self._loop is not None:
            self._loop.remove_reader(self._socket)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        assert self._loop is not None
        client, _ = self._socket.accept()
        client.setblocking(False)
        self._clients.add(client)
        self._loop.add_reader(client, self._hear, client)

    def _hear(self, client: socket.socket, everything: bool = False) -> None:
        """Hand over some packets; the rest in the next turn, so that launch stays awake."""
        count = 0
        while everything or count < _AT_ONCE:
            count += 1
            try:
                packet = client.recv(_PACKET_BYTES)
            except BlockingIOError:
                return
            except OSError:
                packet = b''
            if not packet:
                self._gone(client)
                return
            self._on_packet(*unpack(packet))

    def _gone(self, client: socket.socket) -> None:
        if client in self._clients:
            assert self._loop is not None
            self._clients.discard(client)
            self._loop.remove_reader(client)
            client.close()

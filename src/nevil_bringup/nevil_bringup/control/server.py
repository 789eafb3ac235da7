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

"""Serve the control socket: who may talk, one line in, one line out, events to subscribers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import logging
import os
from pathlib import Path
import socket
import struct
from typing import Any

from nevil_bringup.control.protocol import decode
from nevil_bringup.control.protocol import encode
from nevil_bringup.control.protocol import MAX_LINE_BYTES
from nevil_bringup.control.protocol import VERSION

__all__ = ['Client', 'ControlServer', 'RequestRefused']

_log = logging.getLogger('supervisor')

# A listener that does not read is cut off instead of growing the supervisor.
_MAX_UNSENT_BYTES = 8 * 1024 * 1024


class RequestRefused(Exception):
    """A request that cannot be carried out; the text is for the user."""


class Client:
    """One connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        """Wrap the connection's writer."""
        self._writer = writer
        self.subscribed = False

    def send(self, message: dict[str, Any]) -> None:
        """Send one message without waiting; drop the client when it does not read."""
        if self._writer.is_closing():
            return
        self._writer.write(encode(message))
        if self._writer.transport.get_write_buffer_size() > _MAX_UNSENT_BYTES:
            _log.warning('control socket: a client does not read, cutting it off')
            self._writer.transport.abort()

    def close(self) -> None:
        """Close the connection once what was sent is out."""
        self._writer.close()


Handler = Callable[[Client, str, dict[str, Any]], dict[str, Any]]


class ControlServer:
    """The listening socket and its clients."""

    def __init__(self, path: Path, handler: Handler, on_gone: Callable[[Client], None]) -> None:
        """
        Remember what to serve.

        :param handler: answers one request; raises RequestRefused with a text for the user
        :param on_gone: told when a client has disconnected
        """
        self._path = path
        self._handler = handler
        self._on_gone = on_gone
        self._clients: set[Client] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:  # noqa: A003
        """
        Listen; a socket left by a dead supervisor is replaced (the caller holds the lock).

        :raises OSError: the path cannot be bound
        """
        self._path.unlink(missing_ok=True)
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, path=str(self._path), limit=MAX_LINE_BYTES)
        finally:
            os.umask(mask)

    async def close(self) -> None:
        """Stop listening, let every client read what was sent, remove the socket."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.close()
        self._path.unlink(missing_ok=True)

    def broadcast(self, event: dict[str, Any]) -> None:
        """Send an event to every subscriber."""
        for client in list(self._clients):
            if client.subscribed:
                client.send(event)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _allowed(writer.get_extra_info('socket')):
            writer.close()
            return
        client = Client(writer)
        self._clients.add(client)
        try:
            while line := await reader.readline():
                client.send(self._answer(client, line))
        except (ConnectionError, ValueError, asyncio.CancelledError):
            pass  # gone, a line longer than the limit, or the end of the server
        finally:
            self._clients.discard(client)
            self._on_gone(client)
            writer.close()

    def _answer(self, client: Client, line: bytes) -> dict[str, Any]:
        ident = None
        try:
            request = decode(line)
            ident = request.get('id')
            if request.get('version', VERSION) != VERSION:
                raise RequestRefused(
                    f'protocol version {request["version"]!r} is not {VERSION}; '
                    'use the nevil command of the version that is running')
            args = request.get('args') or {}
            if not isinstance(args, dict):
                raise RequestRefused('args is not an object')
            result = self._handler(client, str(request.get('verb')), args)
        except (RequestRefused, ValueError) as refusal:
            return {'id': ident, 'ok': False, 'error': str(refusal)}
        except Exception as error:  # noqa: B902 - one client's request must not end supervision
            _log.exception('control socket: request failed')
            return {'id': ident, 'ok': False, 'error': f'internal error: {error}'}
        return {'id': ident, 'ok': True, 'result': result}


def _allowed(connection: socket.socket) -> bool:
    """Tell whether the peer is this user or root (SO_PEERCRED)."""
    size = struct.calcsize('3i')
    _, uid, _ = struct.unpack(
        '3i', connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return uid in (os.getuid(), 0)

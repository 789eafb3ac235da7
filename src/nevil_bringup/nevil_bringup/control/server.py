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
from collections.abc import Mapping
import logging
import os
from pathlib import Path
import socket
from typing import Any

from nevil_bringup.control.peer import peer_uid
from nevil_health.control.base import Event
from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.codec import answer_line
from nevil_health.control.codec import BadRequest
from nevil_health.control.codec import event_line
from nevil_health.control.codec import LineCodec
from nevil_health.control.codec import read_request
from nevil_health.control.codec import refusal_line

__all__ = ['Answers', 'Client', 'ControlServer', 'RequestRefused']

_log = logging.getLogger('supervisor')

# A listener that does not read is cut off instead of growing the supervisor.
_MAX_UNSENT_BYTES = 8 * 1024 * 1024
_READ_BYTES = 256 * 1024


class RequestRefused(Exception):
    """A request that cannot be carried out; the text is for the user."""


class Client:
    """One connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        """Wrap the connection's writer."""
        self._writer = writer
        self.subscribed = False

    def send(self, event: Event) -> None:
        """Send an event without waiting."""
        self.write(event_line(event))

    def write(self, line: bytes) -> None:
        """Send a line without waiting; drop the client when it does not read."""
        if self._writer.is_closing():
            return
        self._writer.write(line)
        if self._writer.transport.get_write_buffer_size() > _MAX_UNSENT_BYTES:
            _log.warning('control socket: a client does not read, cutting it off')
            self._writer.transport.abort()

    def close(self) -> None:
        """Close the connection once what was sent is out."""
        self._writer.close()


Handler = Callable[[Client, Request[Any]], Reply]
# What answers each kind of request.
Answers = Mapping[type[Request[Any]], Callable[[Client, Any], Reply]]


class ControlServer:
    """The listening socket and its clients."""

    def __init__(self, path: Path, handler: Handler, on_gone: Callable[[Client], None]) -> None:
        """
        Remember what to serve.

        :param handler: answers one request; raises RequestRefused with a text for the user
        :param on_gone: called when a client has disconnected
        """
        self._path = path
        self._handler = handler
        self._on_gone = on_gone
        self._clients: set[Client] = set()
        self._server: asyncio.Server | None = None
        self._inode = 0

    async def open(self) -> None:  # noqa: A003
        """
        Listen; a socket left by a dead supervisor is replaced (the caller holds the lock).

        :raises OSError: the path cannot be bound
        """
        self._path.unlink(missing_ok=True)
        # bind() makes the file by the umask; a chmod afterwards would leave a moment for other
        # users.
        mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, path=str(self._path))
        finally:
            os.umask(mask)
        self._inode = self._path.lstat().st_ino

    def is_found(self) -> bool:
        """Return whether who connects to the path meets us."""
        try:
            return self._path.lstat().st_ino == self._inode
        except OSError:
            return False

    async def move(self, path: Path) -> None:
        """
        Listen there instead; the clients stay.

        :raises OSError: the path cannot be bound
        """
        before, self._path = self._server, path
        await self.open()
        if before is not None:
            before.close()

    async def close(self) -> None:
        """Stop listening, let every client read what was sent, remove the socket."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients):
            client.close()
        self._path.unlink(missing_ok=True)

    def broadcast(self, event: Event) -> None:
        """Send an event to every subscriber."""
        listeners = [client for client in self._clients if client.subscribed]
        line = event_line(event) if listeners else b''
        for client in listeners:
            client.write(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _allowed(writer.get_extra_info('socket')):
            writer.close()
            return
        client, lines = Client(writer), LineCodec()
        self._clients.add(client)
        try:
            while data := await reader.read(_READ_BYTES):
                for line in lines.feed(data):
                    client.write(self._answer(client, line))
        except (ConnectionError, ValueError, asyncio.CancelledError):
            pass  # gone, a line longer than the limit, or the end of the server
        finally:
            self._clients.discard(client)
            self._on_gone(client)
            writer.close()

    def _answer(self, client: Client, line: bytes) -> bytes:
        try:
            question = read_request(line)
        except BadRequest as error:
            return refusal_line(error.id, str(error))
        try:
            return answer_line(question.id, self._handler(client, question.request))
        except (RequestRefused, ValueError) as refusal:
            return refusal_line(question.id, str(refusal))
        except Exception as error:  # noqa: B902 - one client's request must not end supervision
            _log.exception('control socket: request failed')
            return refusal_line(question.id, f'internal error: {error}')


def _allowed(connection: socket.socket) -> bool:
    """Return whether the peer is this user or root."""
    return peer_uid(connection) in (os.getuid(), 0)

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


"""The health node's line to the supervisor: JSON lines, in a thread of its own, reconnecting."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import itertools
import json
import os
import select
import socket
import threading
from typing import Any

__all__ = ['ControlLink']

_VERSION = 1
_MAX_LINE_BYTES = 4 * 1024 * 1024
_MAX_WAITING = 10_000
_RETRY_S = 0.2


class ControlLink:
    """
    Attaches to the control socket, and again whenever the connection ends.

    :param path: the socket
    :param on_message: called in the link's thread with each event and each refusal of the
        supervisor, and with ``{'event': 'attached'}`` and ``{'event': 'detached'}``
    """

    def __init__(self, path: str, on_message: Callable[[dict[str, Any]], None]) -> None:
        """Connect to nothing yet."""
        self._path = path
        self._on_message = on_message
        self._waiting: deque[bytes] = deque(maxlen=_MAX_WAITING)
        self._ids = itertools.count(1)
        self._awaited: set[int] = set()
        self._attach = 0
        self._stopping = threading.Event()
        self._wake_r = self._wake_w = -1
        self._thread: threading.Thread | None = None
        self.connected = False

    def start(self) -> None:
        """Connect, in the background."""
        self._wake_r, self._wake_w = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name='control', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the connection and end the thread."""
        if self._thread is not None:
            self._stopping.set()
            self._wake()
            self._thread.join()
            self._thread = None
            os.close(self._wake_r)
            os.close(self._wake_w)

    def send(self, verb: str, args: dict[str, Any]) -> None:
        """Send a request when there is a connection; from any thread, never waits."""
        self._put(next(self._ids), verb, args)

    def request(self, verb: str, args: dict[str, Any]) -> int | None:
        """
        Send a request whose answer comes as the event ``answer``, with its id.

        :returns: the id; None without a connection
        """
        if not self.connected:
            return None
        number = next(self._ids)
        self._awaited.add(number)
        self._put(number, verb, args)
        return number

    def _put(self, number: int, verb: str, args: dict[str, Any]) -> None:
        self._waiting.append(_line(number, verb, args))
        if self._thread is not None:
            self._wake()

    def _wake(self) -> None:
        try:
            os.write(self._wake_w, b'.')
        except BlockingIOError:
            pass  # it is awake

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                    connection.connect(self._path)
                    self._serve(connection)
            except (OSError, ValueError) as error:
                self.connected = False
                self._on_message({'event': 'detached', 'reason': str(error)})
            self._stopping.wait(_RETRY_S)

    def _serve(self, connection: socket.socket) -> None:
        """
        Talk until the connection ends.

        :raises OSError: it has ended, or we were refused
        :raises ValueError: what comes is not our protocol
        """
        self._waiting.clear()  # said to another supervisor, or to nobody
        self._awaited.clear()
        connection.setblocking(False)
        received = b''
        self._attach = next(self._ids)
        outgoing = _line(self._attach, 'attach_health', {'pid': os.getpid()})
        self.connected = True
        self._on_message({'event': 'attached'})
        while not self._stopping.is_set():
            while self._waiting and len(outgoing) < 65536:
                outgoing += self._waiting.popleft()
            wake, peer = self._wake_r, connection.fileno()
            readable, writable, _ = select.select([wake, peer], [peer] if outgoing else [], [])
            if wake in readable:
                os.read(wake, 4096)
            if writable:
                outgoing = outgoing[connection.send(outgoing):]
            if peer in readable:
                data = connection.recv(65536)
                if not data:
                    raise ConnectionResetError('the supervisor closed the connection')
                *lines, received = (received + data).split(b'\n')
                if len(received) > _MAX_LINE_BYTES:
                    raise ValueError('a line without end')
                for line in lines:
                    self._receive(line)

    def _receive(self, line: bytes) -> None:
        message = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError('not a JSON object')
        if 'event' in message:
            self._on_message(message)
        elif message.get('id') in self._awaited:
            self._awaited.discard(message['id'])
            self._on_message({**message, 'event': 'answer'})
        elif not message.get('ok') and message.get('id') == self._attach:
            # It may not have heard yet that we were started.
            raise ConnectionRefusedError(message.get('error'))
        elif not message.get('ok'):
            self._on_message({'event': 'refused', 'reason': message.get('error')})


def _line(number: int, verb: str, args: dict[str, Any]) -> bytes:
    message = {'version': _VERSION, 'id': number, 'verb': verb, 'args': args}
    return json.dumps(message, separators=(',', ':')).encode() + b'\n'

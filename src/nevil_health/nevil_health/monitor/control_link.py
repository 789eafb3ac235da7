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


"""The health node's line to the supervisor: in a thread of its own, reconnecting."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import os
import select
import socket
import threading
from typing import Any

from nevil_health.control.base import Request
from nevil_health.control.codec import Answer
from nevil_health.control.codec import ClientCodec
from nevil_health.control.codec import Received
from nevil_health.control.monitor import AttachHealth
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Attached', 'ControlLink', 'Detached', 'LinkNews']

# The oldest fall out: what a supervisor that does not read has missed, a new sample says again.
_MAX_WAITING = 10_000
_RETRY_S = 0.2


@dataclass(frozen=True, slots=True)
class Attached:
    """There is a connection."""


@dataclass(frozen=True, slots=True)
class Detached:
    """There is none any more, or none yet."""

    reason: str


LinkNews = Attached | Detached | Received


class ControlLink:
    """
    Attaches to the control socket, and again whenever the connection ends.

    :param path: the socket
    :param on_news: called in the link's thread with each event of the supervisor, each refusal,
        the answers that are waited for, and the beginning and the end of each connection
    """

    def __init__(self, path: str, on_news: Callable[[LinkNews], None]) -> None:
        """Connect to nothing yet."""
        self._path = path
        self._on_news = on_news
        # The codec belongs to one connection; what waits was asked by it.
        self._lock = threading.Lock()
        self._codec = ClientCodec()
        self._waiting: deque[bytes] = deque(maxlen=_MAX_WAITING)
        self._awaited: set[int] = set()
        self._attach = 0
        self._stopping = threading.Event()
        self._wake_r = self._wake_w = -1
        self._thread: threading.Thread | None = None
        self.connected = False

    def start(self) -> None:
        """Connect, in the background."""
        # The thread waits in select(), which a condition variable cannot wake.
        self._wake_r, self._wake_w = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name='control', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the connection and end the thread."""
        if self._thread is not None:
            self._stopping.set()
            self._wake()
            # Before its descriptors are closed: their numbers may be given to others at once.
            self._thread.join()
            self._thread = None
            os.close(self._wake_r)
            os.close(self._wake_w)

    def send(self, request: Request[Any]) -> None:
        """Send a request when there is a connection; from any thread, never waits."""
        self._put(request)

    def request(self, request: Request[Any]) -> int | None:
        """
        Send a request whose answer is news.

        :returns: the id of the answer; None without a connection
        """
        return self._put(request, awaited=True) if self.connected else None

    def _put(self, request: Request[Any], *, awaited: bool = False) -> int:
        with self._lock:
            number, line = self._codec.ask(request)
            self._waiting.append(line)
            if awaited:
                self._awaited.add(number)
        if self._thread is not None:
            self._wake()
        return number

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
                self._on_news(Detached(str(error)))
            self._stopping.wait(_RETRY_S)

    def _serve(self, connection: socket.socket) -> None:
        """
        Talk until the connection ends.

        :raises OSError: it has ended, or we were refused
        :raises ValueError: what comes is not our protocol
        """
        connection.setblocking(False)
        with self._lock:
            self._waiting.clear()  # said to another supervisor, or to nobody
            self._awaited.clear()
            self._codec = ClientCodec()
            self._attach, outgoing = self._codec.ask(AttachHealth(pid=os.getpid()))
        self.connected = True
        self._on_news(Attached())
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
                with self._lock:
                    found = self._codec.receive(data)
                for one in found:
                    self._receive(one)

    def _receive(self, message: Received) -> None:
        if not isinstance(message, Answer):
            self._on_news(message)
        elif message.id in self._awaited:
            self._awaited.discard(message.id)
            self._on_news(message)
        elif message.id == self._attach and message.result is None:
            # It may not know yet that we were started.
            raise ConnectionRefusedError(message.error)
        elif message.result is None:
            self._on_news(message)

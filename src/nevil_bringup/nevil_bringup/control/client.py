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

"""
Talk to a running supervisor over its control socket, synchronously.

``ControlError`` is the base of what can go wrong: ``NotRunning`` (nobody listens),
``Unreachable`` (somebody does, but does not answer as it should), ``Refused`` (the supervisor
said no; the text is for the user) and ``Disconnected`` (it ended).
"""

from __future__ import annotations

from collections import deque
import os
import socket
import time
from typing import Any
from typing import cast
from typing import TypeVar

from nevil_bringup.control.peer import peer_uid
from nevil_bringup.errors import ControlError
from nevil_health.control.base import Event
from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.codec import Answer
from nevil_health.control.codec import ClientCodec
from nevil_health.control.codec import Received

__all__ = [
    'ControlClient', 'ControlError', 'Disconnected', 'NotRunning', 'Refused', 'Unreachable',
]

R = TypeVar('R', bound=Reply)
# The status of 200 nodes comes in one receive.
_RECEIVE_BYTES = 256 * 1024
# Python sees a signal that comes just before a system call only when that returns.
_DEAF_MAX_S = 0.5


class NotRunning(ControlError):
    """Nobody listens on the socket."""


class Unreachable(ControlError):
    """The socket is there, but what is behind it does not answer as a supervisor does."""


class Refused(ControlError):
    """The supervisor refused the request; the text says why."""


class Disconnected(ControlError):
    """The supervisor closed the connection."""


class ControlClient:
    """One connection; a context manager."""

    def __init__(self, path: str | os.PathLike[str], timeout_s: float = 5.0,
                 server: int | None = None) -> None:
        """
        Connect.

        :param timeout_s: for the connection and, by default, for each answer
        :param server: user that may serve it beside root; None is ours
        :raises NotRunning: there is no socket, or nobody listens on it
        :raises Unreachable: it cannot be used, or belongs to another user
        """
        self._timeout_s = timeout_s
        self._codec = ClientCodec()
        self._received: deque[Received] = deque()
        self._events: deque[Event] = deque()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._connect(os.fspath(path), os.getuid() if server is None else server)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> ControlClient:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def request(self, request: Request[R], *, timeout_s: float | None = None) -> R:
        """
        Ask for one thing and return the result; events that come meanwhile are kept.

        :raises Refused: the supervisor said no
        :raises Unreachable: no answer in time, or none that can be understood
        :raises Disconnected: the supervisor ended
        """
        return cast('R', self._answer(*self._codec.ask(request), timeout_s))

    def document(self, verb: str, **args: str) -> dict[str, Any]:
        """Ask for what is printed as it was sent; otherwise as ``request``."""
        return dict(self._answer(*self._codec.ask_document(verb, args), None))

    def _answer(self, number: int, line: bytes, timeout_s: float | None) -> Any:
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        deadline = time.monotonic() + limit_s
        try:
            self._socket.settimeout(limit_s)
            self._socket.sendall(line)
        except (BrokenPipeError, ConnectionResetError):
            pass  # what the supervisor said before it ended may still be read
        except TimeoutError:
            raise Unreachable(
                f'the supervisor has not accepted a request for {limit_s:g} s') from None
        while (message := self._next_message(deadline)) is not None:
            if isinstance(message, Event):
                self._events.append(message)
            elif isinstance(message, Answer) and message.id == number:
                if message.result is None:
                    raise Refused(message.error)
                return message.result
        raise Unreachable(f'no answer from the supervisor within {limit_s:g} s')

    def next_event(self, timeout_s: float) -> Event | None:
        """
        Return the next event after ``subscribe``, None when there is none in time.

        :raises Disconnected: the supervisor ended
        :raises Unreachable: it sends what cannot be understood
        """
        if self._events:
            return self._events.popleft()
        deadline = time.monotonic() + timeout_s
        while (message := self._next_message(deadline)) is not None:
            if isinstance(message, Event):
                return message
        return None

    def fileno(self) -> int:
        """Return what to wait on, once ``next_event(0)`` has returned None."""
        return self._socket.fileno()

    def forget_events(self) -> None:
        """Drop the events that have come so far."""
        self._events.clear()

    def _connect(self, path: str, server: int) -> None:
        self._socket.settimeout(self._timeout_s)
        try:
            self._socket.connect(path)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            raise NotRunning('no supervisor runs') from None
        except TimeoutError:
            raise Unreachable(
                f'{path}: no connection within {self._timeout_s:g} s') from None
        except OSError as error:
            way_out = '; set NEVIL_RUNTIME_DIR to a shorter path' if 'long' in str(error) else ''
            raise Unreachable(f'{path}: {error.strerror or error}{way_out}') from None
        uid = peer_uid(self._socket)
        if uid not in (server, 0):
            raise Unreachable(f'{path} is served by another user (uid {uid})')

    def _next_message(self, deadline: float) -> Received | None:
        while not self._received:
            left_s = deadline - time.monotonic()
            try:
                self._socket.settimeout(min(max(left_s, 0.001), _DEAF_MAX_S))
                data = self._socket.recv(_RECEIVE_BYTES)
            except TimeoutError:
                if left_s > _DEAF_MAX_S:
                    continue
                return None
            except ConnectionResetError:
                data = b''
            if not data:
                raise Disconnected('the supervisor has ended')
            try:
                self._received += self._codec.receive(data)
            except ValueError as error:
                raise Unreachable(
                    f'the supervisor sent a message that is not understood: {error}') from None
        return self._received.popleft()

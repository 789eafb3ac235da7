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
import struct
import time
from typing import Any

from nevil_bringup.control.protocol import decode
from nevil_bringup.control.protocol import encode
from nevil_bringup.control.protocol import MAX_LINE_BYTES
from nevil_bringup.control.protocol import VERSION

__all__ = [
    'ControlClient', 'ControlError', 'Disconnected', 'NotRunning', 'Refused', 'Unreachable',
]

_RECEIVE_BYTES = 256 * 1024
# Python sees a signal that comes just before a system call only when that returns.
_DEAF_MAX_S = 0.5


class ControlError(Exception):
    """Something is wrong with the supervisor or the way to it."""


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

    def __init__(self, path: str | os.PathLike[str], timeout_s: float = 5.0) -> None:
        """
        Connect.

        :param timeout_s: for the connection and, unless told otherwise, for each answer
        :raises NotRunning: there is no socket, or nobody listens on it
        :raises Unreachable: it cannot be used, or belongs to another user
        """
        self._timeout_s = timeout_s
        self._last_id = 0
        self._received = b''
        self._events: deque[dict[str, Any]] = deque()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            self._connect(os.fspath(path))
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

    def request(
        self, verb: str, args: dict[str, Any] | None = None, *, timeout_s: float | None = None,
    ) -> dict[str, Any]:
        """
        Ask for one thing and return the result; events that come meanwhile are kept.

        :raises Refused: the supervisor said no
        :raises Unreachable: no answer in time, or none that can be understood
        :raises Disconnected: the supervisor ended
        """
        self._last_id += 1
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        deadline = time.monotonic() + limit_s
        request = {'version': VERSION, 'id': self._last_id, 'verb': verb, 'args': args or {}}
        try:
            self._socket.settimeout(limit_s)
            self._socket.sendall(encode(request))
        except (BrokenPipeError, ConnectionResetError):
            pass  # what the supervisor said before it ended may still be read
        except TimeoutError:
            raise Unreachable(f'the supervisor takes no request for {limit_s:g} s') from None
        while (message := self._next_message(deadline)) is not None:
            if message.get('id') == self._last_id:
                if message.get('ok') is True and isinstance(message.get('result'), dict):
                    return dict(message['result'])
                raise Refused(str(message.get('error') or 'refused without a reason'))
            if 'event' in message:
                self._events.append(message)
        raise Unreachable(f'no answer from the supervisor within {limit_s:g} s')

    def next_event(self, timeout_s: float) -> dict[str, Any] | None:
        """
        Return the next event after ``subscribe``, None when there is none in time.

        :raises Disconnected: the supervisor ended
        :raises Unreachable: it sends what cannot be understood
        """
        if self._events:
            return self._events.popleft()
        deadline = time.monotonic() + timeout_s
        while (message := self._next_message(deadline)) is not None:
            if 'event' in message:
                return message
        return None

    def fileno(self) -> int:
        """Return what to wait on, once ``next_event(0)`` has returned None."""
        return self._socket.fileno()

    def forget_events(self) -> None:
        """Drop the events that have come so far."""
        self._events.clear()

    def _connect(self, path: str) -> None:
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
        size = struct.calcsize('3i')
        _, uid, _ = struct.unpack(
            '3i', self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        if uid not in (os.getuid(), 0):
            raise Unreachable(f'{path} is served by another user (uid {uid})')

    def _next_message(self, deadline: float) -> dict[str, Any] | None:
        while b'\n' not in self._received:
            if len(self._received) > MAX_LINE_BYTES:
                raise Unreachable('the supervisor sends a line without end')
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
            self._received += data
        line, _, self._received = self._received.partition(b'\n')
        try:
            return decode(line)
        except ValueError as error:
            raise Unreachable(f'the supervisor sends no JSON: {error}') from None

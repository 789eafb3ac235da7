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

"""The supervisor of a robot as a launch sees it: a child process and its control socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
import os
import subprocess
from typing import Any
from typing import cast
from typing import TypeVar

from nevil_bringup.api.beginning import Beginning
from nevil_bringup.api.beginning import TimedOut
from nevil_bringup.api.supervisor_process import early_output
from nevil_bringup.paths import ProjectPaths
from nevil_health.control.base import Event
from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.codec import Answer
from nevil_health.control.codec import ClientCodec
from nevil_health.control.session import Ping
from nevil_health.control.session import Pong
from nevil_health.control.session import Subscribe

__all__ = ['SupervisorFailed', 'SupervisorLink']

R = TypeVar('R', bound=Reply)
_POLL_S = 0.02
# The supervisor answers within milliseconds; on a starved machine it may take seconds.
_ANSWER_S = 10.0


class SupervisorFailed(Exception):
    """The supervisor could not be started, or does not answer."""


class SupervisorLink:
    """Speaks with a supervisor that ends when this process does."""

    def __init__(self, paths: ProjectPaths, process: subprocess.Popen[bytes]) -> None:
        """Take the supervisor that was just started."""
        self._paths = paths
        self._process = process
        self._wire = _Wire()
        self._transport: asyncio.Transport | None = None
        self._codec = ClientCodec()
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self._ended = False
        self._began = asyncio.Event()  # or never will

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Return whether the supervisor has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ask it for the ordered end; once more, to hurry."""
        if self._process.poll() is None:
            self._process.terminate()

    async def events(self) -> AsyncIterator[Event]:
        """
        Yield its events until it has ended.

        :raises SupervisorFailed: it does not come up, or is not the one that was started
        """
        try:
            await self._connect()
            who = self._send(Ping())
            self._send(Subscribe())
            while data := await self._wire.received.get():
                for message in self._codec.receive(data):
                    if isinstance(message, Event):
                        yield message
                    elif not isinstance(message, Answer):
                        continue  # of a newer version
                    elif message.id == who:
                        self._check(message.result)
                    else:
                        self._answered(message)
        finally:
            self._ended = True
            self._began.set()
            for number in list(self._answers):
                self._answered(Answer(id=number, error='the supervisor has ended'))

    async def request(self, request: Request[R]) -> R:
        """
        Ask for one thing while somebody reads the events.

        One that has not begun to listen is waited for as long as it works on that.

        :raises SupervisorFailed: it says no, or nothing
        """
        await self._began.wait()
        if self._ended:
            raise SupervisorFailed('the supervisor has ended')
        number = self._send(request)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            found = await asyncio.wait_for(answer, _ANSWER_S)
        except asyncio.TimeoutError:
            raise SupervisorFailed(f'no answer to {request.VERB}') from None
        finally:
            self._answers.pop(number, None)
        if found.result is None:
            raise SupervisorFailed(found.error)
        return cast('R', found.result)

    async def wait(self) -> int:
        """Return the exit status of the supervisor once it has ended."""
        while (status := self._process.poll()) is None:
            await asyncio.sleep(_POLL_S)
        if self._transport is not None:
            self._transport.close()
        return status

    async def _connect(self) -> None:
        beginning = Beginning(
            self.pid, f'the supervisor does not listen on {self._paths.socket}')
        while True:
            status = self._process.poll()
            if status is not None:
                raise SupervisorFailed('\n  '.join(
                    [f'{self._paths.project}: the supervisor ended while it started '
                     f'(status {status})', *early_output(self._paths)]))
            try:
                self._transport, _ = await asyncio.get_running_loop().create_unix_connection(
                    lambda: self._wire, os.fspath(self._paths.socket))
                return
            except OSError:
                await asyncio.sleep(_POLL_S)
            try:
                beginning.check()
            except TimedOut as error:
                self.stop()
                raise SupervisorFailed(str(error)) from None

    def _check(self, found: Reply | None) -> None:
        if not isinstance(found, Pong) or found.pid != self._process.pid:
            raise SupervisorFailed(
                f'{self._paths.project} is already running (pid {getattr(found, "pid", "?")}); '
                'nevil stop stops it')
        self._began.set()

    def _send(self, request: Request[Any]) -> int:
        assert self._transport is not None
        number, line = self._codec.ask(request)
        self._transport.write(line)
        return number

    def _answered(self, answer: Answer) -> None:
        """Hand over an answer, unless nobody waits for it any longer."""
        waiting = self._answers.pop(answer.id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)


class _Wire(asyncio.Protocol):
    """
    Keeps what was received until it is read.

    A supervisor that ends before it has read everything resets the connection. What it had said
    before is read nevertheless; a ``StreamReader`` would lose it.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self.received.put_nowait(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Keep that nothing more will come."""
        self.received.put_nowait(b'')

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

from nevil_bringup.api.launch import early_output
from nevil_bringup.api.launch import launch_supervisor
from nevil_bringup.paths import ProjectPaths
from nevil_health.control.base import Event
from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.codec import Answer
from nevil_health.control.codec import ClientCodec
from nevil_health.control.session import Ping
from nevil_health.control.session import Pong
from nevil_health.control.session import Subscribe
from nevil_nodes.declarations import Plan

__all__ = ['SupervisorFailed', 'SupervisorLink']

R = TypeVar('R', bound=Reply)
_READ_BYTES = 256 * 1024
_POLL_S = 0.02
_SOCKET_S = 15.0
_ANSWER_S = 10.0


class SupervisorFailed(Exception):
    """The supervisor could not be started, or does not answer."""


class SupervisorLink:
    """Starts a supervisor that ends when this process does, and speaks with it."""

    def __init__(self, paths: ProjectPaths, plan: Plan) -> None:
        """
        Start the supervisor: in a session of its own, so that no terminal ends its nodes.

        :raises OSError: no process or no file can be made
        """
        self._paths = paths
        self._process: subprocess.Popen[bytes] = launch_supervisor(paths, plan, attached=True)
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None
        self._codec = ClientCodec()
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self.connected = asyncio.Event()

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
        Yield what it tells until it has ended.

        :raises SupervisorFailed: it does not come up, or is not the one that was started
        """
        await self._connect()
        who = self._send(Ping())
        self._send(Subscribe())
        while data := await self._reader.read(_READ_BYTES):
            for message in self._codec.receive(data):
                if isinstance(message, Event):
                    yield message
                elif not isinstance(message, Answer):
                    continue  # of a newer version
                elif message.id == who:
                    self._check(message.result)
                elif (answer := self._answers.pop(message.id, None)) is not None:
                    answer.set_result(message)

    async def request(self, request: Request[R]) -> R:
        """
        Ask for one thing while somebody reads the events.

        :raises SupervisorFailed: it says no, or nothing
        """
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
        if self._writer is not None:
            self._writer.close()
        return status

    async def _connect(self) -> None:
        deadline = asyncio.get_running_loop().time() + _SOCKET_S
        while asyncio.get_running_loop().time() < deadline:
            status = self._process.poll()
            if status is not None:
                raise SupervisorFailed('\n  '.join(
                    [f'{self._paths.project}: the supervisor ended while it started '
                     f'(status {status})', *early_output(self._paths)]))
            try:
                self._reader, self._writer = await asyncio.open_unix_connection(
                    os.fspath(self._paths.socket))
                return
            except OSError:
                await asyncio.sleep(_POLL_S)
        self.stop()
        raise SupervisorFailed(f'the supervisor does not listen on {self._paths.socket}')

    def _check(self, found: Reply | None) -> None:
        if not isinstance(found, Pong) or found.pid != self._process.pid:
            raise SupervisorFailed(
                f'{self._paths.project} is running already (pid {getattr(found, "pid", "?")}); '
                'nevil stop stops it')
        self.connected.set()

    def _send(self, request: Request[Any]) -> int:
        assert self._writer is not None
        number, line = self._codec.ask(request)
        self._writer.write(line)
        return number

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
from collections.abc import Mapping
import os
import subprocess
from typing import Any

from nevil_bringup.api.launch import early_output
from nevil_bringup.api.launch import launch_supervisor
from nevil_bringup.control.protocol import decode
from nevil_bringup.control.protocol import encode
from nevil_bringup.control.protocol import MAX_LINE_BYTES
from nevil_bringup.control.protocol import VERSION
from nevil_bringup.paths import ProjectPaths
from nevil_nodes.declarations import Plan

__all__ = ['SupervisorFailed', 'SupervisorLink']

_POLL_S = 0.02
_SOCKET_S = 15.0
_ANSWER_S = 10.0
_ANOTHER_RUNS = 3


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
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last_id = 0
        self.connected = asyncio.Event()

    @property
    def running(self) -> bool:
        """Return whether the supervisor has not ended."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Ask it for the ordered end; once more, to hurry."""
        if self._process.poll() is None:
            self._process.terminate()

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """
        Yield what it tells until it has ended.

        :raises SupervisorFailed: it does not come up
        """
        await self._connect()
        self._send('ping', {})
        pid = decode(await self._reader.readline())['result']['pid']
        if pid != self._process.pid:
            raise SupervisorFailed(
                f'{self._paths.project} is running already (pid {pid}); nevil stop stops it')
        self._send('subscribe', {})
        self.connected.set()
        while line := await self._reader.readline():
            message = decode(line)
            answer = self._answers.pop(int(message.get('id') or 0), None)
            if answer is not None and not answer.done():
                answer.set_result(message)
            elif 'event' in message:
                yield message

    async def request(self, verb: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """
        Ask for one thing while somebody reads the events.

        :raises SupervisorFailed: it says no, or nothing
        """
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._send(verb, args)] = answer
        await asyncio.wait([answer], timeout=_ANSWER_S)
        message = answer.result() if answer.done() else {}
        if message.get('ok') is not True:
            raise SupervisorFailed(str(message.get('error') or f'no answer to {verb}'))
        return dict(message['result'])

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
                    os.fspath(self._paths.socket), limit=MAX_LINE_BYTES)
                return
            except OSError:
                await asyncio.sleep(_POLL_S)
        self.stop()
        raise SupervisorFailed(f'the supervisor does not listen on {self._paths.socket}')

    def _send(self, verb: str, args: Mapping[str, Any]) -> int:
        assert self._writer is not None
        self._last_id += 1
        self._writer.write(encode(
            {'version': VERSION, 'id': self._last_id, 'verb': verb, 'args': dict(args)}))
        return self._last_id

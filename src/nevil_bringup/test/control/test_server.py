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

"""The control socket answers every line and is harmed by none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
import json
import os
from pathlib import Path
import stat
from typing import Any

from nevil_bringup.control.server import Client
from nevil_bringup.control.server import ControlServer
from nevil_bringup.control.server import RequestRefused
from nevil_health.control.base import Reply
from nevil_health.control.base import Request
from nevil_health.control.events import Settled
from nevil_health.control.insight import Explain
from nevil_health.control.operations import StartNode
from nevil_health.control.operations import StopNode
from nevil_health.control.session import Done
from nevil_health.control.session import Pong
from nevil_health.control.session import Subscribe

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _serve(tmp_path: Path, talk: Talk) -> ControlServer:
    """Run a server with an echoing handler and one conversation with it."""

    def handler(client: Client, request: Request[Any]) -> Reply:
        if isinstance(request, StopNode):
            raise RequestRefused('not now')
        if isinstance(request, StartNode):
            raise ZeroDivisionError('inside')
        return Pong(project=request.name) if isinstance(request, Explain) else Done()

    server = ControlServer(tmp_path / 's', handler, lambda client: None)

    async def conversation() -> None:
        await server.open()
        try:
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / 's'))
            await asyncio.wait_for(talk(reader, writer), 10)
            writer.close()
        finally:
            await server.close()

    asyncio.run(conversation())
    return server


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
               line: bytes) -> dict[str, Any]:
    writer.write(line + b'\n')
    answer = json.loads(await reader.readline())
    assert isinstance(answer, dict)
    return answer


def test_request_is_answered_with_its_id(tmp_path: Path) -> None:
    """Answers find their questions."""
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = await _ask(reader, writer, b'{"id": 7, "verb": "why", "args": {"name": "a"}}')
        assert (answer['id'], answer['ok'], answer['result']['project']) == (7, True, 'a')
    _serve(tmp_path, talk)


def test_bad_lines_are_answered_and_the_connection_goes_on(tmp_path: Path) -> None:
    """Garbage, refusals and our own faults each get an error; the next request still works."""
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line, error in [
                (b'{', 'Expecting'), (b'[1]', 'not a JSON object'), (b'\xff\xfe', 'decode'),
                (b'{"verb": "status", "args": 3}', 'args is not an object'),
                (b'{"verb": "statsu"}', "unknown verb 'statsu'; did you mean 'status'?"),
                (b'{"verb": "why", "args": {"name": 3}}', 'why: name: 3 is not a text'),
                (b'{"verb": "status", "version": 9}', 'protocol version 9 is not 1'),
                (b'{"verb": "stop_node"}', 'not now'),
                (b'{"verb": "start_node"}', 'internal error: inside')]:
            answer = await _ask(reader, writer, line)
            assert answer['ok'] is False
            assert error in answer['error']
        assert (await _ask(reader, writer, b'{"verb": "status"}'))['ok'] is True
    _serve(tmp_path, talk)


def test_a_folder_whose_name_is_no_utf_8_can_be_told(tmp_path: Path) -> None:
    """Linux lets names of files be any bytes; Python keeps them as surrogates."""
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = os.fsdecode(b'/home/caf\xe9')
        line = json.dumps({'verb': 'why', 'args': {'name': name}}).encode()
        assert (await _ask(reader, writer, line))['result']['project'] == name
    _serve(tmp_path, talk)


def test_events_reach_subscribers_only(tmp_path: Path) -> None:
    """Who did not ask for events gets answers alone."""
    servers: list[ControlServer] = []

    def handler(client: Client, request: Request[Any]) -> Reply:
        client.subscribed = isinstance(request, Subscribe)
        return Done()

    async def conversation() -> None:
        server = ControlServer(tmp_path / 's', handler, lambda client: None)
        servers.append(server)
        await server.open()
        first = await asyncio.open_unix_connection(str(tmp_path / 's'))
        second = await asyncio.open_unix_connection(str(tmp_path / 's'))
        await _ask(*first, b'{"verb": "subscribe"}')
        await _ask(*second, b'{"verb": "ping"}')
        server.broadcast(Settled(state='ready'))
        assert json.loads(await first[0].readline()) == {'event': 'settled', 'state': 'ready'}
        await _ask(*second, b'{"verb": "ping"}')
        for _, writer in (first, second):
            writer.close()
        await server.close()

    asyncio.run(asyncio.wait_for(conversation(), 10))


def test_socket_is_private_and_leaves_with_the_server(tmp_path: Path) -> None:
    """Mode 0600 while it is there; no file afterwards."""
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert stat.S_IMODE((tmp_path / 's').stat().st_mode) == 0o600
    _serve(tmp_path, talk)
    assert not (tmp_path / 's').exists()


def test_socket_of_a_dead_supervisor_is_replaced(tmp_path: Path) -> None:
    """A stale path never stands in the way of a start."""
    (tmp_path / 's').write_text('stale', encoding='utf-8')

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await _ask(reader, writer, b'{"verb": "ping"}'))['ok'] is True
    _serve(tmp_path, talk)

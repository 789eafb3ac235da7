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

"""What a launch sees of its supervisor, however that ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
import os
from pathlib import Path
import shutil
import signal
import tempfile

from nevil_bringup.launch.any.house import House
from nevil_bringup.launch.supervisor_link import SupervisorFailed
from nevil_bringup.launch.supervisor_link import SupervisorLink
from nevil_bringup.paths import project_paths
from nevil_health.control.base import Event
from nevil_health.control.session import Ping
import pytest


@pytest.fixture
def link(domain: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[SupervisorLink]:
    """Return the link to a supervisor that has nothing to supervise."""
    folder = Path(tempfile.mkdtemp(prefix='nl-', dir='/tmp'))
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))
    for name in ('RUNTIME', 'STATE'):
        monkeypatch.setenv(f'NEVIL_{name}_DIR', str(folder / name.lower()))
    house = House(project_paths(folder / 'robot'))
    house.begin()
    try:
        yield house.link
    finally:
        house.link.stop()
        asyncio.run(asyncio.wait_for(house.link.wait(), 20.0))
        house.output.close()
        shutil.rmtree(folder, ignore_errors=True)


def run(link: SupervisorLink, body: Callable[[list[Event]], Awaitable[None]]) -> list[Event]:
    """Do something while the events are heard, and return these once they have ended."""
    async def limited() -> list[Event]:
        heard: list[Event] = []

        async def hear() -> None:
            async for event in link.events():
                heard.append(event)
        hearing = asyncio.create_task(hear())
        await link.request(Ping())
        await body(heard)
        await hearing
        return heard
    return asyncio.run(asyncio.wait_for(limited(), 60.0))


def test_supervisor_that_dies_before_it_has_read_a_request_is_an_end(
        link: SupervisorLink) -> None:
    """The kernel resets the connection then; the request is refused at once, not after 10 s."""
    async def body(_heard: list[Event]) -> None:
        pid = (await link.request(Ping())).pid
        os.kill(pid, signal.SIGSTOP)
        asking = asyncio.create_task(link.request(Ping()))
        await asyncio.sleep(0)  # it is written
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(SupervisorFailed, match='has ended'):
            await asking
        with pytest.raises(SupervisorFailed, match='has ended'):
            await link.request(Ping())
    run(link, body)


def test_answer_that_nobody_waits_for_any_longer_is_dropped(
        link: SupervisorLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A supervisor that was stopped for a while answers late; what is asked later works."""
    async def body(_heard: list[Event]) -> None:
        pid = (await link.request(Ping())).pid
        os.kill(pid, signal.SIGSTOP)
        monkeypatch.setattr('nevil_bringup.launch.supervisor_link._ANSWER_S', 0.1)
        with pytest.raises(SupervisorFailed, match='no answer to ping'):
            await link.request(Ping())
        monkeypatch.undo()
        os.kill(pid, signal.SIGCONT)
        assert (await link.request(Ping())).pid == pid
        link.stop()
    heard = [type(event).__name__ for event in run(link, body)]
    # A busy machine may be an alert of its own.
    assert [name for name in heard if name != 'AlertRaised'] == ['Ended']


def test_what_waits_for_a_supervisor_that_does_not_come_up_is_refused(
        link: SupervisorLink) -> None:
    """However long it works on coming up, it is waited for; its end ends the waiting."""
    async def body() -> None:
        asking = asyncio.create_task(link.request(Ping()))
        os.kill(link.pid, signal.SIGKILL)
        with pytest.raises(SupervisorFailed, match='ended while it started'):
            async for _ in link.events():
                pass
        with pytest.raises(SupervisorFailed, match='has ended'):
            await asking
    asyncio.run(asyncio.wait_for(body(), 60.0))

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

"""A core on an event loop: every command is carried out, in order, and deadlines are met."""

from __future__ import annotations

import asyncio
import socket
import time

from nevil_bringup.supervisor.clocked import ClockedCore
from nevil_health.core import AnnounceState
from nevil_health.core import Command
from nevil_health.core import Core
from nevil_health.core import CoreSettings
from nevil_health.core import MuteRequested
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import ReadyConfirmed
from nevil_health.core import RestartRule
from nevil_health.core import StartProcess
from nevil_health.core import SystemStarted
from nevil_health.core import UnitSpec


def _core(*units: UnitSpec) -> Core:
    return Core(units, CoreSettings(parallel=True), lambda: 0.0)


def test_a_command_that_goes_wrong_keeps_nobody_from_the_others() -> None:
    """The core has moved on; whatever it ordered besides has to happen."""
    started: list[str] = []

    def carry_out(command: Command) -> None:
        if isinstance(command, StartProcess):
            started.append(command.unit)
            if command.unit == 'a':
                raise ZeroDivisionError('inside')

    async def body() -> None:
        core = ClockedCore(_core(UnitSpec(name='a'), UnitSpec(name='b')), carry_out)
        core.feed(SystemStarted(at=0.0))
    asyncio.run(body())
    assert started == ['a', 'b']


def test_facts_that_a_command_leads_to_follow_what_was_ordered_before() -> None:
    """A start that fails at once is not restarted before its neighbour has been started."""
    done: list[str] = []

    async def body() -> None:
        def carry_out(command: Command) -> None:
            if isinstance(command, AnnounceState):
                return
            assert isinstance(command, StartProcess)
            done.append(f'{command.unit}{command.generation}')
            if command.unit == 'a':
                core.feed(ProcessFailed(at=1.0, unit='a', generation=command.generation,
                                        reason='no memory'))
        rule = RestartRule(max_restarts=2000, delay_s=0.0)
        core = ClockedCore(
            _core(UnitSpec(name='a', restart=rule), UnitSpec(name='b')), carry_out)
        core.feed(SystemStarted(at=0.0))
        assert core.core.view_of('a').state == 'failed'
    asyncio.run(body())
    assert done[:3] == ['a1', 'b1', 'a2']


def test_what_arrived_while_we_were_late_is_heard_before_a_deadline() -> None:
    """A supervisor that was stopped blames nobody for the time that it lost itself."""
    async def body() -> str:
        loop = asyncio.get_running_loop()
        core = ClockedCore(_core(UnitSpec(name='a', start_timeout_s=0.05)), lambda command: None)
        core.feed(SystemStarted(at=loop.time()))
        core.feed(ProcessStarted(at=loop.time(), unit='a', generation=1, pid=1))
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        theirs.sendall(b'ready\n')
        time.sleep(0.7)
        assert await reader.readline() == b'ready\n'
        core.feed(ReadyConfirmed(at=loop.time(), unit='a', generation=1))
        writer.close()
        theirs.close()
        return core.core.view_of('a').state
    assert asyncio.run(body()) == 'ready'


def test_a_deadline_that_we_missed_is_met_though_facts_keep_coming() -> None:
    """Hearing first what has arrived must not become hearing for ever."""
    async def body() -> None:
        loop = asyncio.get_running_loop()
        core = ClockedCore(_core(UnitSpec(name='a', start_timeout_s=0.05), UnitSpec(name='b')),
                           lambda command: None)
        core.feed(SystemStarted(at=loop.time()))
        core.feed(ProcessStarted(at=loop.time(), unit='a', generation=1, pid=1))
        time.sleep(0.7)
        while core.core.view_of('a').state != 'unhealthy':
            core.feed(MuteRequested(at=loop.time(), unit='b'))
            await asyncio.sleep(0.01)
    asyncio.run(asyncio.wait_for(body(), 10))

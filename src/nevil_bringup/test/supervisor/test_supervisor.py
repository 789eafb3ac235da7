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

"""A whole supervisor, asked over its real socket; its spawner and its capture are fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from dataclasses import replace
import json
from pathlib import Path
import signal
from typing import Any

from edges import FakeCapture
from edges import FakeSpawner
from edges import paths_in
from edges import plan_of
from edges import Spawners
from nevil_bringup.supervisor.lock import ProjectLock
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_bringup.supervisor.runtime_folder import RuntimeFolder
from nevil_bringup.supervisor.supervisor import Supervisor
from nevil_health import core
from nevil_health.control.base import Event
from nevil_health.control.base import Request
from nevil_health.control.codec import Answer
from nevil_health.control.codec import ClientCodec
from nevil_health.control.events import Ended
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.control.monitor import AttachHealth
from nevil_health.control.monitor import HeartbeatReading
from nevil_health.control.names import request_type
from nevil_health.control.names import VERBS
from nevil_health.control.operations import HoldNode
from nevil_health.control.operations import Register
from nevil_health.control.operations import StopNode
from nevil_health.control.session import Ping
from nevil_health.control.session import ShutDown
from nevil_health.control.session import Subscribe
from nevil_health.control.status import GetStatus
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations import to_json
from nevil_nodes.declarations.plan import RestartPlan
import pytest
from virtual_time import run
from virtual_time import turn
from virtual_time import until

_HEALTH = 'nevil_health'


class _Client:
    """A client of the control socket, in the event loop of the supervisor."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._codec = ClientCodec()
        self.events: list[Event] = []

    async def ask(self, request: Request[Any]) -> Any:
        """Return what is answered; a refusal fails."""
        number, line = self._codec.ask(request)
        self._writer.write(line)
        while True:
            data = await self._reader.read(1 << 20)
            assert data, 'the supervisor has closed the connection'
            for message in self._codec.receive(data):
                if isinstance(message, Answer) and message.id == number:
                    assert message.result is not None, message.error
                    return message.result
                self.keep(message)

    async def rest(self) -> list[Event]:
        """Return all events, once the supervisor has closed the connection."""
        while data := await self._reader.read(1 << 20):
            for message in self._codec.receive(data):
                self.keep(message)
        self.close()
        return self.events

    def keep(self, message: object) -> None:
        if isinstance(message, Event):
            self.events.append(message)

    def close(self) -> None:
        self._writer.close()


class _Run:
    """A run of a robot, from its start to its end."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.paths = paths_in(folder)
        for place in (self.paths.plans, self.paths.stacks):
            place.mkdir(parents=True, exist_ok=True)
        self.spawners, self.capture = Spawners(), FakeCapture()
        self.clients: list[_Client] = []
        self.supervisor = Supervisor(
            plan, runtime=RuntimeFolder(self.paths, ProjectLock(self.paths), 'r1'),
            environ={}, run_id='r1', capture=self.capture.capture, manager=ServiceManager({}),
            environment=lambda plan: {}, launch=self.spawners.launch)
        self.task = asyncio.ensure_future(self.supervisor.run())

    async def client(self) -> _Client:
        """Connect to it, as anybody may."""
        await until(self.paths.socket.exists)
        client = _Client(*await asyncio.open_unix_connection(str(self.paths.socket)))
        self.clients.append(client)
        return client

    async def up(self, *units: str) -> tuple[_Client, _Client]:
        """Bring all up; return the health node's connection and an operator's."""
        operator, health = await self.client(), await self.client()
        self.spawner.ready()
        self.spawner.started(_HEALTH, pid=100)
        await health.ask(AttachHealth(pid=100))
        for number, unit in enumerate(units, start=101):
            self.spawner.started(unit, pid=number)
            await health.ask(HeartbeatReading(kind='ready', unit=unit, generation=1))
        return health, operator

    @property
    def spawner(self) -> FakeSpawner:
        return self.spawners.one

    def signals_to(self, unit: str) -> list[int]:
        return [number for name, _, number in self.spawner.signals if name == unit]

    async def end(self) -> None:
        """End it, whatever it does, with obedient processes."""
        self.supervisor.ending.ask()
        while not self.task.done():
            for unit, generation, _ in self.spawner.signals:
                self.spawner.exited(unit, generation=generation, code=0)
            self.spawner.signals.clear()
            await asyncio.sleep(0.1)
        for client in self.clients:
            client.close()


def _test(folder: Path, body: Callable[[_Run], Coroutine[Any, Any, None]],
          plan: Plan | None = None) -> None:
    async def main() -> None:
        one = _Run(folder, plan or plan_of(folder, camera=(), detector=('camera',)))
        try:
            await until(lambda: one.spawners.all)
            await body(one)
        finally:
            await one.end()
    run(main())


def test_a_robot_comes_up_and_goes_down_in_order(tmp_path: Path) -> None:
    """The health node is the first to start and the last to end; everybody hears of it."""
    async def body(one: _Run) -> None:
        _, operator = await one.up()
        await operator.ask(Subscribe())
        one.spawner.started('camera', pid=101)
        assert one.spawner.started_units == [_HEALTH, 'camera']
        await one.clients[1].ask(HeartbeatReading(kind='ready', unit='camera', generation=1))
        assert one.spawner.started_units == [_HEALTH, 'camera', 'detector']
        one.spawner.started('detector', pid=102)
        await one.clients[1].ask(HeartbeatReading(kind='ready', unit='detector', generation=1))
        status = await operator.ask(GetStatus())
        assert (status.state, status.settled, status.spawner_pid, status.capture_pid) == (
            'ready', 'ready', 80, 90)
        assert [(node.name, node.state, node.pid) for node in status.nodes] == [
            ('camera', 'ready', 101), ('detector', 'ready', 102)]
        await operator.ask(ShutDown())
        for unit in ('detector', 'camera', _HEALTH):
            assert [name for name, _, _ in one.spawner.signals][-1] == unit
            one.spawner.exited(unit, code=0)
        assert await one.task == 0
        events = await operator.rest()
        assert events[-1] == Ended(status=0)
        assert Settled(state='ready') in events
        assert [event.new for event in events if isinstance(event, StateChanged)
                and event.node == 'camera'][-2:] == ['stopping', 'stopped']
        assert one.spawner.closed and one.capture.drained
        assert not one.paths.socket.exists()
    _test(tmp_path, body)


def test_every_command_and_every_request_has_somebody(tmp_path: Path) -> None:
    """One that nobody carries out would be an exception in the middle of a recovery."""
    async def body(one: _Run) -> None:
        assert set(one.supervisor._carriers) == {
            kind for kind in vars(core).values()
            if isinstance(kind, type) and core.Command in kind.__mro__[1:]}
        assert set(one.supervisor._answers) == {request_type(verb) for verb in VERBS}
    _test(tmp_path, body)


def test_a_crash_is_restarted_and_recorded(tmp_path: Path) -> None:
    """The new process has the next generation; the record is where status points."""
    async def body(one: _Run) -> None:
        _, operator = await one.up('camera')
        one.spawner.exited('camera', signal=11)
        await until(lambda: one.spawner.started_units.count('camera') == 2)
        assert one.spawner.orders[-1].generation == 2
        await until(lambda: list((tmp_path / 'crash').glob('camera-*.txt')))
        record, = (tmp_path / 'crash').glob('camera-*.txt')
        assert 'SIGSEGV' in record.read_text()
        status = await operator.ask(GetStatus())
        assert (status.nodes[0].state, status.nodes[0].restarts) == ('starting', 1)
    _test(tmp_path, body)


def test_a_robot_that_gives_up_ends_with_status_1(tmp_path: Path) -> None:
    """on_failed: shutdown; whoever started it must see that."""
    plan = plan_of(tmp_path, camera=())
    restart = RestartPlan(policy='never', on_failed='shutdown')
    plan = replace(plan, nodes=(replace(plan.nodes[0], restart=restart),))

    async def body(one: _Run) -> None:
        await one.up('camera')
        one.spawner.exited('camera', code=3)
        assert one.signals_to(_HEALTH) == [signal.SIGINT]
        one.spawner.exited(_HEALTH, code=0)
        assert await one.task == 1
        assert not one.supervisor.ending.asked
    _test(tmp_path, body, plan)


def test_a_hung_node_is_ended_by_the_stop_escalation(tmp_path: Path) -> None:
    """SIGINT, SIGTERM, SIGKILL, each after its time; then it is started again."""
    async def body(one: _Run) -> None:
        health, _ = await one.up('camera')
        await health.ask(HeartbeatReading(kind='late', unit='camera', generation=1, node='camera',
                                          silent_for_s=31.0, process_state='S'))
        await until(lambda: signal.SIGKILL in one.signals_to('camera'), 0.1)
        assert one.signals_to('camera')[-1] == signal.SIGKILL
        one.spawner.exited('camera', signal=9)
        await until(lambda: one.spawner.started_units.count('camera') == 2, 0.1)
    _test(tmp_path, body)


def test_a_process_that_nobody_tells_the_end_of_costs_the_spawner_at_the_end(
    tmp_path: Path,
) -> None:
    """A stop ends, whatever hangs."""
    async def body(one: _Run) -> None:
        await one.up('camera', 'detector')
        for _ in range(3):
            one.supervisor.ending.ask(hurry=True)
        killed = one.spawner
        await until(lambda: killed.killed)
        killed.lost()
        await until(lambda: len(one.spawners.all) == 2 or one.task.done())
        one.spawner.ready()
        await one.end()
        assert one.task.result() == 0
    _test(tmp_path, body)


def test_the_operator_s_word_outlives_the_supervisor(tmp_path: Path) -> None:
    """Stopped stays stopped, where the policy says so; held stays held."""
    plan = plan_of(tmp_path, camera=(), arm=())
    restart = RestartPlan(policy='unless_stopped')
    plan = replace(plan, nodes=(replace(plan.nodes[0], restart=restart), plan.nodes[1]))

    async def first(one: _Run) -> None:
        _, operator = await one.up('camera', 'arm')
        assert (await operator.ask(StopNode(name='camera'))).changed
        assert (await operator.ask(HoldNode(name='arm'))).changed
        one.spawner.exited('camera', code=0)

    async def second(one: _Run) -> None:
        _, operator = await one.up()
        camera, arm = (await operator.ask(GetStatus())).nodes
        assert (camera.state, arm.held) == ('stopped', True)
        assert 'camera' not in one.spawner.started_units
    _test(tmp_path, first, plan)
    _test(tmp_path, second, plan)


def test_a_node_joins_over_the_socket(tmp_path: Path) -> None:
    """As launch lets them, one by one."""
    async def body(one: _Run) -> None:
        _, operator = await one.up('camera', 'detector')
        await operator.ask(Register(plan=to_json(plan_of(tmp_path, arm=()))))
        assert one.spawner.started_units[-1] == 'arm'
        assert [node.name for node in (await operator.ask(GetStatus())).nodes] == [
            'camera', 'detector', 'arm']
    _test(tmp_path, body)


def test_the_end_of_the_health_node_s_connection_is_noticed(tmp_path: Path) -> None:
    """It is replaced when it does not come back; no node is touched."""
    async def body(one: _Run) -> None:
        health, operator = await one.up('camera', 'detector')
        health.close()
        await until(lambda: one.signals_to(_HEALTH), 0.1)
        status = await operator.ask(GetStatus())
        assert [node.state for node in status.nodes] == ['ready', 'ready']
    _test(tmp_path, body)


def test_who_asks_while_the_spawner_loads_is_answered(tmp_path: Path) -> None:
    """A start takes a second; status must not."""
    async def body(one: _Run) -> None:
        operator = await one.client()
        pong = await operator.ask(Ping())
        assert (pong.project, pong.directory) == ('robot', str(tmp_path))
        assert (await operator.ask(GetStatus())).state == 'starting'
        assert one.spawner.orders == []
    _test(tmp_path, body)


def test_an_end_while_the_spawner_is_made_starts_nothing(tmp_path: Path) -> None:
    """Ctrl-C right after Enter."""
    async def main() -> None:
        one = _Run(tmp_path, plan_of(tmp_path, camera=()))
        one.supervisor.ending.ask()
        await until(one.task.done)
        assert one.task.result() == 0
        assert [spawner.orders for spawner in one.spawners.all] == [[]]
    run(main())


def test_the_socket_is_gone_even_where_the_spawner_cannot_be_made(tmp_path: Path) -> None:
    """The next start must find no trace of one that failed."""
    async def main() -> None:
        one = _Run(tmp_path, plan_of(tmp_path, camera=()))
        one.spawners.failures = [OSError(12, 'no memory')]
        with pytest.raises(OSError, match='no memory'):
            await one.task
        assert not one.paths.socket.exists()
        await turn()
    run(main())


def test_stacks_of_a_run_that_was_killed_are_removed(tmp_path: Path) -> None:
    """They would be taken for those of this run's processes."""
    stacks = paths_in(tmp_path).stacks
    stacks.mkdir(parents=True)
    (stacks / 'camera-1.txt').write_text('old')

    async def body(one: _Run) -> None:
        await one.up()
        assert list(stacks.iterdir()) == []
        document = json.loads((one.paths.plans / 'camera.json').read_text())
        assert document['nodes'][0]['name'] == 'camera'
    _test(tmp_path, body)

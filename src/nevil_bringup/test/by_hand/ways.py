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

"""Run programs by hand, executed, forked and by the standby, many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
from typing import Any
import uuid

from nevil_bringup.spawner.client import DEFAULT_PRELOAD
from nevil_bringup.spawner.client import Spawner
from nevil_bringup.spawner.protocol import ProcessExited
from nevil_bringup.spawner.protocol import ProcessFailed
from nevil_bringup.spawner.protocol import ProcessStarted
from nevil_bringup.spawner.protocol import SpawnerEvent
from nevil_bringup.spawner.protocol import SpawnerReady
from nevil_bringup.spawner.protocol import StandbyReady
from nevil_bringup.spawner.protocol import StartOrder
from programs import Program

__all__ = ['Outcome', 'run_all']

PROGRAMS = Path(__file__).parent / 'programs'
PRELOAD = (*DEFAULT_PRELOAD, 'nevil_framework.base_node', 'std_msgs', 'std_srvs')
AT_A_TIME = 4
LIMIT_S = 90.0
PLAN: dict[str, Any] = {
    'name': 'probe', 'module': str(PROGRAMS / 'probe_node.py'), 'class_name': 'ProbeNode',
    'publishes': [], 'subscribes': [], 'messages': {'node_name': 'probe'}}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    What became of one program one way.

    :param ended: exit code, or minus the signal
    :param printed: what the program printed, without Nevil's words and prefixes
    """

    ended: int | str
    notes: list[Any]
    printed: list[str]
    output: str


class Ways:
    """
    A spawner, and the processes of programs.

    :param standby: it keeps one, and nothing else makes a process that could be it
    """

    def __init__(self, folder: Path, *, standby: bool) -> None:
        """Start nothing yet."""
        self._folder = folder
        self._ends: dict[str, asyncio.Future[SpawnerEvent]] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number = 0
        self._turns = asyncio.Semaphore(AT_A_TIME)
        self._standby = standby
        self._standbys: asyncio.Queue[int] = asyncio.Queue()
        self._pids: dict[str, int] = {}
        self.by_standby = 0
        self.spawner: Spawner

    def hear(self, event: SpawnerEvent) -> None:
        """Hand an event to who waits for it."""
        if isinstance(event, SpawnerReady):
            assert event.forks and not event.problems, event
            self._ready.set_result(None)
        elif isinstance(event, StandbyReady):
            self._standbys.put_nowait(event.pid)
        elif isinstance(event, ProcessStarted):
            self._pids[event.unit] = event.pid
        elif isinstance(event, (ProcessExited, ProcessFailed)):
            self._ends[event.unit].set_result(event)

    async def run(self, program: Program, way: str) -> Outcome:
        """Run a program one way, when it is its turn."""
        async with self._turns:
            await self._ready
            self._number += 1
            unit = f'run_{self._number}'
            folder = self._folder / unit
            (folder / 'lib').mkdir(parents=True)
            (folder / 'lib' / 'yaml.py').write_text('__version__ = "mine"\n')
            order = self._order(program, way, unit, folder)
            # The first one is forked: the standby is like what was started before.
            waiting = await self._standbys.get() if self._standby and self._number > 1 else 0
            self._ends[unit] = asyncio.get_running_loop().create_future()
            output = os.open(folder / 'output', os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            self.spawner.start(order, output)
            os.close(output)
            try:
                found = await asyncio.wait_for(self._finish(program, unit, folder), LIMIT_S)
                if waiting and self._pids[unit] == waiting:
                    self.by_standby += 1
                elif waiting and Path(f'/proc/{waiting}').exists():
                    self._standbys.put_nowait(waiting)  # it cannot have another library path
                return found
            except asyncio.TimeoutError:
                self.spawner.signal(unit, 1, 9)
                await self._ends[unit]
                return _outcome('no end', folder)

    async def _finish(self, program: Program, unit: str, folder: Path) -> Outcome:
        end = self._ends[unit]
        if program.sent:
            while 'READY' not in (folder / 'output').read_text(errors='replace') \
                    and not end.done():
                await asyncio.sleep(0.02)
            self.spawner.signal(unit, 1, program.sent)
        event = await asyncio.shield(end)
        if isinstance(event, ProcessFailed):
            return _outcome(event.reason, folder)
        assert isinstance(event, ProcessExited)
        code = event.code if event.code is not None else -(event.signal or 0)
        return _outcome(code, folder)

    def _order(self, program: Program, way: str, unit: str, folder: Path) -> StartOrder:
        plan = folder / 'plan.json'
        plan.write_text(json.dumps({
            'project': 'p', 'directory': str(folder), 'messages_package': 'p_msgs',
            'nodes': [PLAN]}))
        path = os.pathsep.join(filter(None, [str(PROGRAMS), os.environ.get('PYTHONPATH')]))
        env = {**os.environ, 'PYTHONPATH': path, 'PROGRAM': program.name,
               'NOTES': str(folder / 'notes'), 'RUN_NUMBER': str(self._number),
               'PYTHONFAULTHANDLER': '1', 'NEVIL_RUN_ID': self.run_id, 'NEVIL_UNIT': unit,
               'NEVIL_GENERATION': '1', 'NEVIL_PLAN': str(plan)}
        for name, value in program.env.items():
            env[name] = f'{folder / value}{os.pathsep}{path}' if name == 'PYTHONPATH' else value
        argv = (sys.executable, str(PROGRAMS / 'plain.py')) if way == 'by hand' else (
            sys.executable, '-m', 'nevil_nodes.run', '--project', str(folder), '--node', 'probe')
        return StartOrder(unit=unit, generation=1, argv=argv, env=env, cwd=str(folder), nice=0,
                          fork=way in ('forked', 'standby'))

    @property
    def run_id(self) -> str:
        """Return what the processes are known by."""
        return f'test-{self._folder.name}'


def _outcome(ended: int | str, folder: Path) -> Outcome:
    notes = folder / 'notes'
    output = (folder / 'output').read_text(errors='replace')
    # Half a line may stand before a record of Nevil's.
    printed = sorted('OUT' + line.partition('OUT')[2].partition('[2')[0]
                     for line in output.splitlines() if 'OUT' in line)
    values = [json.loads(line) for line in notes.read_text().splitlines()] \
        if notes.exists() else []
    return Outcome(ended=ended, notes=_without(values, str(folder)), printed=printed,
                   output=output)


def _without(value: Any, folder: str) -> Any:
    """Return notes without the name of the run's folder."""
    return json.loads(json.dumps(value).replace(folder, 'FOLDER').replace(
        Path(folder).name, 'RUN'))


@asynccontextmanager
async def _ways(folder: Path, *, standby: bool) -> AsyncIterator[Ways]:
    ways = Ways(folder / uuid.uuid4().hex[:12], standby=standby)
    ways.spawner = await Spawner.launch(
        run_id=ways.run_id, preload=PRELOAD, env={**os.environ, 'PYTHONFAULTHANDLER': '1'},
        on_event=ways.hear, standby_s=0.0 if standby else None)
    try:
        yield ways
    finally:
        await ways.spawner.close(5.0)


def run_all(programs: list[Program], folder: Path) -> dict[tuple[str, str], Outcome]:
    """Run programs in all their ways; return what became of them by name and way."""
    async def body() -> dict[tuple[str, str], Outcome]:
        async with _ways(folder, standby=False) as ways, \
                _ways(folder, standby=True) as standing:
            # As the very first one it is forked.
            runs = [(min(programs, key=lambda each: len(each.env)), 'standby'), *(
                (each, way) for each in programs for way in each.ways)]
            found = await asyncio.gather(*(
                (standing if way == 'standby' else ways).run(each, way) for each, way in runs))
            # On a busy machine one may be late, and a fork is made instead.
            able = [way for each, way in runs[1:] if way == 'standby' and not each.env]
            assert standing.by_standby >= len(able) // 2
            return {(program.name, way): outcome for (program, way), outcome
                    in zip(runs, found)}
    return asyncio.run(body())

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

"""The first spawner starts before the supervisor is loaded, and is heard from its first word."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
import subprocess
import sys
import time

from nevil_bringup.spawner.procfs import stat
from nevil_bringup.spawner.protocol import SpawnerEvent
from nevil_bringup.spawner.protocol import SpawnerReady
from nevil_bringup.supervisor.first_spawner import FirstSpawner
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.declarations.plan import Plan
import pytest

_DEADLINE_S = 60.0
_LATE = {'nevil_bringup.supervisor.main': 'nevil_bringup.supervisor.supervisor',
         'nevil_bringup.launch.any.house': 'asyncio',
         'nevil_bringup.cli.verb.launch': 'nevil_bringup.control.client'}


@pytest.mark.parametrize('module', _LATE)
def test_what_is_loaded_before_the_first_process_is_little(module: str) -> None:
    """The rest is loaded while that process starts; it would come on top of its time."""
    code = f'import sys, {module}; sys.exit({_LATE[module]!r} in sys.modules)'
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0


def _plan(folder: Path) -> Plan:
    return Plan(project='robot', directory=str(folder), messages_package='', nodes=(),
                processes=(), logs=LogPlan(directory=str(folder)), foreign=True)


def test_what_it_says_before_somebody_listens_is_kept(tmp_path: Path) -> None:
    """The starts wait for its word that it is ready; the next spawner is another one."""
    async def scenario() -> None:
        first, heard = FirstSpawner(), asyncio.Queue[SpawnerEvent]()
        await first.begin(_plan(tmp_path), 'run', os.environ, 2)
        deadline = time.monotonic() + _DEADLINE_S
        while not first._said and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        spawner = await first.launch(on_event=heard.put_nowait)
        assert heard.empty(), 'the caller does not have the spawner yet'
        assert isinstance(await asyncio.wait_for(heard.get(), _DEADLINE_S), SpawnerReady)
        second = await first.launch(
            on_event=heard.put_nowait, run_id='run', preload=[], env=os.environ, log_fd=2)
        assert second.pid != spawner.pid
        assert await spawner.close(_DEADLINE_S)
        assert await second.close(_DEADLINE_S)
    asyncio.run(scenario())


def test_a_spawner_that_nobody_takes_is_ended(tmp_path: Path) -> None:
    """A stop may come while the supervisor is loaded."""
    async def scenario() -> None:
        first = FirstSpawner()
        await first.begin(_plan(tmp_path), 'run', os.environ, 2)
        assert first._spawner is not None
        pid = first._spawner.pid
        await first.close()
        assert stat(pid) is None
    asyncio.run(scenario())

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

"""A stand-in for the supervisor: it starts units and tells their pids, until it is killed."""

from __future__ import annotations

import asyncio
import os
import sys

from nevil_bringup.spawner.client import Spawner
from nevil_bringup.spawner.protocol import ProcessStarted
from nevil_bringup.spawner.protocol import SpawnerEvent
from nevil_bringup.spawner.protocol import StartOrder


async def main(run_id: str, animals: list[str]) -> None:
    """Start one unit of each, print the spawner's pid and theirs."""
    started: asyncio.Queue[int] = asyncio.Queue()

    def note(event: SpawnerEvent) -> None:
        if isinstance(event, ProcessStarted):
            started.put_nowait(event.pid)

    env = dict(os.environ)
    spawner = await Spawner.launch(run_id=run_id, preload=[], env=env, on_event=note)
    for animal in animals:
        spawner.start(StartOrder(
            unit=animal, generation=1, argv=(sys.executable, '-m', 'zoo', animal),
            env={**env, 'NEVIL_RUN_ID': run_id, 'NEVIL_UNIT': animal, 'NEVIL_GENERATION': '1'},
            cwd=os.getcwd(), nice=0, fork=animal != 'stubborn'), 1)
    pids = [await started.get() for _ in animals]
    print('pids', spawner.pid, *pids, flush=True)
    await asyncio.Event().wait()


if __name__ == '__main__':
    asyncio.run(main(sys.argv[1], sys.argv[2:]))

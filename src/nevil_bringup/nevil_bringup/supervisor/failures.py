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

"""What is done about a failed process beside its restart: evidence, judgement, memory."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

from nevil_bringup.supervisor.crash import CrashRecords
from nevil_bringup.supervisor.evidence import process_state
from nevil_bringup.supervisor.memory import MemoryGate
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.core import CollectEvidence
from nevil_health.core import EvidenceCollected
from nevil_health.core import MemoryLow
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import SendSignal
from nevil_health.core.restart import describe_exit

if TYPE_CHECKING:
    from nevil_bringup.supervisor.supervisor import Supervisor

__all__ = ['Failures']

_log = logging.getLogger('supervisor')
_CONTINUED_S = 1.0
_ONCE_IN_S = 60.0


class Failures:
    """Looks at every process that fails."""

    def __init__(self, supervisor: Supervisor, crashes: CrashRecords) -> None:
        """Remember whom to tell."""
        self._supervisor = supervisor
        self._crashes = crashes
        self._memory = MemoryGate(
            supervisor.plan.recovery.min_free_memory_percent, self._memory_low)
        self._tasks: set[asyncio.Task[None]] = set()
        self._continued: dict[tuple[str, int], float] = {}

    async def close(self) -> None:
        """Finish what is being written."""
        self._memory.close()
        for task in self._tasks:
            task.cancel()
        await self._crashes.close()

    def ended(self, event: ProcessExited | ProcessFailed) -> None:
        """Judge an end that nobody had asked for; to be called before the core hears of it."""
        unit = event.unit
        view = self._supervisor.cores(unit).core.view_of(unit)
        if isinstance(event, ProcessExited):
            cause, failed = describe_exit(event), event.code != 0
        else:
            cause, failed = f'could not be started: {event.reason}', True
        asked = view.state == 'stopping' or self._supervisor.shutting_down
        hung = view.state == 'unhealthy'
        if hung:
            record = f'{view.reason}: {cause}'
        else:
            record = cause if failed and not asked else ''
        self._crashes.ended(unit, event.generation, self._supervisor.members(unit), record)
        if unit == HEALTH_UNIT or asked:
            return
        self._memory.check()
        if not hung and not view.held:  # who holds it knows
            self._supervisor.judging.exited(unit, event.generation, cause, failed=failed)

    def collect(self, command: CollectEvidence) -> None:
        """Let a process that will be ended tell what it can."""
        task = asyncio.get_running_loop().create_task(self._collect(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _collect(self, command: CollectEvidence) -> None:
        running = self._supervisor.processes.running.get(command.unit)
        if running is not None and running.generation == command.generation:
            if process_state(running.pid) == 'T' and self._may_go_on(command):
                _log.warning('%s: it was stopped (SIGSTOP), letting it go on', command.unit)
                self._supervisor.processes.signal(SendSignal(
                    unit=command.unit, generation=command.generation,
                    signal=int(signal.SIGCONT)))
                await asyncio.sleep(_CONTINUED_S)  # its heartbeat may come back
            await self._crashes.collect(command.unit, command.generation, running.pid)
        self._supervisor.feed(EvidenceCollected(
            at=self._supervisor.now(), unit=command.unit, generation=command.generation))

    def _may_go_on(self, command: CollectEvidence) -> bool:
        """Tell whether a stopped process gets another chance: once a minute."""
        key, now = (command.unit, command.generation), self._supervisor.now()
        recent = {one: at for one, at in self._continued.items() if now - at < _ONCE_IN_S}
        self._continued = {key: now, **recent}
        return key not in recent

    def _memory_low(self, low: bool, free_percent: float) -> None:
        _log.log(logging.WARNING if low else logging.INFO,
                 '%.1f %% of the memory is free, restarts %s', free_percent,
                 'wait' if low else 'go on')
        self._supervisor.robot.feed(MemoryLow(
            at=self._supervisor.now(), low=low, free_percent=free_percent))

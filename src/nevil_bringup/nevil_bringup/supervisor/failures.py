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

"""What is done about a failed process beside its restart: evidence, evaluation, memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import logging
import signal

from nevil_bringup.supervisor.crash import CrashRecords
from nevil_bringup.supervisor.evidence import process_state
from nevil_bringup.supervisor.memory import MemoryGate
from nevil_bringup.supervisor.processes import Processes
from nevil_bringup.supervisor.robot import Robot
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.core import CollectEvidence
from nevil_health.core import EvidenceCollected
from nevil_health.core import MemoryLow
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import SendSignal
from nevil_health.core import SignalCleared
from nevil_health.core import UnitEvent
from nevil_health.core.restart import describe_exit

__all__ = ['Failures']

_log = logging.getLogger('supervisor')
# A heartbeat period: a node that only was stopped has sent one by then.
_CONTINUED_S = 1.0
# Who is stopped again so soon is stopped on purpose, or by what it does itself.
_ONCE_IN_S = 60.0


class Failures:
    """Looks at every process that fails."""

    def __init__(self, robot: Robot, crashes: CrashRecords, processes: Processes,
                 exited: Callable[[str, int, str, bool], None],
                 state_of: Callable[[int], str] = process_state) -> None:
        """
        Have seen nothing fail.

        :param exited: called with unit, generation, cause and failure of an unrequested end
        :param state_of: the state of a process as in proc(5)
        """
        self._state_of = state_of
        self._robot, self._crashes = robot, crashes
        self._processes, self._exited = processes, exited
        self._memory = MemoryGate(
            robot.plan.recovery.min_free_memory_percent, self._memory_low)
        self._tasks: set[asyncio.Task[None]] = set()
        self._continued: dict[tuple[str, int], float] = {}

    async def close(self) -> None:
        """Finish what is being written."""
        self._memory.close()
        for task in self._tasks:
            task.cancel()
        await self._crashes.close()

    def hear(self, event: UnitEvent) -> None:
        """Handle the ends of processes; to be called before the core gets them."""
        if isinstance(event, (ProcessExited, ProcessFailed)):
            self._ended(event)

    def _ended(self, event: ProcessExited | ProcessFailed) -> None:
        unit = event.unit
        view = self._robot.view_of(unit)
        if isinstance(event, ProcessExited):
            cause, failed = describe_exit(event), event.code != 0
        else:
            cause, failed = f'could not be started: {event.reason}', True
        asked = view.state == 'stopping' or self._robot.shutting_down
        hung = view.state == 'unhealthy'
        if hung:
            record = f'{view.reason}: {cause}'
        else:
            record = cause if failed and not asked else ''
        self._crashes.ended(unit, event.generation, self._robot.members(unit), record)
        if unit == HEALTH_UNIT or asked:
            return
        self._memory.check()
        if not hung and not view.held:  # who holds it knows
            self._exited(unit, event.generation, cause, failed)

    def collect(self, command: CollectEvidence) -> None:
        """Collect evidence from a process that will be stopped."""
        task = asyncio.get_running_loop().create_task(self._collect(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _collect(self, command: CollectEvidence) -> None:
        running = self._processes.running.get(command.unit)
        if running is not None and running.generation == command.generation:
            if self._state_of(running.pid) == 'T' and self._may_go_on(command):
                _log.warning('%s: it was stopped (SIGSTOP), continuing it', command.unit)
                self._processes.signal(SendSignal(
                    unit=command.unit, generation=command.generation,
                    signal=int(signal.SIGCONT)))
                await asyncio.sleep(_CONTINUED_S)  # its heartbeat may come back
                if process_state(running.pid) != 'T':
                    self._robot.feed(SignalCleared(
                        at=self._robot.now(), unit=command.unit, generation=command.generation,
                        signal='process'))
            await self._crashes.collect(command.unit, command.generation, running.pid)
        self._robot.feed(EvidenceCollected(
            at=self._robot.now(), unit=command.unit, generation=command.generation))

    def _may_go_on(self, command: CollectEvidence) -> bool:
        """Return whether a stopped process gets another chance: once a minute."""
        key, now = (command.unit, command.generation), self._robot.now()
        recent = {one: at for one, at in self._continued.items() if now - at < _ONCE_IN_S}
        self._continued = {key: now, **recent}
        return key not in recent

    def _memory_low(self, low: bool, free_percent: float) -> None:
        _log.log(logging.WARNING if low else logging.INFO,
                 '%.1f %% of the memory is free, restarts %s', free_percent,
                 'wait' if low else 'resume')
        self._robot.feed(MemoryLow(
            at=self._robot.now(), low=low, free_percent=free_percent))

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

"""
Crash records: what is known about a process that failed, kept in ``logs/crash/``.

A node's process opens the file in ``NEVIL_CRASH_FILE`` and lets ``faulthandler`` write its Python
stacks there: at a fatal signal by itself, and when a hung one is asked for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from datetime import timezone
import logging
import os
from pathlib import Path

from nevil_bringup.printing.logscope_command import logscope_command
from nevil_bringup.supervisor.evidence import ask_for_stacks
from nevil_bringup.supervisor.evidence import describe_process
from nevil_bringup.supervisor.evidence import last_lines

__all__ = ['CrashRecords']

_log = logging.getLogger('supervisor')
_KEPT = 10  # records of one unit
# Enough for a traceback and what led to it.
_LOG_LINES = 100


class CrashRecords:
    """Writes one record for each failure, and keeps the newest of each unit."""

    def __init__(self, *, stacks: Path, logs: Path) -> None:
        """
        Remember the folders; nothing is made before it is needed.

        :param stacks: for what the processes themselves write, gone with the run
        :param logs: of the project
        """
        self._stacks = stacks
        self._logs = logs
        self._folder = logs / 'crash'
        self._hung: dict[str, tuple[int, str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.newest: dict[str, Path] = {}

    def clear(self) -> None:
        """Remove what a run that was killed has left."""
        for file in self._stacks.glob('*.txt'):
            file.unlink(missing_ok=True)

    def move(self, stacks: Path) -> None:
        """Let further processes write their stacks there."""
        self._stacks = stacks

    def stack_file(self, unit: str, generation: int) -> Path:
        """Return where the process of that start writes its stacks."""
        return self._stacks / f'{unit}-{generation}.txt'

    async def collect(self, unit: str, generation: int, pid: int) -> None:
        """Collect evidence from a hung process before it is stopped."""
        def look() -> str:
            found = describe_process(pid)
            ask_for_stacks(pid, self.stack_file(unit, generation))
            return found
        self._hung[unit] = (generation, await asyncio.to_thread(look))

    def ended(self, unit: str, generation: int, nodes: Sequence[str], cause: str) -> None:
        """
        Write the record of an end; with an empty cause, an end in order, only tidy up.

        :param nodes: whose logs belong to it
        """
        hung, found = self._hung.pop(unit, (0, ''))
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(
            self._end, unit, generation, nodes, cause, found if hung == generation else ''))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait until everything is written."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _end(self, unit: str, generation: int, nodes: Sequence[str], cause: str,
             found: str) -> None:
        file = self.stack_file(unit, generation)
        try:
            stacks = last_lines(file, 2000)
            file.unlink(missing_ok=True)
            if cause:
                self._write(unit, generation, nodes, cause, found, stacks)
        except OSError as error:
            _log.error('%s: no crash record (%s)', unit, error)

    def _write(self, unit: str, generation: int, nodes: Sequence[str], cause: str, found: str,
               stacks: str) -> None:
        at = datetime.now(timezone.utc)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o750)  # one of an older release was everybody's
        path = self._folder / f'{unit}-{at:%Y%m%dT%H%M%S.%f}.txt'
        parts = [f'{unit}: {cause}\nstart {generation}, {at:%Y-%m-%d %H:%M:%S+00:00}\n'
                 f'{logscope_command(at.timestamp(), nodes[0] if nodes else unit)}\n']
        if stacks:
            parts.append(f'== stacks ==\n{stacks}')
        if found:
            parts.append(f'== process, before it was ended ==\n{found}')
        for node in nodes:
            lines = last_lines(self._logs / f'{node}.log', _LOG_LINES)
            parts.append(f'== end of {node}.log ==\n{lines}')
        # As the logs that it quotes.
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        with open(fd, 'w', encoding='utf-8', errors='replace') as file:
            file.write('\n'.join(parts))
        self.newest[unit] = path
        for old in sorted(self._folder.glob(f'{unit}-[0-9]*.txt'))[:-_KEPT]:
            old.unlink(missing_ok=True)

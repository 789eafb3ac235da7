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

"""The supervisor's side of the capture process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
import json
import os
import pty
from typing import Any

from nevil_bringup.capture.pipe import set_pipe_size
from nevil_bringup.spawner.watchdog import Watchdog
from nevil_bringup.spawner.worker import Worker
from nevil_nodes.declarations.plan import LogPlan
from nevil_nodes.own_program import own_program

__all__ = ['Capture']

# Linux's default is 64 KiB and its limit for users 1 MiB: room while capture is being replaced.
_PIPE_BYTES = 1024 * 1024
_PACKET_BYTES = 65536
# A capture that fails at once (full disk) must not use a core; nodes write into the pipes
# meanwhile.
_RELAUNCH_MAX_S = 5.0
_STABLE_S = 10.0


@dataclass(slots=True)
class _Pipe:
    nodes: tuple[str, ...]
    streams: str
    read_fds: tuple[int, ...]
    write_fds: tuple[int, ...]

    def close(self) -> None:
        for descriptor in (*self.read_fds, *self.write_fds):
            os.close(descriptor)


def _open(streams: str) -> tuple[int, int]:
    """Return where capture reads and where a process writes."""
    if streams == 'terminal':
        master, slave = pty.openpty()
        # Capture must not block. The slave is another open file, so the node's writes still may.
        os.set_blocking(master, False)
        return master, slave
    read_fd, write_fd = os.pipe2(os.O_CLOEXEC)
    set_pipe_size(write_fd, _PIPE_BYTES)
    return read_fd, write_fd


class Capture:
    """
    A running capture process and the pipes it reads.

    Both ends of every pipe stay open here: a capture process that dies is started again and goes
    on reading where the other had written to, and no node ever gets a broken pipe.
    """

    def __init__(self, logs: LogPlan, env: Mapping[str, str],
                 on_lost: Callable[[int], None], copies: str = '') -> None:
        self._logs = logs
        self._copies = copies
        self._env = dict(env)
        self._on_lost = on_lost
        self._pipes: dict[str, _Pipe] = {}
        self._drains: dict[int, asyncio.Future[None]] = {}
        self._ended: dict[str, int] = {}  # the pid of the process of a unit that ended last
        self._closing = False
        self._delay_s = 0.0
        self._worker: Worker
        self._watchdog: Watchdog
        self._loop = asyncio.get_running_loop()
        # The caller may send its own stderr to system_fd; the capture process must never hold
        # a write end of what it reads.
        self._stderr_fd = os.dup(2)
        self._launched_at = 0.0

    @classmethod
    async def launch(cls, logs: LogPlan, on_lost: Callable[[int], None],
                     env: Mapping[str, str] | None = None, copies: str = '') -> Capture:
        """
        Start the capture process; ``system.log`` is ready to be written to.

        :param on_lost: called with the status (minus the signal) of a capture that died; the
            next one is already on its way
        :param copies: path of the socket that gets a copy of streams that are apart
        :raises OSError: the process cannot be created
        """
        capture = cls(logs, os.environ if env is None else env, on_lost, copies)
        capture._start(fresh=True)
        capture.pipe('system', ['system'])
        return capture

    @property
    def pid(self) -> int:
        """Return the process id of the capture process."""
        return self._worker.pid

    @property
    def system_fd(self) -> int:
        """Return the write end for what supervisor and spawner have to say."""
        return self._pipes['system'].write_fds[0]

    def pipe(self, unit: str, nodes: Sequence[str]) -> int:
        """
        Return the write end of a unit's output pipe; the same one for every start of it.

        :param nodes: the nodes in the unit; of several, each gets its own log
        :raises OSError: there are no descriptors left
        """
        return self.pipes(unit, nodes, 'joined')[0]

    def pipes(self, unit: str, nodes: Sequence[str], streams: str) -> tuple[int, ...]:
        """
        Return the write ends of a unit's output: one, or those of standard output and error.

        :param streams: as in the plan of its process
        :raises OSError: there are no descriptors left
        """
        if unit not in self._pipes:
            ends = [_open(streams) for _ in range(1 if streams == 'joined' else 2)]
            self._pipes[unit] = _Pipe(
                tuple(nodes), streams, tuple(read for read, _ in ends),
                tuple(write for _, write in ends))
            try:
                self._hand_over(unit)
            except OSError:  # else nobody would ever read it
                self._pipes.pop(unit).close()
                raise
        return self._pipes[unit].write_fds

    def members(self, unit: str, nodes: Sequence[str]) -> None:
        """Give the nodes that a unit has got since logs of their own."""
        if unit in self._pipes:
            self._pipes[unit].nodes = tuple(nodes)
            self._send({'kind': 'nodes', 'unit': unit, 'nodes': nodes})

    def ended(self, unit: str, pid: int) -> None:
        """Send an end marker with the copies, after everything that a process has printed."""
        if unit in self._pipes and self._pipes[unit].streams != 'joined':
            self._ended[unit] = pid
            self._send({'kind': 'ended', 'unit': unit, 'pid': pid})

    async def drain(self, timeout_s: float) -> bool:
        """
        Wait until everything printed so far is in its file; False when it takes longer.

        A process that has not answered at half time is replaced: its successor continues.
        """
        number, asked = max(self._drains, default=0) + 1, self._worker
        answer = self._loop.create_future()
        self._drains[number] = answer
        self._send({'kind': 'drain', 'id': number})
        try:
            await asyncio.wait([answer], timeout=timeout_s / 2)
            if not answer.done():
                asked.kill()  # which its watchdog may have done before
                await asyncio.wait([answer], timeout=timeout_s / 2)
        finally:
            del self._drains[number]
        return answer.done()

    async def close(self, timeout_s: float = 5.0) -> bool:
        """
        Write what is left and end the capture process.

        :returns: False when it took longer than the time and the process was killed
        """
        drained = await self.drain(timeout_s)
        self._closing = True
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()
        os.close(self._stderr_fd)
        self._worker.hang_up()
        if not await self._worker.wait(timeout_s):
            self._worker.kill()
            await self._worker.wait(timeout_s)
            return False
        return drained

    def _start(self, fresh: bool) -> None:
        self._launched_at = self._loop.time()
        self._worker = Worker(
            argv=own_program('nevil_bringup.capture'), env=self._env,
            packet_bytes=_PACKET_BYTES, on_packet=self._hear, on_exit=self._lost,
            log_fd=self._stderr_fd)
        self._watchdog = Watchdog(
            'capture', self._worker, lambda: self._send({'kind': 'alive'}), replace_stopped=True)
        logs = self._logs
        self._send({
            'kind': 'logs', 'fresh': fresh, 'directory': logs.directory,
            'max_bytes': logs.max_bytes, 'keep_files': logs.keep_files,
            'retention_days': logs.retention_days, 'secrets': logs.secrets,
            'copies': self._copies,
            'per_node_max_bytes': dict(logs.per_node_max_bytes)})
        for unit in self._pipes:
            self._hand_over(unit)
        for unit, pid in self._ended.items():  # the one before may not have come to it
            self._send({'kind': 'ended', 'unit': unit, 'pid': pid})
        for number in self._drains:
            self._send({'kind': 'drain', 'id': number})

    def _hand_over(self, unit: str) -> None:
        pipe = self._pipes[unit]
        self._send({'kind': 'pipe', 'unit': unit, 'nodes': pipe.nodes, 'streams': pipe.streams},
                   pipe.read_fds)

    def _send(self, message: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        self._worker.send(json.dumps(message).encode(), descriptors)

    def _hear(self, packet: bytes) -> None:
        self._watchdog.answered()
        answer = self._drains.get(json.loads(packet)['id'])
        if answer is not None and not answer.done():
            answer.set_result(None)

    def _lost(self, status: int) -> None:
        """Start the next one, at once unless they die in a row."""
        self._watchdog.close()
        if self._closing:
            return
        stable = self._loop.time() - self._launched_at > _STABLE_S
        self._delay_s = 0.0 if stable else self._delay_s
        self._restart_later()
        self._on_lost(status)

    def _restart_later(self) -> None:
        self._loop.call_later(self._delay_s, self._restart)
        self._delay_s = min(_RELAUNCH_MAX_S, 2 * self._delay_s or 0.1)

    def _restart(self) -> None:
        """Start the next one, later if it cannot be: what is printed waits in the pipes."""
        if self._closing:
            return
        before = self._worker
        try:
            self._start(fresh=False)
        except OSError:
            if self._worker is before:
                self._restart_later()
            else:
                self._worker.kill()  # it knows not all pipes

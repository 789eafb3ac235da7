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

"""The supervisor's side of the spawner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import time

from nevil_bringup.spawner.prctl import become_subreaper
from nevil_bringup.spawner.procfs import stat
from nevil_bringup.spawner.protocol import AliveOrder
from nevil_bringup.spawner.protocol import decode
from nevil_bringup.spawner.protocol import encode
from nevil_bringup.spawner.protocol import ExitOrder
from nevil_bringup.spawner.protocol import MAX_PACKET_BYTES
from nevil_bringup.spawner.protocol import ProcessFailed
from nevil_bringup.spawner.protocol import SignalOrder
from nevil_bringup.spawner.protocol import SpawnerAlive
from nevil_bringup.spawner.protocol import SpawnerEvent
from nevil_bringup.spawner.protocol import SpawnerLost
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.spawner.sweep import sweep
from nevil_bringup.spawner.watchdog import Watchdog
from nevil_bringup.spawner.worker import Worker
from nevil_nodes.own_program import own_program

__all__ = ['DEFAULT_PRELOAD', 'Spawner']

# What every NevilNode needs; a project's own interface package comes on top.
DEFAULT_PRELOAD = (
    'rclpy', 'rclpy.lifecycle', 'nevil_nodes.run', 'builtin_interfaces', 'rcl_interfaces',
    'lifecycle_msgs', 'type_description_interfaces', 'service_msgs', 'rosgraph_msgs', 'nevil_msgs')

# The children show their command line in the memory of the spawner's.
_ROOM = '.' * 1024


class Spawner:
    """A running spawner; all calls from the one thread of its event loop."""

    def __init__(self, run_id: str, on_event: Callable[[SpawnerEvent], None]) -> None:
        self._run_id = run_id
        self._on_event = on_event
        self._closing = False
        self._worker: Worker
        self._watchdog: Watchdog

    @classmethod
    async def launch(
            cls, *, run_id: str, preload: Sequence[str], env: Mapping[str, str],
            on_event: Callable[[SpawnerEvent], None], log_fd: int | None = None,
            standby_s: float | None = None) -> Spawner:
        """
        Start the spawner and return at once; orders given before ``SpawnerReady`` are queued.

        This process becomes the subreaper of its descendants: if the spawner is killed, what it
        leaves comes to us and is killed. Children that this process starts in a session of their
        own must therefore be in ``sweep.OWN_PIDS``.

        :param env: the spawner's environment; nodes whose order differs in what an interpreter or
            the dynamic linker reads only at its start (``LD_*``, ``LC_*``, most of ``PYTHON*``)
            are executed instead of forked
        :param on_event: called with every event, in order; ``SpawnerLost`` is the last one, and
            there is none after ``close``
        :param standby_s: it keeps a standby when no node has been started for so long; None: never
        :param log_fd: where its own output goes; None is this process's
        :raises OSError: the process cannot be created
        """
        # When the spawner dies, what its nodes double-forked becomes our child, and sweep() finds
        # it.
        become_subreaper()
        spawner = cls(run_id, on_event)
        spawner._worker = Worker(
            argv=[*own_program('nevil_bringup.spawner'), '--room', _ROOM,
                  *([] if standby_s is None else ['--standby', str(standby_s)]),
                  '--preload', *preload],
            env={**env, 'NEVIL_RUN_ID': run_id}, packet_bytes=MAX_PACKET_BYTES,
            on_packet=spawner._hear, on_exit=spawner._lost, log_fd=log_fd)
        spawner._watchdog = Watchdog('the spawner', spawner._worker, lambda: (
            spawner._worker.send(encode(AliveOrder()))))
        return spawner

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._worker.pid

    def start(self, order: StartOrder, *output_fds: int) -> None:
        """
        Order a process; ``ProcessStarted`` or ``ProcessFailed`` follows.

        :param output_fds: write end of the unit's output pipe, or of that of its standard output
            and of its standard error; the caller keeps its own
        """
        try:
            self._worker.send(encode(order), output_fds)
        except ValueError as error:
            # Later, not now: the caller is carrying out the core's commands, and the event would
            # enter the core again.
            asyncio.get_running_loop().call_soon(self._on_event, ProcessFailed(
                at=time.monotonic(), unit=order.unit, generation=order.generation,
                reason=f'command line and environment are too large: {error}'))

    def signal(self, unit: str, generation: int, signum: int) -> None:
        """Send a signal to the process group of that start; nothing if it has ended."""
        self._worker.send(encode(SignalOrder(unit=unit, generation=generation, signum=signum)))

    @property
    def hangs(self) -> bool:
        """Return whether it does not answer at the moment, so that orders wait."""
        about = stat(self.pid)
        return self._watchdog.silent or (about is not None and about.state == 'T')

    def kill(self) -> None:
        """Kill it, and with it every process; ``SpawnerLost`` follows."""
        self._worker.kill()

    async def close(self, timeout_s: float) -> bool:
        """
        End every process that still runs, then the spawner.

        :returns: False when it took longer and the spawner was killed; nothing of the run is left
            either way
        """
        self._closing = True
        self._worker.send(encode(ExitOrder()))
        if await self._worker.wait(timeout_s):
            return True
        self._worker.kill()
        await self._worker.wait(timeout_s)
        return False

    def _hear(self, packet: bytes) -> None:
        event = decode(packet)
        assert isinstance(event, SpawnerEvent)
        self._watchdog.answered()
        if not isinstance(event, SpawnerAlive):
            self._on_event(event)

    def _lost(self, status: int) -> None:
        self._watchdog.close()
        survivors = sweep(self._run_id)
        if not self._closing:
            self._on_event(SpawnerLost(at=time.monotonic(), status=status, survivors=survivors))

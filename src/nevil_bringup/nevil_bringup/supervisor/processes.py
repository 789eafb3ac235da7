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

"""The supervisor's processes: orders to the spawner, its news as facts for the cores."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import logging
import signal

from nevil_bringup.capture.client import Capture
from nevil_bringup.spawner import protocol
from nevil_bringup.spawner.client import Spawner
from nevil_bringup.spawner.procfs import signal_group
from nevil_bringup.supervisor.evidence import oom_kills
from nevil_bringup.supervisor.orders import OrderBook
from nevil_bringup.supervisor.units import HEALTH_UNIT
from nevil_health.core import ProcessEvent
from nevil_health.core import ProcessExited
from nevil_health.core import ProcessFailed
from nevil_health.core import ProcessStarted
from nevil_health.core import SendSignal
from nevil_health.core import StartProcess
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['LaunchSpawner', 'Processes', 'Running']

_log = logging.getLogger('supervisor')
# Seconds the spawner gets to end; every process has ended in order before.
_CLOSE_S = 2.0
# A new spawner is started at once, unless they die in a row.
_STABLE_S = 10.0
_RELAUNCH_MAX_S = 5.0

LaunchSpawner = Callable[..., Awaitable[Spawner]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A live process as the spawner reported it."""

    pid: int
    generation: int
    started_at: float


class Processes:
    """
    Carries out starts and signals; answers every start, exactly once.

    A start waits while there is no spawner, and is given again to a new one that the last did not
    answer.
    """

    def __init__(self, orders: OrderBook, capture: Capture, *, run_id: str,
                 environ: Mapping[str, str], preload: Callable[[], Sequence[str]],
                 feed: Callable[[ProcessEvent], None],
                 launch: LaunchSpawner | None = None, standby_s: float | None = None,
                 oom_kills: Callable[[], int] = oom_kills) -> None:
        """
        Remember how processes are made; no spawner runs yet.

        :param preload: returns the modules that a spawner loads
        :param feed: called with every event
        :param launch: starts a spawner; None is a real one
        :param standby_s: after how long without a start it keeps a standby; None: never
        :param oom_kills: how many processes the kernel has killed for want of memory
        """
        self.running: dict[str, Running] = {}
        self._orders = orders
        self._capture = capture
        self._run_id = run_id
        self._environ = dict(environ)
        self._preload = preload
        self._feed = feed
        self._launch = launch or Spawner.launch
        self._standby_s = standby_s
        self._outputs: dict[str, tuple[int, ...]] = {}
        self._unanswered: dict[str, StartProcess] = {}
        self._given_up: set[str] = set()  # units to be ended before their start was answered
        self._spawner: Spawner | None = None
        self._ready = False
        self.spawner_changed: Callable[[bool, str], None] = lambda running, cause: None
        self._closing = False
        self._relaunch: asyncio.Task[None] | None = None
        self._launched_at = 0.0
        self._delay_s = 0.0
        self._count_oom_kills, self._oom_kills = oom_kills, oom_kills()

    @property
    def spawner_pid(self) -> int | None:
        """Return the spawner's pid, None where there is none at the moment."""
        return self._spawner.pid if self._spawner is not None else None

    async def launch(self) -> None:
        """Start a spawner; starts are carried out once it is ready."""
        self._ready = False
        self._launched_at = asyncio.get_running_loop().time()
        self._spawner = await self._launch(
            run_id=self._run_id, preload=list(self._preload()), env=self._environ,
            log_fd=self._capture.system_fd, on_event=self._hear, standby_s=self._standby_s)

    def renew(self, environ: Mapping[str, str]) -> None:
        """Start the next spawner in another environment; the one that runs keeps its own."""
        self._environ = dict(environ)

    async def close(self) -> None:
        """End the spawner and whatever still runs."""
        self._closing = True
        if self._relaunch is not None:
            self._relaunch.cancel()
            await asyncio.wait([self._relaunch])
        if self._spawner is not None:
            await self._spawner.close(_CLOSE_S)

    def start(self, command: StartProcess) -> None:
        """Carry out a start, now or when a spawner is ready."""
        unit, generation = command.unit, command.generation
        self._unanswered[unit] = command
        self._given_up.discard(unit)
        if self._spawner is None or not self._ready:
            return
        try:
            order = self._orders.order(unit, generation, muted=command.muted)
            if unit not in self._outputs:
                self._outputs[unit] = self._capture.pipes(
                    unit, self._orders.members(unit), self._orders.streams(unit))
            self._spawner.start(order, *self._outputs[unit])
        except OSError as error:
            self._fail(command, f'cannot be started: {error}')
        except Exception as error:
            _log.exception('%s: cannot be started', unit)
            self._fail(command, f'cannot be started: {error!r}')

    def signal(self, command: SendSignal) -> None:
        """Carry out a signal; a start that still waits for a spawner is given up instead."""
        waiting = self._unanswered.get(command.unit)
        if waiting is not None and waiting.generation == command.generation:
            if not self._ready:
                self._fail(waiting, 'stopped before it was started')
                return
            self._given_up.add(command.unit)
        running = self.running.get(command.unit)
        if self._spawner is None:
            return
        if running is not None and running.generation == command.generation and (
                self._spawner.hangs):
            # It reaps nothing, so the pid is still its; each signal in its time, not all at once
            # when it goes on.
            signal_group(running.pid, command.signal)
        else:
            self._spawner.signal(command.unit, command.generation, command.signal)

    def insist(self, unit: str, generation: int) -> None:
        """End a process that SIGKILL should have ended, and all others with the spawner."""
        running = self.running.get(unit)
        if running is not None and running.generation == generation and self._spawner is not None:
            _log.error('%s: the spawner does not report its exit, killing the spawner', unit)
            # The kernel then kills what it has forked (PR_SET_PDEATHSIG), and SpawnerLost reports
            # the ends.
            self._spawner.kill()

    def _fail(self, command: StartProcess, reason: str) -> None:
        """Answer a start that comes to nothing, after the command has been carried out."""
        loop = asyncio.get_running_loop()
        self._unanswered.pop(command.unit, None)
        # Not within the core's own command: it handles one event after the other.
        loop.call_soon(lambda: self._feed(ProcessFailed(
            at=loop.time(), unit=command.unit, generation=command.generation, reason=reason)))

    def _answered(self, unit: str, generation: int) -> None:
        waiting = self._unanswered.get(unit)
        if waiting is not None and waiting.generation == generation:
            del self._unanswered[unit]

    def _hear(self, event: protocol.SpawnerEvent) -> None:
        if isinstance(event, protocol.ProcessStarted):
            self._answered(event.unit, event.generation)
            self.running[event.unit] = Running(
                pid=event.pid, generation=event.generation, started_at=event.at)
            self._feed(ProcessStarted(
                at=event.at, unit=event.unit, generation=event.generation, pid=event.pid))
        elif isinstance(event, protocol.ProcessExited):
            if event.survivors:
                _log.warning('%s: left %d processes behind, killed', event.unit, event.survivors)
            self._exited(ProcessExited(
                at=event.at, unit=event.unit, generation=event.generation, code=event.code,
                signal=event.signal, core_dumped=event.core_dumped,
                # The kernel does not say whom it killed: a SIGKILL while its count grew is taken
                # for that.
                oom=event.signal == signal.SIGKILL and self._out_of_memory()))
        elif isinstance(event, protocol.ProcessFailed):
            self._answered(event.unit, event.generation)
            self._feed(ProcessFailed(
                at=event.at, unit=event.unit, generation=event.generation, reason=event.reason))
        elif isinstance(event, protocol.SpawnerReady):
            _log.info('spawner ready after %.2f s', event.preload_s)
            self.spawner_changed(True, '')
            for problem in event.problems:
                _log.warning('spawner: not preloaded: %s', problem)
            self._ready = True
            for command in list(self._unanswered.values()):
                self.start(command)
        elif isinstance(event, protocol.SpawnerLost):
            self._lost(event)

    def _exited(self, event: ProcessExited) -> None:
        running = self.running.get(event.unit)
        if running is not None and running.generation == event.generation:
            del self.running[event.unit]
            self._capture.ended(event.unit, running.pid)
        self._feed(event)

    def _out_of_memory(self) -> bool:
        """Return whether the kernel has killed for want of memory since it was last asked."""
        before, self._oom_kills = self._oom_kills, self._count_oom_kills()
        return self._oom_kills > before

    def _lost(self, event: protocol.SpawnerLost) -> None:
        """Every process of the lost spawner is dead; a new one carries out what the core wants."""
        self._spawner, self._ready = None, False
        if self._closing:
            return
        _log.error('the spawner ended (status %d), starting a new one', event.status)
        ended = len(self.running) - (HEALTH_UNIT in self.running)
        self.spawner_changed(False, f'the spawner ended (status {event.status}), {ended} '
                             f'{"process" if ended == 1 else "processes"} with it')
        for unit, running in list(self.running.items()):
            self._exited(ProcessExited(
                at=event.at, unit=unit, generation=running.generation, signal=9))
        for command in list(self._unanswered.values()):
            if command.unit in self._given_up:
                self._fail(command, 'stopped before it was started')
        loop = asyncio.get_running_loop()
        if loop.time() - self._launched_at > _STABLE_S:
            self._delay_s = 0.0
        self._relaunch = loop.create_task(self._launch_again())

    async def _launch_again(self) -> None:
        """Start a new spawner, sooner or later: a machine out of memory may have some again."""
        while True:
            await asyncio.sleep(self._delay_s)
            self._delay_s = min(_RELAUNCH_MAX_S, 2 * self._delay_s or 0.1)
            try:
                await self.launch()
                return
            except OSError as error:
                _log.error('no new spawner (%s), trying again in %.1f s', error, self._delay_s)

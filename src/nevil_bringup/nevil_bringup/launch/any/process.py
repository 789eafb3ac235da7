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

"""One process of a launch file: what launch believes to have executed, and Nevil keeps up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import os
import signal
from typing import Any

from launch.events.process import ProcessExited
from launch.events.process import ProcessStarted
from nevil_bringup.capture.copies import DROPPED
from nevil_bringup.capture.copies import ENDED
from nevil_bringup.launch.any.program import Program

__all__ = ['OwnedProcess']

# Seconds that the last output of a process may take to arrive before its end is reported.
_LAST_WORDS_S = 2.0
_ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGQUIT, signal.SIGHUP})
_OVER = frozenset({'completed', 'failed', 'disabled'})


class OwnedProcess(asyncio.SubprocessTransport):
    """
    The transport that launch gets instead of that of a process of its own.

    Launch gets the first start and the last end; Nevil handles everything in between. If the
    launch file sets ``respawn``, launch gets every end and start, as without Nevil.
    """

    def __init__(self, name: str, protocol: Any, context: Any, details: dict[str, Any],
                 program: Program, *, stop: Callable[[], None]) -> None:
        """
        Make a process that has not started.

        :param name: what Nevil calls it
        :param details: what launch's events of it carry
        :param program: what launch would have executed; with respawn launch gets every end
        :param stop: lets Nevil end it for good
        """
        super().__init__()
        self.name = name
        self.details = details
        self.state = ''
        self.authors_end = False
        self.first: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.generation = 0
        self._protocol = protocol
        self._context = context
        self.program = program
        self.respawn = program.respawn
        self._stop = stop
        self._pid = 0
        self._running = False
        self._told = False
        self._ended_by_author = False
        self._early: list[tuple[bytes, bytes]] | None = []
        self._returncode: int | None = None
        # By pid: everything that it printed is there. Its successor may start before that.
        self._last_words: dict[int, asyncio.Future[None]] = {}
        self._task: asyncio.Task[None] | None = None

    # -- what launch asks ------------------------------------------------------------------------

    def get_pid(self) -> int:
        """Return the process id of the newest process."""
        return self._pid

    def get_returncode(self) -> int | None:
        """Return how it ended, None until it was reported to launch."""
        return self._returncode if self._told else None

    def get_pipe_transport(self, fd: int) -> None:
        """Return None: what it prints comes from Nevil's capture."""
        return None

    def is_closing(self) -> bool:
        """Return whether launch is done with it."""
        return self._told

    def close(self) -> None:
        """Do nothing: Nevil has ended it."""

    def send_signal(self, signal: int) -> None:
        """
        Send a POSIX signal that the launch file wants sent.

        :raises ProcessLookupError: there is no process at the moment
        """
        if signal in _ENDING and not self.respawn:
            self._ended_by_author = True
        if not self._running:
            if self._ended_by_author:
                self._stop()
            raise ProcessLookupError(self.name)
        os.kill(self._pid, signal)

    def kill(self) -> None:
        """Kill it, since the launch file wants that."""
        self.send_signal(signal.SIGKILL)

    def shutdown(self) -> None:
        """End it in order for good: the launch file wants that."""
        self._ended_by_author = True
        self._stop()

    # -- news from Nevil -------------------------------------------------------------------------

    def started(self, pid: int) -> None:
        """Record that a process of it has started."""
        if self._running and self._pid == pid:
            return
        self._pid, self._running = pid, True
        self.generation += 1
        if not self.respawn:
            self._last_words.clear()  # the end of its predecessor was not reported to launch
        self._last_words[pid] = asyncio.get_running_loop().create_future()
        if not self.first.done():
            self.first.set_result(pid)
            self._protocol.connection_made(self)
            return
        self.details['pid'] = pid
        if self.respawn and not self._context.is_shutdown:
            self._context.emit_event_sync(ProcessStarted(**self.details))

    def hear(self) -> None:
        """Hand over what it prints from now on, and what it has printed before."""
        early, self._early = self._early or [], None
        for kind, data in early:
            self.printed(kind, data)

    def printed(self, kind: bytes, data: bytes) -> None:
        """
        Hand over what it printed.

        Capture may be quicker than the supervisor: launch cannot take output of a process of which
        it does not know the pid yet, so that waits for ``hear``.
        """
        if self._early is not None:
            self._early.append((kind, data))
        elif kind == ENDED:
            self._spoken(int(data))
        elif kind == DROPPED:
            self._protocol.on_stderr_received(
                b'%b bytes are left out here, launch was too slow to show them; '
                b'nevil logs %b has them\n' % (data, self.name.encode()))
        elif kind == b'2':
            self._protocol.on_stderr_received(data)
        else:
            self._protocol.on_stdout_received(data)

    def exited(self, returncode: int, *, last: bool) -> None:
        """
        Record that its process has ended.

        :param last: everything is ending, so it is not started again
        """
        self._running, self._returncode = False, returncode
        if last:
            self.over()
        elif self._ended_by_author:
            self._stop()
            self.over()
        elif self.respawn and not self._told:
            self._later(self._tell_end(returncode, self._pid))

    def changed(self, state: str, reason: str) -> None:
        """Record the state that its unit has now."""
        self.state = state
        if not self.first.done():
            if state in ('backoff', 'failed'):
                self.not_started(reason)
        elif state in _OVER or (state == 'stopped' and self._ended_by_author):
            self.over()

    def over(self) -> None:
        """Report to launch that it has ended for good, after its last output."""
        if self._told or not self._pid:
            return
        self._told = True
        self._later(self._finish())

    def not_started(self, reason: str) -> None:
        """Record that it has not started and will not, for those who wait for it."""
        if not self.first.done():
            self.first.set_exception(OSError(reason))
            self.first.exception()  # perhaps nobody waits yet, and will not

    def spoken(self) -> None:
        """Record that nothing of what it printed is on its way any more."""
        for pid in self._last_words:
            self._spoken(pid)

    async def settle(self) -> None:
        """Wait until everything has been reported to launch."""
        if self._task is not None:
            await asyncio.wait([self._task])

    # ----------------------------------------------------------------------------------------

    def _later(self, work: Any) -> None:
        before, loop = self._task, asyncio.get_running_loop()

        async def follow() -> None:
            if before is not None:
                await asyncio.wait([before])
            await work
        self._task = loop.create_task(follow())

    def _spoken(self, pid: int) -> None:
        words = self._last_words.get(pid)
        if words is not None and not words.done():  # a capture that was started again repeats it
            words.set_result(None)

    async def _wait_for_last_words(self, pid: int) -> None:
        words = self._last_words.get(pid)
        if words is not None:
            await asyncio.wait([words], timeout=_LAST_WORDS_S)
            self._last_words.pop(pid, None)

    async def _tell_end(self, returncode: int, pid: int) -> None:
        await self._wait_for_last_words(pid)
        self._context.emit_event_sync(
            ProcessExited(returncode=returncode, **{**self.details, 'pid': pid}))

    async def _finish(self) -> None:
        await self._wait_for_last_words(self._pid)
        if self._returncode is None:
            self._returncode = -int(signal.SIGKILL)  # it died with its spawner
        if not self._protocol.complete.done():
            self._protocol.process_exited()

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
The spawner's loop: carry out orders, report what becomes of the processes, leave nothing behind.

Survivors of a process are killed *before* its end is reported, so that a successor never meets its
predecessor's leftovers. That costs a plain crash one look at our own children: we are the
subreaper, so whatever outlives a process is our child when we learn of its end. What cannot
be identified (it left the session, closed the output and executed something with an empty
environment) is killed with the run.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
import os
import signal
import socket
import time

from nevil_bringup.spawner.child import Interpreter
from nevil_bringup.spawner.child import Program
from nevil_bringup.spawner.peer import LOOK_S
from nevil_bringup.spawner.peer import Peer
from nevil_bringup.spawner.procfs import children
from nevil_bringup.spawner.protocol import AliveOrder
from nevil_bringup.spawner.protocol import decode
from nevil_bringup.spawner.protocol import encode
from nevil_bringup.spawner.protocol import ExitOrder
from nevil_bringup.spawner.protocol import MAX_PACKET_BYTES
from nevil_bringup.spawner.protocol import ProcessExited
from nevil_bringup.spawner.protocol import ProcessFailed
from nevil_bringup.spawner.protocol import ProcessStarted
from nevil_bringup.spawner.protocol import SignalOrder
from nevil_bringup.spawner.protocol import SpawnerAlive
from nevil_bringup.spawner.protocol import SpawnerEvent
from nevil_bringup.spawner.protocol import StandbyReady
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.spawner.standby import LEAVE_MAX_S
from nevil_bringup.spawner.standby import Standby
from nevil_bringup.spawner.starter import close
from nevil_bringup.spawner.starter import Starter
from nevil_bringup.spawner.sweep import continue_stopped
from nevil_bringup.spawner.unit import is_stale
from nevil_bringup.spawner.unit import kill_tree
from nevil_bringup.spawner.unit import Unit
from nevil_bringup.spawner.waiting import Waiting
from nevil_bringup.spawner.wakeup import Wakeup

__all__ = ['Server']

_GRACE_S = 1.0  # from SIGTERM to SIGKILL when the supervisor is gone
_KILL_MAX_S = 1.0  # for what stays when killed (in the kernel, or another user's)
_RETRY_S = 0.005  # no event says when a killed grandchild is gone
_END_MAX_S = 5.0  # what SIGKILL has not ended by then hangs in the kernel


class Server:
    """Serve one supervisor until it says exit, ends, or a SIGTERM comes."""

    def __init__(self, link: socket.socket, run_id: str, interpreter: Interpreter,
                 standby_s: float = -1.0) -> None:
        """
        Take the POSIX signals.

        :param standby_s: after how long without a start there is a standby; below 0: never
        """
        self._link = link
        self._run_id = run_id
        self._interpreter = interpreter
        self._units: dict[int, Unit] = {}
        self._buffer = bytearray(MAX_PACKET_BYTES)
        self._ending_at: float | None = None
        self._connected = True
        self._peer = Peer('spawner', os.getppid(), time.monotonic(), ends=True)
        self._termed = False
        self._standby = Standby(interpreter, standby_s, lambda pid: self.send(
            StandbyReady(at=time.monotonic(), pid=pid)))
        self._starter = Starter(link, interpreter, self._standby)
        self._wakeup = Wakeup(self._note_term)

    def send(self, event: SpawnerEvent) -> None:
        """Send an event to the supervisor; that it is gone shows when reading."""
        if not self._connected:
            return
        try:
            self._link.send(encode(event))
        except OSError:
            self._connected = False
            self._end()

    def serve(self) -> Program | Waiting | None:
        """
        Serve until nothing is left to do.

        :returns: in a forked child its program, to be run by the caller; in the spawner None
        """
        while not self._ended():
            descriptors = [unit.report for unit in self._units.values()]
            if self._connected:
                descriptors += self._link.fileno(), self._standby.descriptor
            ready = self._wakeup.wait(descriptors, self._timeout_ms())
            for unit in list(self._units.values()):
                if unit.kept:
                    again = self._see_answer(unit)
                    if again is not None:
                        return again
                elif unit.report in ready:
                    self._hear_set_up(unit)
            self._reap()
            waiting = self._standby.look(time.monotonic())
            if waiting is not None:
                self._link.detach()
                return waiting
            if self._connected:
                self._peer.look(time.monotonic())
            if self._termed:
                # What ends from now on ends because of this, not by itself: the supervisor takes
                # our end for its death.
                self._connected = False
                self._end()
            if self._connected and self._link.fileno() in ready:
                program = self._obey()
                if program is not None:
                    return program
        return None

    def _note_term(self) -> None:
        self._termed = True

    def _timeout_ms(self) -> float:
        if any(unit.give_up_at or unit.kept for unit in self._units.values()):
            return _RETRY_S * 1000
        if self._ending_at is None:
            return min(LOOK_S, self._standby.wait_s(time.monotonic())) * 1000
        return 20 if self._units else _RETRY_S * 1000

    def _obey(self) -> Program | None:
        """Read one order and carry it out; the end of the stream is the order to exit."""
        try:
            size, ancillary, _, _ = self._link.recvmsg_into(
                [self._buffer], socket.CMSG_SPACE(8), socket.MSG_CMSG_CLOEXEC)
        except OSError:
            size, ancillary = 0, []
        if size == 0:
            self._connected = False
            self._end()
            return None
        self._peer.heard(time.monotonic())
        order = decode(bytes(self._buffer[:size]))
        if isinstance(order, StartOrder):
            outputs = [fd for _, _, data in ancillary for fd in array('i', data)]
            if outputs:
                return self._start(order, outputs)
            self._fail(order, 'too many open files in the spawner')
        elif isinstance(order, SignalOrder):
            unit = self._find(order.unit)
            if unit is not None and unit.order.generation == order.generation:
                unit.signal(order.signum)
        elif isinstance(order, AliveOrder):
            self.send(SpawnerAlive(at=time.monotonic()))
        elif isinstance(order, ExitOrder):
            self._end()
        return None

    def _find(self, name: str) -> Unit | None:
        return next((unit for unit in self._units.values() if unit.order.unit == name), None)

    def _start(self, order: StartOrder, outputs: list[int]) -> Program | None:
        """
        Create a process.

        :returns: in the forked child its program; in the spawner None
        """
        running = self._find(order.unit)
        if self._ending_at is not None or running is not None:
            close(outputs)
            self._fail(order, 'the spawner is ending' if running is None else
                       f'generation {running.order.generation} has not ended')
            return None
        return self._create(order, outputs)

    def _create(self, order: StartOrder, outputs: Sequence[int],
                held: Sequence[int] = ()) -> Program | None:
        try:
            made = self._starter.start(order, outputs)
        except OSError as error:
            self._fail(order, f'cannot be created by the spawner: {error.strerror}')
            return None
        if not isinstance(made, Unit):
            return made
        made.held += held
        self._units[made.pid] = made
        self._standby.started(order, time.monotonic())
        return None

    def _see_answer(self, unit: Unit) -> Program | None:
        """Hear whether the standby becomes a unit; make a fork where it does not."""
        if not self._starter.is_missing(unit, time.monotonic()):
            return None
        del self._units[unit.pid]
        return self._create(unit.order, unit.kept, unit.held)

    def _fail(self, order: StartOrder, reason: str) -> None:
        self.send(ProcessFailed(at=time.monotonic(), unit=order.unit,
                                generation=order.generation, reason=reason))

    def _hear_set_up(self, unit: Unit) -> None:
        """Read how a child's set-up went: the end of its pipe without a word is success."""
        reason = os.read(unit.report, 4096).decode('utf-8', 'replace')
        os.close(unit.report)
        unit.report = -1
        if reason:
            os.waitpid(unit.pid, 0)  # it ends right after reporting why
            del self._units[unit.pid]
            self._fail(unit.order, reason)
            return
        self.send(ProcessStarted(at=time.monotonic(), unit=unit.order.unit,
                                 generation=unit.order.generation, pid=unit.pid))
        for signum in unit.held:
            unit.signal(signum)

    def _reap(self) -> None:
        """Report units that ended, when nothing of theirs is left; reap adopted orphans."""
        for unit in list(self._units.values()):
            end = None if unit.kept else unit.poll()
            if end is not None:
                if unit.report >= 0:
                    self._hear_set_up(unit)
                if unit.pid in self._units:
                    self._finish(unit, end)
        for pid in self._orphans():
            if is_stale(pid, self._units.values()):
                kill_tree(pid)

    def _finish(self, unit: Unit, end: os.waitid_result) -> None:
        now = time.monotonic()
        unit.give_up_at = unit.give_up_at or now + _KILL_MAX_S
        clean = unit.kill_survivors(self._orphans(), self._run_id)
        if not clean and now < unit.give_up_at:
            return
        os.waitpid(unit.pid, 0)  # only now is the pid free for others
        del self._units[unit.pid]
        exited = end.si_code == os.CLD_EXITED
        self.send(ProcessExited(
            at=now, unit=unit.order.unit, generation=unit.order.generation, pid=unit.pid,
            code=end.si_status if exited else None, signal=None if exited else end.si_status,
            core_dumped=end.si_code == os.CLD_DUMPED, survivors=len(unit.survivors)))

    def _orphans(self) -> list[int]:
        """
        Return the adopted processes; reap the dead ones.

        One that died may have left us its children, so then there is a second look.
        """
        while True:
            known = {*self._units, *self._standby.pids}
            found = [pid for pid in children(self._interpreter.pid) if pid not in known]
            if not [pid for pid in found if os.waitpid(pid, os.WNOHANG)[0]]:
                return found

    def _end(self) -> None:
        """Begin the end: ask everything to end, once."""
        if self._ending_at is None:
            self._ending_at = time.monotonic()
            self._standby.close(self._ending_at)
            self._signal_all(signal.SIGTERM)
            self._signal_all(signal.SIGCONT)  # a stopped process takes SIGTERM only then
            if not self._connected:
                continue_stopped(self._run_id)  # capture, which ends when all have

    def _ended(self) -> bool:
        """Carry the end on; True when no process is left, or none that can be killed."""
        if self._ending_at is None:
            return False
        late = time.monotonic() - self._ending_at
        if late < (_GRACE_S if self._units else LEAVE_MAX_S if self._standby.pids else 0.0):
            return False
        self._signal_all(signal.SIGKILL)
        for pid in children(self._interpreter.pid):
            kill_tree(pid)
        self._reap()
        return late > _END_MAX_S or not children(self._interpreter.pid)

    def _signal_all(self, signum: int) -> None:
        for unit in self._units.values():
            unit.signal(signum)

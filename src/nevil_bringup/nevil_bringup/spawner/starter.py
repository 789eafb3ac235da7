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

"""How the spawner makes a process: by its standby, else by a fork."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
import os
import select
import signal
import socket
import time

from nevil_bringup.spawner.child import Interpreter
from nevil_bringup.spawner.child import Program
from nevil_bringup.spawner.child import set_up
from nevil_bringup.spawner.fresh_process import fork_held
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.spawner.standby import ANSWER_MAX_S
from nevil_bringup.spawner.standby import Standby
from nevil_bringup.spawner.unit import Unit
from nevil_bringup.spawner.waiting import TAKEN

__all__ = ['Starter']


class Starter:
    """Makes processes, each with a pipe on which it reports how its set-up went."""

    def __init__(self, link: socket.socket, interpreter: Interpreter, standby: Standby) -> None:
        """Prepare the input of those that wait for one, as they do under launch."""
        self._link = link
        self._interpreter = interpreter
        self._standby = standby
        self._input = os.pipe2(os.O_CLOEXEC)[0]  # never written to

    def start(self, order: StartOrder, outputs: Sequence[int]) -> Unit | Program:
        """
        Create a process.

        :param outputs: they are closed, sooner or later
        :returns: in the spawner the unit, in the forked child its program
        :raises OSError: what is missing; the outputs are closed
        """
        report = report_in = -1
        try:
            report, report_in = os.pipe2(os.O_CLOEXEC)
            pid = self._standby.take(order, [report_in, self._input, *outputs])
            if pid:
                unit = Unit(order=order, pid=pid, report=report, kept=tuple(outputs),
                            pipe=os.fstat(outputs[0]).st_ino,
                            answer_by=time.monotonic() + ANSWER_MAX_S)
                os.close(report_in)
                return unit
            made = self._fork(order, report, report_in, outputs)
        except OSError:
            close([report, report_in, *outputs])
            raise
        if isinstance(made, Unit):
            close([report_in, *outputs])
        return made

    def _fork(self, order: StartOrder, report: int, report_in: int,
              outputs: Sequence[int]) -> Unit | Program:
        pid = fork_held()
        if pid == 0:
            self._link.detach()
            return set_up(order, source=self._input if order.open_input else -1, outputs=outputs,
                          report=report_in, interpreter=self._interpreter)
        return Unit(order=order, pid=pid, report=report, pipe=os.fstat(outputs[0]).st_ino)

    def is_missing(self, unit: Unit, now: float) -> bool:
        """
        Return whether the standby does not become the unit, so that a fork must.

        It has been ended then, and has run nothing of the node.
        """
        if select.select([unit.report], [], [], 0)[0]:
            if os.read(unit.report, len(TAKEN)) == TAKEN:
                close(unit.kept)
                unit.kept = ()
                return False
        elif now < unit.answer_by:
            return False
        os.kill(unit.pid, signal.SIGKILL)  # our own unreaped child
        os.waitpid(unit.pid, 0)
        os.close(unit.report)
        return True


def close(descriptors: Iterable[int]) -> None:
    """Close those that are open."""
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)

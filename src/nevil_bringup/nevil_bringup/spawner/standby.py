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
The standby: one forked child that has joined ROS 2 before it is known which node it is to be.

It becomes the next node that is started and is like the others, which know its participant by then
(ADR 9). Nothing depends on it: one that is not there, not ready, dead, stopped or late costs a
start nothing but a fork. It is made when no node has been started for a while, and after each use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
import os
import signal
import socket
import sys

from nevil_bringup.spawner.child import can_fork
from nevil_bringup.spawner.child import Interpreter
from nevil_bringup.spawner.fresh_process import fork_held
from nevil_bringup.spawner.procfs import stat
from nevil_bringup.spawner.protocol import encode
from nevil_bringup.spawner.protocol import MAX_PACKET_BYTES
from nevil_bringup.spawner.protocol import StartOrder
from nevil_bringup.spawner.waiting import READY
from nevil_bringup.spawner.waiting import Waiting
from nevil_health.meminfo import read_memory_kb
from nevil_nodes.joined import profiles
from nevil_nodes.joined import read_at_init

__all__ = ['ANSWER_MAX_S', 'LEAVE_MAX_S', 'Standby']

# An idle one answers within a few milliseconds; one that is late is replaced by a fork.
ANSWER_MAX_S = 0.25
# It says goodbye to the others, which takes some 20 ms.
LEAVE_MAX_S = 0.3
_LOOK_S = 1.0
_PREPARE_MAX_S = 10.0
# One that ends or hangs is made again so much later, twice as late each time.
_AGAIN_S, _AGAIN_MAX_S = 10.0, 600.0
# A robot with less memory than this does not spend 10 MB on what may never be needed.
_MEMORY_KB = 256 * 1024
_MODULE = 'nevil_nodes.run'


@dataclass(frozen=True, slots=True)
class _Kind:
    """What two nodes have in common if one standby can be either of them."""

    ros_args: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    profiles: tuple[tuple[str, tuple[int, int, int]], ...]


class Standby:
    """
    Keeps one of the most frequent kind, once it is allowed to.

    :param settle_s: how long no node must have been started; below 0: there is no standby
    :param on_ready: called with its pid
    """

    def __init__(self, interpreter: Interpreter, settle_s: float,
                 on_ready: Callable[[int], None]) -> None:
        self._interpreter = interpreter
        self._on_ready = on_ready
        self._settle_s = settle_s
        self._kinds: dict[str, tuple[_Kind, StartOrder]] = {}
        self._kind: _Kind | None = None
        self._link: socket.socket | None = None
        self._leaving: dict[int, float] = {}
        self._not_before = 0.0
        self._again_s = _AGAIN_S
        self._began = self._looked = 0.0
        self._ready = False
        self.pid = 0

    @property
    def pids(self) -> set[int]:
        """Return the processes that are or were one, and have not been reaped."""
        return {*self._leaving, self.pid} - {0}

    @property
    def descriptor(self) -> int:
        """Return what becomes readable when it has news; -1 where there is nothing to hear."""
        return -1 if self._link is None or self._ready else self._link.fileno()

    def started(self, order: StartOrder, now: float) -> None:
        """Record that a node was started: the next may be like it, and is not made at once."""
        self._not_before = max(self._not_before, now + self._settle_s)
        kind = self._kind_of(order)
        if kind is None:
            self._kinds.pop(order.unit, None)
        else:
            self._kinds[order.unit] = kind, order

    def take(self, order: StartOrder, descriptors: Sequence[int]) -> int:
        """
        Let the standby be what is ordered.

        :param descriptors: the pipe for its report, its input and its outputs
        :returns: its pid; 0 where a fork must do. An answer follows on the pipe, or none.
        """
        found = stat(self.pid) if self._ready else None
        if found is None or found.state in 'TtZX' or self._kind_of(order) != self._kind:
            return 0
        assert self._link is not None
        try:
            socket.send_fds(self._link, [encode(order)], descriptors)
        except OSError:
            return 0
        pid, self.pid = self.pid, 0
        self._forget()
        return pid

    def look(self, now: float) -> Waiting | None:
        """
        See how it is, and make one if it is time.

        :returns: in the forked child its program
        """
        self._hear(now)
        self._reap(now)
        if now - self._looked >= _LOOK_S or not self.pid:
            self._looked = now
            if self.pid:
                self._check(now)
            elif self._settle_s >= 0 and now >= self._not_before:
                return self._make(now)
        return None

    def wait_s(self, now: float) -> float:
        """Return when to look again."""
        if self.pid or self._settle_s < 0:
            return _LOOK_S
        return min(_LOOK_S, max(0.0, self._not_before - now))

    def close(self, now: float) -> None:
        """Let it leave ROS 2 and end; make none any more."""
        self._settle_s = -1.0
        self._dismiss(now)

    def _dismiss(self, now: float) -> None:
        if self.pid:
            self._leaving[self.pid] = now + LEAVE_MAX_S
            self.pid = 0
            self._forget()

    def _forget(self) -> None:
        assert self._link is not None
        self._link.close()
        self._link, self._ready = None, False

    def _kind_of(self, order: StartOrder) -> _Kind | None:
        """Return what kind of node it is; None for what a standby cannot be."""
        if not (self._interpreter.forks and can_fork(order) and order.argv[2] == _MODULE):
            return None
        variables = read_at_init(order.env)
        if variables.get('ROS_SECURITY_ENABLE', '').lower() == 'true':
            return None  # each node has keys of its own
        argv = order.argv
        return _Kind(
            ros_args=argv[argv.index('--ros-args'):] if '--ros-args' in argv else (),
            variables=tuple(sorted(variables.items())),
            profiles=tuple(sorted(profiles(order.env, order.cwd).items())))

    def _wanted(self) -> tuple[_Kind, StartOrder] | None:
        """Return the most frequent kind, the one that there is first, with an order of it."""
        times = Counter(kind for kind, _ in self._kinds.values())
        return max(self._kinds.values(), default=None,
                   key=lambda found: (times[found[0]], found[0] == self._kind))

    def _make(self, now: float) -> Waiting | None:
        self._not_before = now + _LOOK_S
        wanted = self._wanted()
        if wanted is None or not _has_memory() or any(
                map(_holds_variables, dict(wanted[0].profiles))):
            return None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * MAX_PACKET_BYTES)
        try:
            pid = fork_held()
        except OSError:
            ours.close()
            theirs.close()
            self._not_before = now + _AGAIN_S
            return None
        if pid == 0:
            return Waiting(theirs, wanted[1], wanted[0].ros_args, self._interpreter)
        theirs.close()
        self.pid, self._link, self._kind = pid, ours, wanted[0]
        self._began = self._looked = now
        return None

    def _hear(self, now: float) -> None:
        """Take notice that it is ready."""
        if self._link is None or self._ready:
            return
        try:
            news = self._link.recv(64)
        except BlockingIOError:
            return
        except OSError:
            news = b''
        if news == READY:
            self._ready = True
            self._again_s = _AGAIN_S
            self._on_ready(self.pid)
        else:
            self._fail(now, 'ended before it was ready')

    def _check(self, now: float) -> None:
        found = stat(self.pid)
        wanted = self._wanted()
        if found is None or found.state in 'TZX':
            self._fail(now, 'ended' if found is None or not found.alive else 'was stopped')
        elif not self._ready:
            if now - self._began > _PREPARE_MAX_S:
                self._fail(now, f'is not ready after {_PREPARE_MAX_S:g} s')
        elif wanted is None or wanted[0] != self._kind or not _has_memory():
            self._dismiss(now)

    def _fail(self, now: float, what: str) -> None:
        print(f'spawner: the standby {what}, making another in {self._again_s:g} s',
              file=sys.stderr, flush=True)
        self._not_before = now + self._again_s
        self._again_s = min(_AGAIN_MAX_S, 2 * self._again_s)
        os.kill(self.pid, signal.SIGKILL)  # our own unreaped child
        self._dismiss(now)

    def _reap(self, now: float) -> None:
        for pid, until in list(self._leaving.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self._leaving[pid]
            elif now > until:
                os.kill(pid, signal.SIGKILL)
        if self.pid and os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            self._fail(now, 'ended')


def _has_memory() -> bool:
    available = read_memory_kb()[1]
    return available is None or available >= _MEMORY_KB


def _holds_variables(path: str) -> bool:
    """Return whether any variable may change what a profile says."""
    try:
        with open(path, 'rb') as file:
            return b'${' in file.read()
    except OSError:
        return True

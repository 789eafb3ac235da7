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
Print the logs on the supervisor's own standard output, for containers and the journal.

A separate process does it: a reader that does not read delays nobody else.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Sequence
from pathlib import Path
import select
import signal
import socket
import subprocess
import sys
import time

from nevil_bringup.printing.records import Printer
from nevil_nodes.logs import Follower
from nevil_nodes.own_program import own_program

__all__ = ['Console', 'copy', 'main']

# Short enough to read along, long enough to cost nothing.
_TICK_S = 0.2
# It loads Python and reads the logs; on a busy machine that takes seconds.
_BEGIN_S = 15.0
_END_S = 5.0


class Console:
    """The process that prints."""

    def __init__(self, logs: Path, quiet: Sequence[str] = ()) -> None:
        """
        Start it; when this returns, it has found the end of the logs.

        :param quiet: names of nodes whose output goes to their logs only
        :raises OSError: the process cannot be created
        """
        # It sees our end of the pair close whatever ends us, so it needs no other message.
        self._link, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                own_program('nevil_bringup.supervisor.console', str(logs), *quiet),
                stdin=theirs.fileno())
        self._link.settimeout(_BEGIN_S)
        try:
            self._link.recv(1)
        except TimeoutError:
            pass  # then the first lines may be missing

    def close(self) -> None:
        """Let it print what is left, and end it."""
        self._link.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main(logs: Path, quiet: Collection[str] = ()) -> None:
    """Print what is written to the logs until the other end of standard input is closed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # for the supervisor, whose end closes the link
    with socket.socket(fileno=sys.stdin.fileno()) as link:
        copy(Follower(logs, keep=lambda record: record.node not in quiet), Printer(), link)


def copy(follower: Follower, printer: Printer, link: socket.socket) -> None:
    """Print what is followed until the other end of the link is closed, and what is left then."""
    try:
        link.send(b'.')
        while not select.select([link], [], [], 0.0 if follower.behind else _TICK_S)[0]:
            printer.show(follower.poll(time.monotonic()))
        printer.show(follower.drain())
    except OSError:
        pass  # nobody reads, or the supervisor has gone


if __name__ == '__main__':
    main(Path(sys.argv[1]), frozenset(sys.argv[2:]))

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

"""Run the spawner: ``python -m nevil_bringup.spawner --socket-fd N --preload MODULE ...``."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time

from nevil_bringup.spawner.child import Interpreter
from nevil_bringup.spawner.child import Program
from nevil_bringup.spawner.prctl import become_subreaper
from nevil_bringup.spawner.preload import foreign_threads
from nevil_bringup.spawner.preload import preload
from nevil_bringup.spawner.protocol import SpawnerReady
from nevil_bringup.spawner.server import Server
from nevil_bringup.spawner.title import show_as
from nevil_bringup.spawner.waiting import Waiting
from nevil_nodes.own_program import own_program


def main() -> Program | Waiting | None:
    """
    Preload, then serve.

    :returns: in a forked child the program to run
    """
    began = time.monotonic()
    parser = argparse.ArgumentParser(prog='nevil_bringup.spawner', description=main.__doc__)
    parser.add_argument('--socket-fd', type=int, required=True)
    parser.add_argument('--preload', nargs='*', default=[])
    parser.add_argument('--standby', type=float, default=-1.0, metavar='S',
                        help='keep a standby when no node has been started for so long')
    parser.add_argument('--room', help='ignored: room for the command lines of the children')
    options = parser.parse_args()
    become_subreaper()
    link = socket.socket(fileno=options.socket_fd)
    path = _own_path()
    before = _descriptors()
    problems = preload(options.preload)
    threads = foreign_threads()
    if threads:
        problems.append(f'preloading started {threads} threads: nodes are executed, not forked; '
                        'remove the module that starts them from the preload list')
    interpreter = Interpreter(
        path=path, given=_given_path(), kept=frozenset(_descriptors() - before),
        pid=os.getpid(), forks=not threads)
    server = Server(link, os.environ['NEVIL_RUN_ID'], interpreter, options.standby)
    show_as(own_program('nevil_bringup.spawner'), os.environ)
    server.send(SpawnerReady(
        at=time.monotonic(), pid=os.getpid(), preload_s=time.monotonic() - began,
        forks=interpreter.forks, problems=tuple(problems)))
    return server.serve()


def _own_path() -> tuple[str, ...]:
    """Return ``sys.path`` without what differs from one command line to the next."""
    first = 0 if getattr(sys.flags, 'safe_path', False) else 1
    return tuple(entry for entry in sys.path[first:]
                 if os.path.abspath(entry) not in _given_path())


def _given_path() -> frozenset[str]:
    given = os.environ.get('PYTHONPATH', '').split(os.pathsep)
    return frozenset(os.path.abspath(entry) for entry in given)


def _descriptors() -> set[int]:
    return {int(name) for name in os.listdir('/proc/self/fd')}


if __name__ == '__main__':
    program = main()
    if program is not None:
        sys.exit(program.run())  # type: ignore[arg-type]

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

"""Stop the Nevil system."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json
import signal
import sys
import time
from typing import Any

from nevil_bringup.api import stop as api
from nevil_bringup.api.logscope import close_logscope
from nevil_bringup.cli.interrupts import Interrupts
from nevil_bringup.cli.options import add_json
from nevil_bringup.control.client import ControlError
from nevil_bringup.control.client import Unreachable
from nevil_bringup.control.connect import connect
from nevil_bringup.control.holder import holder_of
from nevil_bringup.errors import EXIT_INTERRUPTED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.project import find_paths
from nevil_bringup.project import meant_by_default

__all__ = ['EPILOG', 'add_arguments', 'run', 'stop_system']

EPILOG = """\
Nodes are stopped in reverse order of their dependencies: SIGINT, then SIGTERM, then SIGKILL, each
after the node's shutdown_timeout. A second Ctrl-C hurries this; after a third, the command exits
while the system stops by itself. LogScope is closed last: SIGTERM, after 5 s SIGKILL.

exit codes: 0 stopped, or not running; 1 processes remain; 130 interrupted

example:
    nevil stop"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('-y', '--yes', action='store_true',
                        help='stop the reference robot from an unrelated folder without asking')
    add_json(parser)


def run(options: Namespace) -> int:
    """Stop the system."""
    paths = find_paths(options.project)
    _ask(options, paths)
    started = time.monotonic()
    was_running = stop_system(paths, quiet=options.json)
    if was_running is None:
        return EXIT_INTERRUPTED
    took_s = round(time.monotonic() - started, 3)
    closed = close_logscope(paths)
    if options.json:
        print(json.dumps({'project': paths.project.name, 'was_running': was_running,
                          'took_s': took_s, 'logscope_pid': closed}))
    elif was_running:
        print(f'{paths.project.name} stopped in {took_s:.1f} s')
    else:
        print(f'{paths.project.name} is not running')
    if closed and not options.json:
        print(f'LogScope closed (pid {closed})')
    return EXIT_OK


def _ask(options: Namespace, paths: ProjectPaths) -> None:
    """
    Ask before the reference robot is stopped from a folder that has nothing to do with it.

    :raises UserError: the answer is no; without a terminal nobody can be asked
    """
    meant = meant_by_default(options.project, paths.project)
    if options.yes or not meant or not paths.socket.exists():
        return
    what = f'no project here: the reference robot in {paths.project} is running'
    if not sys.stdin.isatty():
        print(f'{what}; stopping it', file=sys.stderr, flush=True)
        return
    print(f'{what}; stop it? [y/N] ', end='', file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ('y', 'yes'):
        raise UserError('nothing was stopped; --project DIR names another robot')


def stop_system(paths: ProjectPaths, *, quiet: bool = False) -> bool | None:
    """
    Stop what runs, showing what takes long.

    :returns: whether something ran, None when the user left early
    :raises UserError: something is left that cannot be stopped over the socket
    :raises Unreachable: a supervisor runs that cannot be spoken to
    """
    client = connect(paths)
    if client is None:
        return _end_left_overs(paths, quiet=quiet)
    try:
        with client, Interrupts(signal.SIGINT) as interrupts:
            waiting = _Waiting(interrupts, quiet)
            api.stop(client, hurry_wanted=waiting.hurry_wanted, on_wait=waiting.show)
    except _Left:
        return None
    except Unreachable as error:
        holder = holder_of(paths)
        raise UserError(f'{error}; {holder}' if holder else str(error)) from None
    except ControlError as error:
        if not quiet:
            print(f'{error} without an answer', file=sys.stderr)
        _end_left_overs(paths, quiet=quiet)
    return True


class _Left(Exception):
    """The user does not wait any longer."""


class _Waiting:
    """Print what the command waits for, and handle Ctrl-C."""

    def __init__(self, interrupts: Interrupts, quiet: bool) -> None:
        self._interrupts = interrupts
        self._quiet = quiet

    def hurry_wanted(self) -> bool:
        ordinal = self._interrupts.take()
        if ordinal == 1:
            self._say('still stopping; press Ctrl-C again to hurry')
        elif ordinal == 2:
            self._say('hurrying; press Ctrl-C again to stop waiting')
        elif ordinal:
            raise _Left
        return ordinal == 2

    def show(self, waited_s: float, nodes: list[dict[str, Any]]) -> None:
        if waited_s < 1.5 or not nodes:
            return
        names = ', '.join(f'{node["name"]} ({node.get("reason") or node["state"]})'
                          for node in nodes)
        self._say(f'{waited_s:.0f} s: waiting for {names}')

    def _say(self, text: str) -> None:
        if not self._quiet:
            print(f'  {text}', file=sys.stderr, flush=True)


def _end_left_overs(paths: ProjectPaths, *, quiet: bool) -> bool:
    """
    End what a dead supervisor has left.

    :returns: whether there was something
    :raises UserError: something cannot be ended
    """
    ended, left = api.end_left_overs(paths)
    if left:
        raise UserError('processes of a run without a supervisor cannot be ended: '
                        + ' '.join(map(str, left)))
    if ended and not quiet:
        print(f'ended {ended} process{"es" if ended > 1 else ""} that a run without a supervisor'
              ' had left')
    return ended > 0

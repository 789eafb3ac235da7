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

"""Open LogScope, the log viewer."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import ArgumentTypeError
from argparse import Namespace
import os
from pathlib import Path
import sys

from nevil_bringup.api.logscope import obstacle
from nevil_bringup.api.logscope import open_logscope
from nevil_bringup.api.logscope import viewer_env
from nevil_bringup.api.logscope_options import arguments_of
from nevil_bringup.api.logscope_options import THEMES
from nevil_bringup.api.prepare import load
from nevil_bringup.cli.remote_logs import remote_address
from nevil_bringup.control.client import ControlError
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.project import find_paths
from nevil_health.control.session import Ping
from nevil_nodes.declarations import Plan
from nevil_nodes.logs.remote.address import SCHEME
from nevil_nodes.own_program import own_program

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The window shows the logs of the project and /rosout, whether the system is running or not. It has
its own process: it stays open when this terminal is closed, 'nevil status' shows it, and 'nevil
stop' closes it. With files, the logs of another folder, --at or --node, it is a separate window
that belongs to this terminal; Ctrl-C closes it.

exit codes: 0 it is open (with files: it was closed); 1 it cannot be opened, with the reason

examples:
    nevil monitor
    nevil monitor --theme light --max-entries 1000000
    nevil monitor --log-dir ~/.ros/log
    nevil monitor ssh://pi@robot/home/pi/my_robot
    nevil monitor --at '2026-11-22 17:54:03' --node camera
    journalctl -f -o short-iso | nevil monitor -"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('files', nargs='*', metavar='FILE',
                        help='show these logs instead; - is standard input, '
                             'ssh://USER@HOST[/PROJECT] a robot')
    parser.add_argument('-d', '--log-dir', metavar='DIR',
                        help='folder of logs to show instead of those of the project')
    parser.add_argument('--at', metavar='TIME',
                        help="open at this time: 17:54:03.5 or '2026-11-22 17:54:03.5'")
    parser.add_argument('--node', metavar='NODE',
                        help='open at the entry of this node; without --at at its newest error')
    parser.add_argument('--theme', choices=THEMES,
                        help='colours (system.monitoring.logscope_theme)')
    parser.add_argument('-m', '--max-entries', type=_entries, metavar='N',
                        help='entries to keep (system.monitoring.max_entries)')


def run(options: Namespace) -> int:
    """Open the window."""
    paths = find_paths(options.project)
    plan = load(paths).plan  # None where its files have errors: then the logs are wanted even more
    environ = viewer_env(_middleware(paths), plan)
    if options.files or options.log_dir or options.at or options.node:
        _replace_us(paths, plan, options, environ)
    opening = open_logscope(
        paths, arguments_of(paths, plan, theme=options.theme, max_entries=options.max_entries),
        environ)
    if opening.process is None:
        print(f'LogScope is already open (pid {opening.pid})')
    else:
        opened = opening.wait()
        print(f'LogScope {"is open" if opened else "is still opening"} (pid {opening.pid})')
    return EXIT_OK


def _replace_us(
    paths: ProjectPaths, plan: Plan | None, options: Namespace, environ: dict[str, str],
) -> None:
    """Become the window, as the last thing that this process does."""
    folder = Path(options.log_dir).expanduser().absolute() if options.log_dir else None
    if folder is not None and not folder.is_dir():
        raise UserError(f'monitor: --log-dir: {options.log_dir} is not a folder', EXIT_USAGE)
    for name in options.files:
        if name.startswith(SCHEME):
            remote_address(name)
    why = obstacle(environ)
    if why:
        raise UserError(f'LogScope cannot be opened: {why}')
    arguments = arguments_of(paths, plan, theme=options.theme, max_entries=options.max_entries,
                             log_dir=folder, files=options.files, at=options.at,
                             node=options.node)
    sys.stdout.flush()
    os.execve(sys.executable, own_program('nevil_logscope', *arguments), environ)


def _middleware(paths: ProjectPaths) -> dict[str, str] | None:
    try:
        client = connect(paths)
        if client is None:
            return None
        with client:
            return dict(client.request(Ping()).middleware or {})
    except ControlError:
        return None  # a system in trouble: its logs can be shown all the same


def _entries(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f'{text!r} is not a number of entries, 1 or more')
    return int(text)

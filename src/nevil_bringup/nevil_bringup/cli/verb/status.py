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
"""Show system status."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json
import sys
import time
from typing import Any
from typing import NoReturn

from nevil_bringup.api.project_status import idle_status
from nevil_bringup.api.project_status import read_status
from nevil_bringup.cli.options import add_json
from nevil_bringup.cli.status_lines import status_lines
from nevil_bringup.cli.times import interval_s
from nevil_bringup.control.client import Unreachable
from nevil_bringup.errors import EXIT_DEGRADED
from nevil_bringup.errors import EXIT_NOT_RUNNING
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_UNKNOWN
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.printing.terminal import colours_wanted
from nevil_bringup.printing.terminal import screen_wanted
from nevil_bringup.project import find_paths
from nevil_bringup.project import meant_by_default

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
Keys in the live view of --watch: arrows select a node, w explains its state, r restarts it, q
quits. If the output is not a terminal, --watch prints one table after the other.

exit codes: 0 every node is ready and healthy (a busy machine alone does not count); 1 a node is
degraded, unhealthy or still starting; 3 not running; 4 unknown

examples:
    nevil status
    nevil status --watch
    nevil status --json"""

_INTERVAL_S = 1.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('--watch', action='store_true', help='a live view')
    parser.add_argument('--interval', type=interval_s, metavar='S',
                        help=f'seconds between two looks of --watch; default: {_INTERVAL_S:g}')
    add_json(parser)


def run(options: Namespace) -> int:
    """Print the state of the system."""
    paths = find_paths(options.project)
    if meant_by_default(options.project, paths.project) and not options.json:
        print('no project here: this is the reference robot', file=sys.stderr, flush=True)
    if options.watch:
        every_s = options.interval or _INTERVAL_S
        if screen_wanted() and not options.json:
            from nevil_bringup.cli.watch import watch
            return watch(paths, every_s)
        _print_on_and_on(paths, every_s, as_json=options.json)
    if options.interval is not None:
        raise UserError('status: --interval goes with --watch', EXIT_USAGE)
    document, status = _read(paths)
    if options.json:
        print(json.dumps(document))
    elif status == EXIT_UNKNOWN:
        raise UserError(document['reason'], status)
    else:
        print('\n'.join(status_lines(document, colours_wanted())))
    return status


def _read(paths: ProjectPaths) -> tuple[dict[str, Any], int]:
    try:
        document = read_status(paths)
    except Unreachable as error:
        return {**idle_status(paths, 'unknown'), 'reason': str(error)}, EXIT_UNKNOWN
    if document['state'] == 'stopped':
        return document, EXIT_NOT_RUNNING
    if not _well(document):
        from nevil_bringup.api.last_error import with_last_errors
        document = with_last_errors(document, paths)
    return document, EXIT_OK if _well(document) else EXIT_DEGRADED


def _well(document: dict[str, Any]) -> bool:
    """Return whether every node is ready and well; a busy machine alone is no failure."""
    levels = {node.get('health') for node in document['nodes']}
    unhealthy = (document.get('health') or {}).get('level') == 'unhealthy'
    return document['state'] == 'ready' and not unhealthy and not levels & {
        'degraded', 'unhealthy'}


def _print_on_and_on(paths: ProjectPaths, every_s: float, *, as_json: bool) -> NoReturn:
    coloured = colours_wanted()
    due = time.monotonic()
    while True:
        document, _ = _read(paths)
        lines = [json.dumps(document)] if as_json else [*status_lines(document, coloured), '']
        sys.stdout.write('\n'.join(lines) + '\n')
        sys.stdout.flush()
        now = time.monotonic()
        due = max(due + every_s, now)
        time.sleep(due - now)

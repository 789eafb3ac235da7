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
from collections import Counter
import json
import os
import sys
import time
from typing import Any

from nevil_bringup.cli.api.status import idle_status
from nevil_bringup.cli.api.status import read_status
from nevil_bringup.cli.errors import CliError
from nevil_bringup.cli.errors import EXIT_DEGRADED
from nevil_bringup.cli.errors import EXIT_NOT_RUNNING
from nevil_bringup.cli.errors import EXIT_OK
from nevil_bringup.cli.errors import EXIT_UNKNOWN
from nevil_bringup.cli.project import find_paths
from nevil_bringup.cli.terminal import byte_text
from nevil_bringup.cli.terminal import colours_wanted
from nevil_bringup.cli.terminal import duration_text
from nevil_bringup.cli.terminal import paint
from nevil_bringup.cli.terminal import table
from nevil_bringup.control.client import Unreachable
from nevil_bringup.paths import ProjectPaths

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
exit codes: 0 every node ready, 1 degraded or still starting, 3 not running, 4 unknown

examples:
    nevil status
    nevil status --watch
    nevil status --json"""

_HEAD = ('NODE', 'STATE', 'PID', 'UPTIME', 'RESTARTS', 'CPU %', 'MEMORY MB', 'WHY')
_RIGHT = frozenset({2, 3, 4, 5, 6})
_STATE = 1
_IDLE = ('completed', 'stopped', 'disabled')


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('--watch', action='store_true', help='show it again every second')
    parser.add_argument('--json', action='store_true', help='for programs')


def run(options: Namespace) -> int:
    """Print the state of the system."""
    paths = find_paths(options.project)
    if options.watch:
        return _watch(paths, as_json=options.json)
    document, status = _read(paths)
    if options.json:
        print(json.dumps(document))
    elif status == EXIT_UNKNOWN:
        raise CliError(document['reason'], status)
    else:
        print('\n'.join(_lines(document, colours_wanted())))
    return status


def _read(paths: ProjectPaths) -> tuple[dict[str, Any], int]:
    try:
        document = read_status(paths)
    except Unreachable as error:
        return {**idle_status(paths, 'unknown'), 'reason': str(error)}, EXIT_UNKNOWN
    state = document['state']
    if state == 'stopped':
        return document, EXIT_NOT_RUNNING
    return document, EXIT_OK if state == 'ready' else EXIT_DEGRADED


def _watch(paths: ProjectPaths, *, as_json: bool) -> int:
    screen = sys.stdout.isatty() and not as_json
    coloured = colours_wanted()
    try:
        if screen:
            sys.stdout.write('\x1b[?25l\x1b[2J')  # hide the cursor, clear
        while True:
            document, _ = _read(paths)
            lines = [json.dumps(document)] if as_json else _lines(document, coloured)
            if screen:
                height = os.get_terminal_size(sys.stdout.fileno()).lines or 24
                sys.stdout.write('\x1b[H\x1b[?7l')  # home, do not wrap
                sys.stdout.write(''.join(f'{line}\x1b[K\n' for line in lines[:height - 1]))
                sys.stdout.write('\x1b[?7h\x1b[J')
            else:
                sys.stdout.write('\n'.join(lines) + ('\n' if as_json else '\n\n'))
            sys.stdout.flush()
            time.sleep(1.0)
    finally:
        if screen:
            sys.stdout.write('\x1b[?7h\x1b[?25h')


def _lines(document: dict[str, Any], coloured: bool) -> list[str]:
    state = document['state']
    shown = 'not running' if state == 'stopped' else state
    nodes = document['nodes']
    head = f'{document["project"]}: {paint(shown, shown, coloured)}'
    if nodes:
        head += f', {_counts(nodes)}'
    if document.get('uptime_s') is not None:
        head += f', up {duration_text(document["uptime_s"])}'
    if document.get('pid'):
        head += f', supervisor pid {document["pid"]}'
    lines = [head]
    if 'reason' in document:
        lines.append(document['reason'])
    if nodes:
        lines += ['', *_node_lines(nodes, coloured)]
    lines += [f'alert: {_alert_text(alert)}' for alert in document.get('alerts', [])]
    logs = ', '.join(f'{log["name"]} {byte_text(log["bytes"])}' for log in document['logs'])
    logscope = document.get('logscope') or {}
    pid = f' (pid {logscope["pid"]})' if logscope.get('pid') else ''
    return [*lines, '', f'Logs: {logs or "none"}',
            f'LogScope: {"running" + pid if logscope.get("running") else "not running"}']


def _counts(nodes: list[dict[str, Any]]) -> str:
    """Return how many of the nodes that are to run are ready, and how many are not to run."""
    states = Counter(node['state'] for node in nodes)
    idle = [f'{states[state]} {state}' for state in _IDLE if states[state]]
    wanted = len(nodes) - sum(states[state] for state in _IDLE)
    return ', '.join([f'{states["ready"]} of {wanted} nodes ready', *idle])


def _node_lines(nodes: list[dict[str, Any]], coloured: bool) -> list[str]:
    rows = table([_HEAD, *map(_row, nodes)], _RIGHT)
    for row, node in zip(rows[1:], nodes):
        row[_STATE] = paint(row[_STATE], node['state'], coloured)
    return ['  '.join(row).rstrip() for row in rows]


def _row(node: dict[str, Any]) -> tuple[str, ...]:
    state = node['state'] + (' (muted)' if node.get('muted') else '')
    uptime = node.get('uptime_s')
    why = '' if node['state'] == 'ready' else str(node.get('reason') or '')
    if node.get('paused_by'):
        why = why or f'paused by {node["paused_by"]}'
    return (node['name'], state, str(node.get('pid') or '-'),
            '-' if uptime is None else duration_text(uptime), str(node.get('restarts') or 0),
            _number(node.get('cpu_percent')), _number(node.get('memory_mb')), why)


def _number(value: float | None) -> str:
    return '-' if value is None else f'{value:.1f}'


def _alert_text(alert: Any) -> str:
    return str(alert.get('message', alert)) if isinstance(alert, dict) else str(alert)

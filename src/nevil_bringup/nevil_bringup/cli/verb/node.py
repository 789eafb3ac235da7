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

"""Node management commands: list, create, start, stop, pause, hold and more."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
from datetime import datetime
from datetime import timedelta
import json
import sys
import time
from typing import Any

from nevil_bringup.api.launch import TimedOut
from nevil_bringup.api.nodes import acknowledge
from nevil_bringup.api.nodes import AIMS
from nevil_bringup.api.nodes import changed_files
from nevil_bringup.api.nodes import operate
from nevil_bringup.api.nodes import silence
from nevil_bringup.cli.done import said
from nevil_bringup.cli.options import add_json
from nevil_bringup.cli.options import add_wait
from nevil_bringup.cli.times import duration_s
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import EXIT_FAILED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.printing.terminal import colours_wanted
from nevil_bringup.printing.terminal import paint
from nevil_bringup.printing.terminal import table
from nevil_bringup.project import find_paths
from nevil_health.control.status import GetStatus

__all__ = ['ACTIONS', 'EPILOG', 'add_arguments', 'run']

ACTIONS = ('list', 'create', 'start', 'stop', 'restart', 'mute', 'unmute', 'pause', 'resume',
           'hold', 'release', 'ack', 'silence')
_FOR_ALERTS = ('ack', 'silence')

EPILOG = """\
A node that you stop stays stopped; with the policy unless_stopped, also after a restart of the
system. A muted node runs and publishes nothing. A paused node does the same, and the nodes that
require it are paused too. For a node on hold, recovery is suspended: Nevil neither restarts it nor
corrects its lifecycle state. An acknowledged or silenced alert is still shown, without further
notifications.

examples:
    nevil node list
    nevil node create camera
    nevil node restart ai_cognition
    nevil node hold camera
    nevil node ack camera --reason 'cable ordered'
    nevil node silence --all --for 10m --reason 'battery change'"""

_WAIT_S = 60.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('action', choices=ACTIONS, metavar='ACTION', help=', '.join(ACTIONS))
    parser.add_argument('name', nargs='?', help='the node; for ack also the id of an alert')
    add_wait(parser, 'until it is done', wait=True, timeout_s=_WAIT_S)
    parser.add_argument('--reason', metavar='TEXT', help='of ack or silence; default: who you are')
    parser.add_argument('--for', dest='duration_s', type=duration_s, metavar='TIME',
                        help='how long to silence: 90, 10m, 1h30m')
    parser.add_argument('--end', action='store_true', help='end the silence')
    parser.add_argument('--all', action='store_true', help='silence the alerts of all nodes')
    add_json(parser)


def run(options: Namespace) -> int:
    """Carry out the action."""
    _check_flags(options)
    if options.action == 'list':
        if options.name:
            raise UserError('node list: takes no name', EXIT_USAGE)
        return _list(find_paths(options.project), as_json=options.json)
    _check(options)
    paths = find_paths(options.project)
    if options.action == 'create':
        return _create(paths, options.name, as_json=options.json)
    with _connect(paths) as client:
        if options.action in _FOR_ALERTS:
            return _quieten(client, paths.project.name, options)
        return _operate(client, paths, options)


def _check(options: Namespace) -> None:
    """Refuse what does not go together."""
    action = options.action
    if options.all and options.name:
        raise UserError('node silence: either a node or --all', EXIT_USAGE)
    if not options.name and not options.all:
        raise UserError(f'node {action}: name a node; nevil node list shows them', EXIT_USAGE)
    if action == 'silence' and options.end == (options.duration_s is not None):
        raise UserError('node silence: either --for 10m, for how long, or --end', EXIT_USAGE)


def _check_flags(options: Namespace) -> None:
    """Refuse options that would have no effect."""
    given = {'--reason': options.reason is not None, '--for': options.duration_s is not None,
             '--end': options.end, '--all': options.all}
    allowed = {'ack': ('--reason',), 'silence': tuple(given)}.get(options.action, ())
    wrong = [flag for flag, is_given in given.items() if is_given and flag not in allowed]
    if wrong:
        raise UserError(f'node {options.action}: takes no {wrong[0]}', EXIT_USAGE)


def _connect(paths: ProjectPaths) -> ControlClient:
    client = connect(paths)
    if client is None:
        raise UserError(f'{paths.project.name} is not running; nevil start starts it')
    return client


def _quieten(client: ControlClient, project: str, options: Namespace) -> int:
    action, name = options.action, options.name or ''
    if action == 'ack':
        result = acknowledge(client, name, options.reason or '')
    else:
        result = silence(client, name, options.duration_s or 0.0, options.reason or '')
    if options.json:
        print(json.dumps({'name': name, **result}))
        return EXIT_OK
    whom = name or project
    if action == 'ack' or options.end:
        print(said('end' if options.end else action, whom, result))
        return EXIT_OK
    until = datetime.now() + timedelta(seconds=options.duration_s)
    print(said(action, whom, result, end=f'nevil node silence {name or "--all"} --end',
               until=f'{until:%H:%M:%S}' if options.duration_s < 86400 else f'{until:%F %H:%M}'))
    return EXIT_OK


def _operate(client: ControlClient, paths: ProjectPaths, options: Namespace) -> int:
    action, name = options.action, options.name
    if action in ('start', 'restart'):
        _note_changes(client, paths, name)
    asked_at = time.monotonic()
    try:
        result = operate(client, action, name,
                         wait_s=options.timeout if options.wait else None,
                         on_wait=lambda reason: print(f'  {name} is {reason}',
                                                      file=sys.stderr, flush=True))
    except TimedOut as error:
        raise UserError(f'{error}; nevil logs {name} shows more') from None
    failed = options.wait and action in AIMS and result.get('state') in ('failed', 'backoff')
    if options.json:
        print(json.dumps({'name': name, **result}))
    elif failed:
        from nevil_bringup.api.last_error import last_error
        cause = last_error(paths, name, time.monotonic() - asked_at)
        raise UserError(f'{name} is {result["state"]} ({result["reason"]}); '
                        f'nevil logs {name} shows more' + (f'\n  {cause}' if cause else ''))
    else:
        print(said(action, name, result))
    return EXIT_FAILED if failed else EXIT_OK


def _note_changes(client: ControlClient, paths: ProjectPaths, name: str) -> None:
    """Print what a restart of the node alone does not take over."""
    started_at = time.time() - (client.request(GetStatus()).uptime_s or 0.0)
    changed = changed_files(paths.project, name, started_at)
    if changed:
        print(f'  {", ".join(changed)} changed after the system was started; nevil restart '
              'takes that over', file=sys.stderr, flush=True)


def _list(paths: ProjectPaths, *, as_json: bool) -> int:
    nodes = _nodes(paths)
    if as_json:
        print(json.dumps(nodes))
        return EXIT_OK
    coloured = colours_wanted()
    rows = table([('NODE', 'STATE', 'REQUIRES', 'DESCRIPTION'), *(
        (node['name'], node['state'], ', '.join(node['requires']) or '-', node['description'])
        for node in nodes)])
    for row, node in zip(rows[1:], nodes):
        row[1] = paint(row[1], node['state'], coloured)
    print('\n'.join('  '.join(row).rstrip() for row in rows))
    return EXIT_OK


def _nodes(paths: ProjectPaths) -> list[dict[str, Any]]:
    """Return the declared nodes in start order, with their states if the system runs."""
    from nevil_bringup.api.prepare import load
    from nevil_bringup.api.project_status import read_status
    result = load(paths)
    if result.plan is None:
        errors = sum(problem.severity == 'error' for problem in result.problems)
        raise UserError(f'{paths.project.name} has {errors} errors; nevil validate shows them')
    status = read_status(paths)
    states = {node['name']: node['state'] for node in status['nodes']}
    return [{'name': node.name, 'requires': list(node.requires), 'description': node.description,
             'state': states.get(node.name, 'disabled' if node.status == 'disabled'
                                 else 'not running')} for node in result.plan.nodes]


def _create(paths: ProjectPaths, name: str, *, as_json: bool) -> int:
    from nevil_bringup.api.create import create_node
    files = [str(file.relative_to(paths.project)) for file in create_node(paths, name)]
    if as_json:
        print(json.dumps({'name': name, 'files': files}))
    else:
        print('\n'.join([*(f'created {file}' for file in files),
                         "next: edit them, 'nevil validate', 'nevil restart'"]))
    return EXIT_OK

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
"""Show alerts: what is wrong now, or was recently."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json
import time

from nevil_bringup.api.project_status import read_status
from nevil_bringup.cli.alert_lines import alert_table
from nevil_bringup.cli.options import add_json
from nevil_bringup.errors import EXIT_NOT_RUNNING
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import UserError
from nevil_bringup.printing.logscope_command import logscope_command
from nevil_bringup.printing.terminal import colours_wanted
from nevil_bringup.project import find_paths

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The consequences of an alert are listed below it. 'nevil node ack' and 'nevil node silence' stop
its notifications; 'nevil why NODE' explains the state of a node.

exit codes: 0 shown, or there are none; 1 unknown; 3 not running

examples:
    nevil alerts
    nevil alerts camera --all"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('node', nargs='?', help='only alerts of this node')
    parser.add_argument('--all', action='store_true',
                        help='also those resolved recently')
    add_json(parser)


def run(options: Namespace) -> int:
    """Print the alerts."""
    paths = find_paths(options.project)
    document = read_status(paths)
    if document['state'] == 'stopped':
        raise UserError(f'{paths.project.name} is not running; nevil start starts it',
                        EXIT_NOT_RUNNING)
    known = [node['name'] for node in document['nodes']]
    if options.node and options.node not in known:
        from nevil_msggen.problem import did_you_mean
        hint = did_you_mean(options.node, known) or f'nodes: {", ".join(known)}'
        raise UserError(f'there is no node {options.node!r}; {hint}')
    alerts = [alert for alert in document['alerts']
              if (options.all or alert['state'] != 'resolved')
              and options.node in (None, alert['node'])]
    if options.json:
        print(json.dumps(alerts))
    elif alerts:
        print('\n'.join(alert_table(alerts, colours_wanted())))
        if options.node:
            print(logscope_command(time.time() - max(alert['age'] for alert in alerts),
                                   options.node))
    else:
        of = f' of {options.node}' if options.node else ''
        print(f'no alerts{of}' + ('' if options.all else '; --all shows resolved ones too'))
    return EXIT_OK

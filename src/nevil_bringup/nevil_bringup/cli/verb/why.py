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
"""Explain the state of a node, or of the whole robot."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json

from nevil_bringup.api.last_error import explained
from nevil_bringup.cli.options import add_json
from nevil_bringup.cli.reasons import reason_lines
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import EXIT_NOT_RUNNING
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import UserError
from nevil_bringup.printing.terminal import colours_wanted
from nevil_bringup.project import find_paths

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The newest event comes first, each cause below its consequence, the root cause last.

examples:
    nevil why
    nevil why camera"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('node', nargs='?', default='', help='default: the robot as a whole')
    add_json(parser)


def run(options: Namespace) -> int:
    """Print the causal chain."""
    paths = find_paths(options.project)
    client = connect(paths)
    if client is None:
        raise UserError(f'{paths.project.name} is not running; nevil logs shows its last output',
                        EXIT_NOT_RUNNING)
    with client:
        answer = client.document('why', name=options.node)
        running_s = float(client.document('status').get('uptime_s') or 0.0)
    answer = explained(answer, paths, running_s)
    if options.json:
        print(json.dumps(answer))
    else:
        print('\n'.join(reason_lines(answer, paths.project.name, colours_wanted())))
    return EXIT_OK

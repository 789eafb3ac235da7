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

"""Validate configuration."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json
from typing import Any

from nevil_bringup.api.prepare import load
from nevil_bringup.cli.options import add_json
from nevil_bringup.errors import EXIT_FAILED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import UserError
from nevil_bringup.project import find_paths
from nevil_nodes.declarations import report

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
Shows every problem at once, with file, line, rule and fix. 'nevil start' refuses the same
projects.

exit codes: 0 valid, 1 not

examples:
    nevil validate --strict
    nevil validate --resolved ai_cognition
    nevil validate --plan --json"""

_EVERYTHING = ''


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    add_json(parser)
    parser.add_argument('--strict', action='store_true', help='warnings count as errors')
    parser.add_argument('--resolved', nargs='?', const=_EVERYTHING, metavar='NODE',
                        help='show every effective value and where it comes from')
    parser.add_argument('--plan', action='store_true',
                        help='show the start order and the exact command lines')


def run(options: Namespace) -> int:
    """Print what is wrong, and what was asked for beyond that."""
    result = load(find_paths(options.project, launched=False))
    names = [options.resolved] if options.resolved else []
    document: dict[str, Any] = report.problems_json(result, strict=options.strict)
    blocks = []
    if options.resolved is not None:
        try:
            document['resolved'] = report.resolved_json(result, names)
            blocks.append(report.resolved_text(result, names))
        except KeyError as error:
            raise UserError(str(error.args[0])) from None
    if options.plan and result.plan is not None:
        document['plan'] = report.plan_json(result.plan)
        blocks.append(report.plan_text(result.plan))
    blocks.append(report.problems_text(result, strict=options.strict))
    print(json.dumps(document) if options.json else '\n\n'.join(blocks))
    return EXIT_OK if document['valid'] else EXIT_FAILED

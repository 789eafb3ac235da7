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
Run nodes of a project in this process.

``python -m nevil_nodes.run --project DIR --node NAME [--node NAME ...] [--ros-args ...]``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import os
import sys

__all__ = ['main']


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run the nodes that the command line names until they end.

    :param argv: the arguments after the program's name; None takes the process's own
    :returns: exit code: 0 for an ordered end (SIGINT and SIGTERM included), 1 for a failure,
        2 for a wrong command line
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    at = arguments.index('--ros-args') if '--ros-args' in arguments else len(arguments)
    try:
        options = _parser().parse_args(arguments[:at])
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 2
    from nevil_nodes.node.assignment import from_environment
    from nevil_nodes.node.assignment import from_project
    from nevil_nodes.node.errors import NodeError
    from nevil_nodes.node.process import run_process
    try:
        assignment = from_environment(options.node) or from_project(
            os.path.abspath(options.project), options.node)
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    return run_process(assignment, arguments[at:])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='nevil_nodes.run', description=(
        'Run nodes of a Nevil project in this process.'))
    parser.add_argument('--project', default='.', help='the project folder')
    parser.add_argument('--node', action='append', required=True,
                        help='a node to run; several share the process')
    return parser


if __name__ == '__main__':
    sys.exit(main())

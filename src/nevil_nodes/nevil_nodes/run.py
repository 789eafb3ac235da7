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

from collections.abc import Sequence
import io
import os
import sys

# At the top: whoever imports this module to fork nodes has all of it loaded.
from nevil_nodes.node.assignment import Assignment
from nevil_nodes.node.assignment import from_environment
from nevil_nodes.node.assignment import from_project
from nevil_nodes.node.ending import write_lines_at_once
from nevil_nodes.node.errors import NodeError
from nevil_nodes.node.loader import search_folders
from nevil_nodes.node.prepared import leave
from nevil_nodes.node.process import run_process
from nevil_nodes.versions import loaded_otherwise

__all__ = ['main']

# Of the process that starts over: what PYTHONPATH was.
_PATH_BEFORE = 'NEVIL_PYTHONPATH_BEFORE'
_USAGE = """\
usage: python -m nevil_nodes.run [--project DIR] --node NAME [--node NAME ...] [--ros-args ...]

Run nodes of a Nevil project in this process.

  --project DIR   the project folder (default: the working directory)
  --node NAME     a node to run; several share the process
  --ros-args ...  arguments for ROS 2
"""


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run the nodes that the command line names until they end.

    :param argv: the arguments after the program's name; None takes the process's own
    :returns: exit code: 0 for an ordered end (SIGINT and SIGTERM included), 1 for a failure,
        2 for a wrong command line
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    at = arguments.index('--ros-args') if '--ros-args' in arguments else len(arguments)
    if {'-h', '--help'} & set(arguments[:at]):
        print(_USAGE, end='')
        return 0
    try:
        project, names = _parse(arguments[:at])
    except ValueError as error:
        print(f'{_USAGE}\n{error}', file=sys.stderr)
        return 2
    _write_lines_at_once()
    try:
        assignment = from_environment(names) or from_project(os.path.abspath(project), names)
    except NodeError as error:
        print(error, file=sys.stderr)
        return 1
    _prefer_own_versions(assignment)
    return run_process(assignment, arguments[at:])


def _prefer_own_versions(assignment: Assignment) -> None:
    """
    Start over where the project has a library of its own that is loaded in another version.

    By hand it would be found first. Nothing has run yet but imports, so an exec is as good as a
    start; the folders are in PYTHONPATH meanwhile.
    """
    before = os.environ.pop(_PATH_BEFORE, None)
    if before is not None:
        os.environ.pop('PYTHONPATH')
        if before:
            os.environ['PYTHONPATH'] = before
        return
    folders = search_folders(assignment)
    if loaded_otherwise(folders):
        before = os.environ.get('PYTHONPATH', '')
        path = os.pathsep.join([*folders, *filter(None, [before])])
        leave()
        # A module that is imported cannot be exchanged for another version within a process.
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]],
                  {**os.environ, 'PYTHONPATH': path, _PATH_BEFORE: before})


def _write_lines_at_once() -> None:
    """Let what Python and C code print reach the log at once, also where stdout is a pipe."""
    write_lines_at_once()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def _parse(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """
    Return the project folder and the node names.

    By hand: argparse looks for translations, which is a tenth of the time of a node's start.

    :raises ValueError: the command line is wrong
    """
    project, names = '.', []
    rest = iter(arguments)
    for argument in rest:
        option, has_value, value = argument.partition('=')
        if option not in ('--project', '--node'):
            raise ValueError(f'{argument}: no such argument')
        if not has_value:
            value = next(rest, '')
        if not value:
            raise ValueError(f'{option}: a value is missing')
        if option == '--project':
            project = value
        else:
            names.append(value)
    if not names:
        raise ValueError('--node: name at least one node')
    return project, names


if __name__ == '__main__':
    sys.exit(main())

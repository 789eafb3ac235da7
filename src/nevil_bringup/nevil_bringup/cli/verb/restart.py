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

"""Restart the Nevil system."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace

from nevil_bringup.api.take_over import take_over
from nevil_bringup.cli.changes import change_lines
from nevil_bringup.cli.verb import start
from nevil_bringup.cli.verb.stop import stop_system
from nevil_bringup.control.client import ControlError
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import EXIT_INTERRUPTED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.project import find_paths
from nevil_bringup.supervisor.successor import is_within_run
from nevil_bringup.supervisor.successor import leave_successor
from nevil_nodes.declarations import Plan

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
If the system is not running, it is started. For one node, use 'nevil node restart NAME'; to
restart only the nodes that have changed, 'nevil start'.
When a node calls this, the supervisor restarts the system in the way it was started.

example:
    nevil restart"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes: the same as start."""
    start.add_arguments(parser)


def run(options: Namespace) -> int:
    """Stop, then start; what could not be started again is not stopped."""
    paths = find_paths(options.project)
    plan = start.prepare(paths, quiet=options.json)
    if is_within_run(paths):
        leave_successor(paths, plan)
        print('the supervisor stops the system and starts it again', flush=True)
        stop_system(paths, quiet=True)
        return EXIT_OK
    if not options.json:
        for line in _changes(paths, plan):
            print(f'  {line}', flush=True)
    was_running = stop_system(paths, quiet=options.json)
    if was_running is None:
        return EXIT_INTERRUPTED
    if was_running and not options.json:
        print(f'{paths.project.name} stopped', flush=True)
    return start.run(options)


def _changes(paths: ProjectPaths, plan: Plan) -> list[str]:
    """Return what is new in the files, for a system that runs and answers."""
    try:
        client = connect(paths)
        if client is None:
            return []
        with client:
            return change_lines(take_over(client, plan, preview=True))
    except ControlError:
        return []  # the stop says why

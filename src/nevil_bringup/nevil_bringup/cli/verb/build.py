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

"""Build the project's message package."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json
import os
from pathlib import Path
import shlex
import sys

from nevil_bringup.api.build import build_messages
from nevil_bringup.api.prepare import check
from nevil_bringup.build.workspace import workspace_of
from nevil_bringup.cli.options import add_json
from nevil_bringup.cli.progress import Progress
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.project import find_paths

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
'nevil start' does this by itself when a .messages file has changed.

examples:
    nevil build
    source "$(nevil build --setup)"      # for python -m nevil_nodes.run, ros2 topic echo, ..."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('--force', action='store_true', help='build even if nothing has changed')
    parser.add_argument('--setup', action='store_true',
                        help='print nothing but the file that a shell sources to use the messages')
    add_json(parser)


def run(options: Namespace) -> int:
    """Build what is stale."""
    result = check(find_paths(options.project, launched=False))
    assert result.plan is not None
    package = result.plan.messages_package
    with Progress(sys.stderr if options.json or options.setup else sys.stdout) as progress:
        built = build_messages(result, progress, force=options.force)
    # There is none where the package is installed elsewhere.
    current = workspace_of(Path(result.plan.directory)).current()
    setup = os.path.join(current.install, 'local_setup.bash') if current else None
    if options.json:
        print(json.dumps({'package': package, 'built': built, 'setup': setup}))
        return EXIT_OK
    if options.setup:
        print(setup or os.devnull)  # nothing to source
        return EXIT_OK
    if not built:
        print(f'{package} is up to date')
    if setup:
        print(f'for ros2 topic echo and the like: . {shlex.quote(setup)}')
    return EXIT_OK

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

"""Make the keys that nodes join their ROS domain with (SROS 2)."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json
import os
import sys

from nevil_bringup.api.secure import make_keys
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import UserError
from nevil_bringup.project import find_paths
from nevil_nodes.declarations import load_project
from nevil_nodes.declarations.report import problems_text

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The root .nodes names the folder: security.keystore. With it, each node joins with keys of its
own, and nobody without keys can see or command the robot (SROS 2). Needs 'ros2 security'.
Run it again when a node is new: what is there stays.

examples:
    nevil secure"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('--json', action='store_true', help='for programs')


def run(options: Namespace) -> int:
    """Make what is missing."""
    paths = find_paths(options.project, launched=False)
    result = load_project(paths.project, environ=os.environ, logs=paths.logs, keys=False)
    if result.plan is None:
        print(problems_text(result), file=sys.stderr)
        raise UserError(f'{paths.project.name} has errors in its files')
    keystore = result.plan.security.keystore
    if not keystore:
        raise UserError("no folder for the keys: write 'security: {keystore: keys}' into "
                        f'{paths.project / ".nodes"}')
    made = make_keys(result.plan)
    if options.json:
        print(json.dumps({'keystore': keystore, 'made': made}))
    elif made:
        print(f'made keys for {", ".join(made)} in {keystore}')
        print('keep it secret; the next start of the robot uses it')
    else:
        print(f'{keystore} has keys for all')
    return EXIT_OK

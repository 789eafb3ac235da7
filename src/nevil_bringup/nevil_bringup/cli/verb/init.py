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

"""Initialize new Nevil project."""

from __future__ import annotations

from argparse import ArgumentParser
from argparse import Namespace
import json
import os
from pathlib import Path
import shutil

from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.project import shares
from nevil_bringup.scaffold import create
from nevil_bringup.scaffold import ScaffoldError

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The project is a folder of that name here, with the three nodes of the reference robot to change.

examples:
    nevil init my_robot
    cd my_robot && ./nevil start"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('name', metavar='project', help='name of the project and its folder')
    parser.add_argument('--json', action='store_true', help='for programs')


def run(options: Namespace) -> int:
    """Write the project."""
    if options.project:
        raise UserError('init: --project names a project that exists; nevil init NAME creates one',
                        EXIT_USAGE)
    name = options.name
    try:
        files = create(name, Path.cwd(), launcher=_launcher())
    except ScaffoldError as error:
        raise UserError(str(error)) from None
    if options.json:
        folder = Path.cwd() / name
        print(json.dumps({'project': name, 'directory': str(folder),
                          'files': [str(file.relative_to(folder)) for file in files]}))
        return EXIT_OK
    print(f'Project {name} created: {len(files)} files.\nNext steps:\n  1. cd {name}\n'
          '  2. cp .env.example .env, and edit it where your nodes need keys\n'
          '  3. ./nevil start')
    return EXIT_OK


def _launcher() -> Path:
    """
    Return the program that runs Nevil in its environment, for the project's own script.

    :raises UserError: there is none
    """
    workspace = os.environ.get('NEVIL_ENVIRONMENT', '').partition(':')[0]
    found = [Path(workspace, 'scripts', 'nevil')] if workspace else []
    found += [share.parents[1] / 'bin' / 'nevil' for share in shares()]
    found += [Path(__file__).resolve().parents[5] / 'scripts' / 'nevil']
    found += [Path(on_path) for on_path in [shutil.which('nevil')] if on_path]
    for launcher in found:
        if os.access(launcher, os.X_OK):
            return launcher
    raise UserError('the nevil command is not installed; build nevil_bringup first')

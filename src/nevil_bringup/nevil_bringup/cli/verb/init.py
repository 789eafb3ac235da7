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
from importlib.util import find_spec
import json
import os
from pathlib import Path
import shlex
import shutil
import subprocess
import sys
import tempfile

from nevil_bringup.cli.options import add_json
from nevil_bringup.cli.verb.launch import launch_file
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import EXIT_USAGE
from nevil_bringup.errors import UserError
from nevil_bringup.from_launch import translate
from nevil_bringup.from_launch import Translation
from nevil_bringup.project import shares
from nevil_bringup.scaffold import create
from nevil_bringup.scaffold import ScaffoldError

__all__ = ['EPILOG', 'add_arguments', 'run']

EPILOG = """\
The project is a folder of that name, with the three nodes of the reference robot to change, with
none, or with nodes that start what a launch file starts.

examples:
    nevil init my_robot
    nevil init ~/robots/my_robot --empty
    nevil init my_robot --from-launch my_package robot.launch.py use_lidar:=true
    cd my_robot && ./nevil start"""


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the verb takes."""
    parser.add_argument('name', metavar='project',
                        help='name of the project, or path of its new folder')
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument('--empty', action='store_true', help='without nodes')
    kind.add_argument(
        '--from-launch', nargs='+', metavar='WORD',
        help='PACKAGE FILE, or PATH, of a launch file, and its arguments NAME:=VALUE')
    add_json(parser)


def run(options: Namespace) -> int:
    """Write the project."""
    if options.project:
        raise UserError('init: --project names a project that exists; nevil init NAME creates one',
                        EXIT_USAGE)
    if not options.name:
        raise UserError('the project needs a name: nevil init NAME')
    folder = Path.cwd() / Path(options.name).expanduser()
    found = _translated(options.from_launch) if options.from_launch else None
    try:
        files = create(folder.name, folder.parent, launcher=_launcher(),
                       nodes=found.files if found is not None else {} if options.empty else None)
    except ScaffoldError as error:
        raise UserError(str(error)) from None
    if options.json:
        print(json.dumps({'project': folder.name, 'directory': str(folder),
                          'files': [str(file.relative_to(folder)) for file in files],
                          'notes': found.notes if found is not None else []}))
        return EXIT_OK
    for note in found.notes if found is not None else ():
        print(f'note: {note}')
    node = './nevil node create NAME, and edit its files; then ' if options.empty else ''
    print(f'Project {folder.name} created: {len(files)} files.\nNext steps:\n'
          f'  1. cd {shlex.quote(options.name)}\n'
          '  2. cp .env.example .env, and edit it where your nodes need keys\n'
          f'  3. {node}./nevil start')
    return EXIT_OK


def _translated(words: list[str]) -> Translation:
    """
    Return the nodes that start what a launch file starts.

    :raises UserError: there is no such file, or launch cannot run it
    """
    if find_spec('ros2launch') is None:
        raise UserError('a launch file needs the launch packages of ROS 2, which are not here: '
                        'source the setup.bash of ROS 2')
    file, arguments = launch_file(Namespace(
        package=words[0], words=words[1:], launch_prefix=None, launch_prefix_filter=None))
    with tempfile.TemporaryDirectory(prefix='nevil-') as folder:
        output = Path(folder, 'recorded.json')
        done = subprocess.run(
            [sys.executable, '-m', 'nevil_bringup.launch.any.record', str(output),
             os.path.abspath(file), *arguments], stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode or not output.is_file():
            raise UserError(f'{file} cannot be converted; launch says:\n{done.stdout.strip()}')
        return translate(json.loads(output.read_text(encoding='utf-8')))


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

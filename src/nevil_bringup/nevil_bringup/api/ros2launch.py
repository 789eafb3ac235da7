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

"""Start a project through ``ros2 launch`` instead of directly: ``nevil start --launch``."""

from __future__ import annotations

from importlib.util import find_spec
import os
from pathlib import Path
import shutil
import subprocess
import sys
from typing import NoReturn

from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.project import shares
from nevil_nodes.own_program import SAFE

__all__ = ['become_launch', 'start_launch']

_MAIN = 'import sys; from ros2cli.cli import main; sys.exit(main())'


def start_launch(paths: ProjectPaths) -> subprocess.Popen[bytes]:
    """
    Launch a project in the background; what launch prints goes to ``launch.out`` of its state.

    :raises UserError: there is no launch here
    :raises OSError: no process or no file can be made
    """
    command = _command(paths, logscope=False)
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(paths.state / 'launch.out', 'wb') as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd='/',
            # The nodes' own words are in their logs and in launch's.
            env={**os.environ, 'OVERRIDE_LAUNCH_PROCESS_OUTPUT': 'log', **_absolute_roots()},
            start_new_session=True)


def become_launch(paths: ProjectPaths, *, logscope: bool | None) -> NoReturn:
    """
    Go on as ``ros2 launch`` in this terminal.

    :raises UserError: there is no launch here
    """
    command = _command(paths, logscope=logscope)
    sys.stdout.flush()
    os.execvp(command[0], command)


def _command(paths: ProjectPaths, *, logscope: bool | None) -> list[str]:
    file = next((share / 'launch' / 'nevil.launch.py' for share in shares()
                 if (share / 'launch' / 'nevil.launch.py').is_file()), None)
    if find_spec('ros2launch') is None or file is None:
        raise UserError('--launch needs the launch packages of ROS 2, which are not here: source '
                        'the setup.bash of ROS 2, or leave --launch away')
    ros2 = shutil.which('ros2')
    return [*([ros2] if ros2 else [sys.executable, *SAFE, '-c', _MAIN]), 'launch', str(file),
            f'project:={paths.project}',
            *([] if logscope is None else [f'logscope:={str(logscope).lower()}'])]


def _absolute_roots() -> dict[str, str]:
    """Return the variables of ``paths.py`` as they are to be read in another folder."""
    return {name: str(Path(os.environ[name]).absolute())
            for name in ('NEVIL_RUNTIME_DIR', 'NEVIL_STATE_DIR') if os.environ.get(name)}

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

"""Wall time of `nevil status` with 20 nodes up, beside Python's own start."""

from __future__ import annotations

from pathlib import Path
import shutil
from statistics import median
import subprocess
import sys
import tempfile

from robot import now
from robot import Robot
from robot import started
from robot import table

NODES = 20


def wall_ms(robot: Robot, *arguments: str) -> float:
    """Return the wall time of one Python process, ms."""
    begin = now()
    subprocess.run([sys.executable, *arguments], env=robot.environ, check=False,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (now() - begin) * 1000


def main() -> None:
    """Print the table; the argument is the number of runs (default 15)."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    nevil, project = ('-m', 'nevil_bringup'), '--project'
    folder = Path(tempfile.mkdtemp(prefix='nb-'))
    try:
        robot = Robot(NODES, folder, 82)
        where = (project, str(robot.project))
        commands = {
            'python -c pass': ('-c', 'pass'),
            'nevil status, not running': (*nevil, 'status', *where),
            f'nevil status, {NODES} nodes up': (*nevil, 'status', *where),
            f'nevil status --json, {NODES} nodes up': (*nevil, 'status', '--json', *where),
            'completing a node name': (*nevil, '__complete', 'nodes', str(robot.project)),
            'nevil logs -n 20': (*nevil, 'logs', '-n', '20', *where),
            'nevil validate': (*nevil, 'validate', *where),
        }
        idle = [wall_ms(robot, *commands['nevil status, not running']) for _ in range(runs)]
        with started(robot):
            times: dict[str, list[float]] = {name: [] for name in commands}
            for _ in range(runs):  # by turns, so that what else runs here meets all alike
                for name, command in commands.items():
                    times[name].append(wall_ms(robot, *command))
        times['nevil status, not running'] = idle
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    base = median(times['python -c pass'])
    table(f'Command line, wall time in ms (medians of {runs})',
          ['command', 'ms', 'fastest', 'over Python alone'],
          [[name, f'{median(each):.0f}', f'{min(each):.0f}', f'{median(each) - base:.0f}']
           for name, each in times.items()])


if __name__ == '__main__':
    main()

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

"""The cost of monitoring: CPU of health node and supervisor with 20, 50 and 200 nodes."""

from __future__ import annotations

import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
import tempfile
import time

from robot import table

# Discovery grows with the square of the number of processes (a hundred keep two cores busy for
# minutes) and is not what is measured, so the other nodes share one process. An additional process
# costs the health node about 0.1 ms each health_check_interval.
_MAX_PROCESSES = 20
_START_MAX_S = 320.0
_SETTLED_S = 20.0
_MEASURED_S = 30.0
_AIMS = {20: 3.0, 50: 6.0, 200: 15.0}
_NODE = """\
from nevil_framework.base_node import NevilNode


class {cls}(NevilNode):
    def __init__(self):
        super().__init__('{name}')

    def main_loop(self):
        self.shutdown_event.wait(1.0)
"""


def _write(project: Path, count: int) -> None:
    """Write a project of idle nodes, which beat once a second each."""
    project.mkdir()
    (project / '.nodes').write_text(
        'version: "3.0"\nlaunch: {parallel_launch: true, ready_timeout: 300.0}\n')
    for index in range(count):
        name = f'idle{index:03d}'
        folder = project / 'nodes' / name
        folder.mkdir(parents=True)
        (folder / f'{name}_node.py').write_text(
            _NODE.format(name=name, cls=f'Idle{index:03d}Node'))
        shared = 'false' if index >= _MAX_PROCESSES else 'true'
        (folder / '.nodes').write_text(
            f'node_name: {name}\n'
            f'runtime: {{isolated_process: {shared}, startup_timeout: 300.0}}\n')


def _cpu_s(pid: int) -> float:
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def _measure(count: int, domain: int) -> tuple[float, float, float, float]:
    """Return percent of a core and resident MB of the health node, then of the supervisor."""
    folder = Path(tempfile.mkdtemp(prefix='nm-'))
    environ = {**os.environ, 'ROS_DOMAIN_ID': str(domain),
               'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
               'NEVIL_RUNTIME_DIR': str(folder / 'run'),
               'NEVIL_STATE_DIR': str(folder / 'state')}
    _write(folder / 'idle', count)

    def nevil(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, '-m', 'nevil_bringup', *arguments, '--project', folder / 'idle'],
            env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            timeout=_START_MAX_S)
    try:
        started = nevil('start')
        if started.returncode:
            raise RuntimeError(started.stdout)
        status = json.loads(nevil('status', '--json').stdout)
        pids = [status['health_pid'], status['pid']]
        time.sleep(_SETTLED_S)
        before, at = [_cpu_s(pid) for pid in pids], time.monotonic()
        time.sleep(_MEASURED_S)
        took_s = time.monotonic() - at
        health, own = (100 * (_cpu_s(pid) - cpu_s) / took_s
                       for pid, cpu_s in zip(pids, before, strict=True))
        health_mb, own_mb = (
            int(Path(f'/proc/{pid}/statm').read_text().split()[1])
            * os.sysconf('SC_PAGE_SIZE') / 2**20 for pid in pids)
        return health, health_mb, own, own_mb
    finally:
        nevil('stop')
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Print the table; the arguments are numbers of nodes."""
    rows = []
    for turn, count in enumerate([int(word) for word in sys.argv[1:]] or list(_AIMS)):
        health, health_mb, own, own_mb = _measure(count, 90 + turn)
        rows.append([str(count), f'{health:.1f}', f'{_AIMS.get(count, 0.0) or ""}',
                     f'{health_mb:.0f}', f'{own:.1f}', f'{own_mb:.0f}'])
    table('Watching nodes that beat once a second, % of a core and MB resident',
          ['nodes', 'health node, %', 'aim', 'MB', 'supervisor, %', 'MB'], rows)


if __name__ == '__main__':
    main()

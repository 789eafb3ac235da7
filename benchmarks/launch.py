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
``nevil launch`` beside ``ros2 launch``: until all is up, launch's own CPU and memory, its stop.

Alternating in one run. It needs the launch packages of ROS 2.
"""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from robot import table

_PROCESSES = 20
_RUNS = 5
_SETTLED_S = 4.0
_MB = 1024.0
_FILE = """\
from launch import LaunchDescription
from launch.actions import ExecuteProcess
from launch_ros.actions import Node


def generate_launch_description():
    line = 'date +%s.%N >> {up}; exec sleep 600'
    return LaunchDescription([
        *[ExecuteProcess(cmd=['sh', '-c', line]) for _ in range({half})],
        *[Node(executable='/bin/sh', arguments=['-c', line], name=f'node{{number}}')
          for number in range({half})]])
"""
_COMMANDS = {
    'ros2 launch': ['-c', 'import sys; from ros2cli.cli import main; sys.exit(main())', 'launch'],
    'nevil launch': ['-m', 'nevil_bringup', 'launch']}


def _cpu_s(pid: int) -> float:
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def _pss_mb(pid: int) -> float:
    for line in Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines():
        if line.startswith('Pss:'):
            return int(line.split()[1]) / _MB
    return 0.0


def _run(command: list[str], folder: Path) -> tuple[float, float, float, float]:
    """Return s until all is up, s of launch's CPU, its PSS in MB, s of its stop."""
    up, file = folder / 'up', folder / 'all.launch.py'
    up.write_text('')
    file.write_text(_FILE.format(up=up, half=_PROCESSES // 2))
    environ = {**os.environ, 'ROS_LOG_DIR': str(folder / 'log'), 'ROS_DOMAIN_ID': '98',
               'NEVIL_STATE_DIR': str(folder / 'state'), 'NEVIL_RUNTIME_DIR': str(folder / 'run')}
    began = time.time()
    process = subprocess.Popen(
        [sys.executable, *command, str(file)], env=environ, cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.time() + 60.0
    while len(up.read_text().splitlines()) < _PROCESSES and time.time() < deadline:
        time.sleep(0.02)
    until_s = max(map(float, up.read_text().split())) - began
    time.sleep(_SETTLED_S)
    cpu_s, pss_mb = _cpu_s(process.pid), _pss_mb(process.pid)
    asked = time.time()
    process.send_signal(signal.SIGINT)
    process.wait(60)
    return until_s, cpu_s, pss_mb, time.time() - asked


def main() -> None:
    """Measure and print."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored: a shell's job
    folder = Path(tempfile.mkdtemp(prefix='nl-'))
    found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in _COMMANDS}
    try:
        for _ in range(_RUNS):
            for name, command in _COMMANDS.items():
                found[name].append(_run(command, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    medians = {name: [statistics.median(column) for column in zip(*runs)]
               for name, runs in found.items()}
    stock, ours = medians['ros2 launch'], medians['nevil launch']
    rows = [[name, *(f'{value:.2f}' for value in values)] for name, values in medians.items()]
    rows.append(['nevil launch, share', *(f'{one / other:.2f}'
                                          for one, other in zip(ours, stock))])
    table(f'A launch file with {_PROCESSES} processes (medians of {_RUNS})',
          ['', 'all up, s', "launch's CPU, s", "launch's PSS, MB", 'stop, s'], rows)


if __name__ == '__main__':
    main()

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

"""Memory of 20 nodes (PSS, so that shared pages count once): Nevil against executed ones."""

from __future__ import annotations

import json
from pathlib import Path

from robot import executed
from robot import Robot
from robot import robot_of
from robot import started
from robot import table
from robot import wait_until

_NODES = 20


def pss_mb(pids: list[int]) -> float:
    """Return the sum of the proportional set sizes, MB."""
    total = 0
    for pid in pids:
        for line in Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines():
            if line.startswith('Pss:'):
                total += int(line.split()[1])
    return total / 1024


def _own(robot: Robot) -> list[int]:
    status = json.loads(robot.nevil('status', '--json').stdout)
    return [status[key] for key in ('pid', 'spawner_pid', 'capture_pid', 'health_pid')]


def main() -> None:
    """Print the table."""
    with robot_of(_NODES, 98) as (robot, observer), started(robot):
        wait_until(observer, robot.names)
        nodes, own = pss_mb(list(robot.pids().values())), pss_mb(_own(robot))
    with robot_of(_NODES, 99) as (robot, observer), executed(robot) as processes:
        wait_until(observer, robot.names)
        plain = pss_mb([process.pid for process in processes.values()])
    table(f'Memory of {_NODES} nodes, MB PSS', ['', 'nodes', 'Nevil itself', 'together'], [
        ['nevil', f'{nodes:.0f}', f'{own:.0f}', f'{nodes + own:.0f}'],
        ['executed one by one', f'{plain:.0f}', '0', f'{plain:.0f}'],
        ['share', f'{nodes / plain:.2f}', '', f'{(nodes + own) / plain:.2f}']])


if __name__ == '__main__':
    main()

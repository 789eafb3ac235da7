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
SIGKILL of a node until its successor's first message: Nevil, a plain respawn loop, ros2 launch.

A kill every few seconds, as failures of a robot come: Nevil's standby is made again meanwhile.
"""

from __future__ import annotations

import os
import signal
from statistics import median
import subprocess
import sys
import time

from robot import executed
from robot import LAUNCH
from robot import launched
from robot import Observer
from robot import Robot
from robot import robot_of
from robot import started
from robot import table
from robot import wait_until

_NODES = 5
_PAUSE_S = 2.0


def _successor(observer: Observer, name: str, killed_at: int) -> tuple[float, float]:
    """Return ms from the kill until the successor sent, and until that was received."""
    return _successor_of(observer, name, killed_at)[1:]


def _successor_of(observer: Observer, name: str, killed_at: int) -> tuple[int, float, float]:
    """Return its pid too."""
    while True:
        heard_name, pid, first, heard = observer.next()
        if heard_name == name and first > killed_at:
            return pid, (first - killed_at) / 1e6, (heard - killed_at) / 1e6


def with_nevil(robot: Robot, observer: Observer, kills: int) -> list[tuple[float, float]]:
    """Kill nodes in turn under Nevil."""
    results = []
    with started(robot):
        wait_until(observer, robot.names)
        for turn in range(kills):
            time.sleep(_PAUSE_S)
            name = robot.names[turn % _NODES]
            pid = robot.pids()[name]
            killed_at = time.monotonic_ns()
            os.kill(pid, signal.SIGKILL)
            results.append(_successor(observer, name, killed_at))
    return results


def with_launch(robot: Robot, observer: Observer, kills: int) -> list[tuple[float, float]]:
    """Kill nodes in turn under ros2 launch."""
    results: list[tuple[float, float]] = []
    pids: dict[str, int] = {}
    with launched(robot):
        while len(pids) < _NODES:
            name, pid, _, _ = observer.next()
            pids[name] = pid
        for turn in range(kills):
            time.sleep(_PAUSE_S)
            name = robot.names[turn % _NODES]
            killed_at = time.monotonic_ns()
            os.kill(pids[name], signal.SIGKILL)
            pids[name], *times = _successor_of(observer, name, killed_at)
            results.append((times[0], times[1]))
    return results


def with_loop(robot: Robot, observer: Observer, kills: int) -> list[tuple[float, float]]:
    """Kill nodes in turn under a loop that executes the command line again at once."""
    results = []
    with executed(robot) as nodes:
        wait_until(observer, robot.names)
        for turn in range(kills):
            time.sleep(_PAUSE_S)
            name = robot.names[turn % _NODES]
            killed_at = time.monotonic_ns()
            nodes[name].kill()
            nodes[name].wait()
            nodes[name] = subprocess.Popen(
                robot.command_line(name), env=robot.environ, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            results.append(_successor(observer, name, killed_at))
    return results


def main() -> None:
    """Print the table; the argument is the number of kills (default 10)."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with robot_of(_NODES, 96) as (robot, observer):
        nevil = with_nevil(robot, observer, kills)
    with robot_of(_NODES, 97) as (robot, observer):
        loop = with_loop(robot, observer, kills)
    rows, medians = [], []
    found = [('nevil, restart_delay 0', nevil), ('plain respawn loop', loop)]
    if LAUNCH:
        with robot_of(_NODES, 98) as (robot, observer):
            found.append(('ros2 launch, respawn', with_launch(robot, observer, kills)))
    for title, results in found:
        sent, heard = ([result[place] for result in results] for place in (0, 1))
        medians.append((median(sent), median(heard)))
        rows.append([title, f'{median(sent):.0f}', f'{max(sent):.0f}', f'{median(heard):.0f}',
                     f'{max(heard):.0f}'])
    for (title, _), (sent_ms, heard_ms) in list(zip(found, medians))[1:]:
        rows.append([f'times faster than {title}', f'{sent_ms / medians[0][0]:.1f}', '',
                     f'{heard_ms / medians[0][1]:.1f}', ''])
    table(f'SIGKILL until the first message of the successor, ms (n = {kills}, {_NODES} nodes)',
          ['', 'sent, median', 'worst', 'received, median', 'worst'], rows)


if __name__ == '__main__':
    main()

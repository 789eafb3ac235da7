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
Each part of Nevil is stopped and killed: at its start, while the robot runs, and at its stop.

Each time it is noticed, the part goes on or is replaced, no node is restarted that has not ended
with it, and the robot ends in order. ``-rP`` shows after how long it was noticed; the table in
docs/architecture.md has these figures.
"""

from __future__ import annotations

from collections.abc import Callable
import os
import signal
import time
from typing import Any

from nevil_bringup.spawner.procfs import cookie
import pytest
from quality.processes import alive
from quality.processes import is_stopped
from quality.waiting import wait_for
from robot import ENDS_LATE
from robot import Robot
from robot import stop

_NODES = ('camera', 'lidar')
# What the status calls its process.
_PARTS = {'supervisor': 'pid', 'spawner': 'spawner_pid', 'capture': 'capture_pid',
          'health': 'health_pid'}
# What is said of one that hangs at its start; of a supervisor, `nevil start` says it.
_SAID = {'supervisor': '', 'spawner': 'the spawner was stopped (SIGSTOP), continuing it',
         'capture': 'capture does not answer (state T), replacing it',
         'health': 'the health node was stopped (SIGSTOP) while it starts, continuing it'}

Noticed = Callable[[Callable[[], Any]], None]


@pytest.fixture
def noticed(request: pytest.FixtureRequest) -> Noticed:
    """Return what waits until a fault is noticed, and prints after how long it was."""
    def wait(condition: Callable[[], Any]) -> None:
        began = time.monotonic()
        wait_for(condition)
        print(f'{request.node.name}: noticed after {time.monotonic() - began:.2f} s')
    return wait


@pytest.fixture(params=_PARTS)
def part(request: pytest.FixtureRequest) -> str:
    """Return the name of a part."""
    return str(request.param)


def _declare(robot: Robot, *, orders: tuple[str, ...] = ()) -> None:
    runtime = 'runtime: {restart_policy: on_failure, restart_delay: 0.0, shutdown_timeout: 30}\n'
    robot.node('camera', runtime, orders=orders)
    robot.node('lidar', f'{runtime}dependencies: {{requires: [camera]}}\n')


def _find(robot: Robot, part: str) -> int:
    """Return the process of a part, 0 where it is not there yet."""
    for pid in robot.processes():
        try:
            with open(f'/proc/{pid}/cmdline', 'rb') as file:
                command = file.read().decode().split('\0')
        except OSError:
            continue
        mark = cookie(pid)
        if mark is not None and mark.unit:
            found = 'health' if mark.unit == 'nevil_health' else ''
        else:
            found = next((word[14:] for word in command if word.startswith('nevil_bringup.')), '')
        if found == part:
            return pid
    return 0


def _whole(robot: Robot) -> dict[str, Any]:
    """Wait until all parts work and all nodes are ready and heard; return the status."""
    def whole() -> dict[str, Any]:
        status = robot.status()
        works = all(status.get(key) and alive(status[key]) for key in _PARTS.values()) and all(
            node['state'] == 'ready' and node['heartbeat_age_s'] is not None
            and node['heartbeat_age_s'] < 3.0 for node in status['nodes'])
        return status if works else {}
    found: dict[str, Any] = wait_for(whole, what=robot.all_logs)
    return found


def _lives(status: dict[str, Any]) -> list[tuple[int, int, int]]:
    """Return what changes when a node is restarted."""
    return [(node['pid'], node['generation'], node['restarts']) for node in status['nodes']]


def _check_end(robot: Robot) -> None:
    """Stop the robot: in order, each node cleaning up, and nothing is left."""
    for name in _NODES:
        (robot.project / f'cleaned-{name}').unlink(missing_ok=True)
    stopped = robot.nevil('stop')
    assert stopped.returncode == 0, stopped.stdout + robot.all_logs()
    assert not robot.processes()
    assert all((robot.project / f'cleaned-{name}').exists() for name in _NODES)


def test_a_part_that_hangs(robot: Robot, part: str, noticed: Noticed) -> None:
    """It goes on or is replaced; no node knows."""
    _declare(robot)
    robot.start()
    before = _whole(robot)
    pid = before[_PARTS[part]]
    stop(pid)
    noticed(lambda: not is_stopped(pid))
    replaced = {part} & {'capture', 'health'}
    if replaced:
        wait_for(lambda: not alive(pid))
    after = _whole(robot)
    assert _lives(after) == _lives(before)
    assert {name for name, key in _PARTS.items() if after[key] != before[key]} == replaced
    _check_end(robot)


def test_a_part_that_dies(robot: Robot, part: str, noticed: Noticed) -> None:
    """It is replaced; with the spawner its nodes end once, with the supervisor all do."""
    _declare(robot)
    robot.start()
    before = _whole(robot)
    pid = before[_PARTS[part]]
    os.kill(pid, signal.SIGKILL)
    if part == 'supervisor':
        noticed(lambda: not robot.processes())
        robot.start()
    else:
        noticed(lambda: _find(robot, part) not in (0, pid))
    after = _whole(robot)
    if part == 'spawner':
        assert [life[1:] for life in _lives(after)] == [(2, 1), (2, 1)]
    elif part != 'supervisor':
        assert _lives(after) == _lives(before)
    _check_end(robot)


def test_a_part_that_hangs_at_its_start(robot: Robot, part: str, noticed: Noticed) -> None:
    """The start takes longer, and that is all."""
    _declare(robot)
    start = robot.begin('start')
    pid = wait_for(lambda: _find(robot, part))
    stop(pid)
    noticed(lambda: not is_stopped(pid))
    wait_for(lambda: _SAID[part] in robot.log())
    _check_start(robot, start)


def _check_start(robot: Robot, start: Any) -> None:
    said, _ = start.communicate(timeout=90)
    assert start.returncode == 0, said + robot.all_logs()
    assert [life[1:] for life in _lives(_whole(robot))] == [(1, 0), (1, 0)]
    _check_end(robot)


def test_a_part_that_dies_at_its_start(robot: Robot, part: str, noticed: Noticed) -> None:
    """Another one is started, three times if need be; without a supervisor the start fails."""
    _declare(robot)
    start = robot.begin('start')
    pid = 0
    for _ in range(1 if part == 'supervisor' else 3):
        before = pid
        pid = wait_for(lambda: (found := _find(robot, part)) != before and found)
        os.kill(pid, signal.SIGKILL)
    if part == 'supervisor':
        noticed(lambda: start.poll() is not None)
        said, _ = start.communicate()
        assert start.returncode == 1, said
        assert 'supervisor' in said
        wait_for(lambda: not robot.processes())
        start = robot.begin('start')
    else:
        noticed(lambda: _find(robot, part) not in (0, pid))
    _check_start(robot, start)


def test_a_part_that_hangs_at_the_stop(robot: Robot, part: str, noticed: Noticed) -> None:
    """The robot ends in order all the same."""
    pid, ending = _begin_stop(robot, part)
    stop(pid)
    (robot.project / 'end').touch()
    noticed(lambda: not is_stopped(pid))
    _check_stop(robot, ending)


def test_a_part_that_dies_at_the_stop(robot: Robot, part: str, noticed: Noticed) -> None:
    """The robot ends all the same: in order, unless what was to order it is dead."""
    pid, ending = _begin_stop(robot, part)
    os.kill(pid, signal.SIGKILL)
    (robot.project / 'end').touch()
    noticed(lambda: not robot.processes())
    _check_stop(robot, ending, in_order=part in ('capture', 'health'))


def _begin_stop(robot: Robot, part: str) -> tuple[int, Any]:
    """Return the process of a part, and the command that stops its robot at this moment."""
    _declare(robot, orders=ENDS_LATE)
    robot.start()
    pid = _whole(robot)[_PARTS[part]]
    ending = robot.begin('stop')
    wait_for((robot.project / 'ending').exists)
    return pid, ending


def _check_stop(robot: Robot, ending: Any, *, in_order: bool = True) -> None:
    said, _ = ending.communicate(timeout=90)
    assert ending.returncode in (0, 4), said + robot.all_logs()  # 4: it was asked while it hung
    wait_for(lambda: not robot.processes())
    assert (robot.project / 'cleaned-lidar').exists()
    assert (robot.project / 'cleaned-camera').exists() or not in_order

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

"""A node in C that knows nothing of Nevil: what it suffers is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import signal
import subprocess

from plain_node import build_plain_node
from plain_node import PACKAGE
import pytest
from quality.waiting import wait_for
from robot import Robot

CREATION = f'creation: {{package: {PACKAGE}, executable: plain}}\n'


@pytest.fixture(scope='session')
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it."""
    return build_plain_node(tmp_path_factory.mktemp('plain'))


def executable(robot: Robot, prefix: Path, name: str, probes: str) -> None:
    """Add a node that is this program."""
    robot.environ['AMENT_PREFIX_PATH'] = f'{prefix}:{os.environ["AMENT_PREFIX_PATH"]}'
    folder = robot.project / 'nodes' / name
    folder.mkdir(parents=True)
    (folder / '.nodes').write_text(CREATION + 'runtime: {restart_delay: 0.1}\n' + probes)


def test_a_node_in_c_is_restarted_for_what_its_probes_see(robot: Robot, prefix: Path) -> None:
    """A deadlock, a topic that stalls, a stopped process; its neighbours are left alone."""
    executable(robot, prefix, 'answers', 'liveness: {parameters: true, period: 1}\n')
    executable(robot, prefix, 'ticks', 'readiness: {topic: {name: ~/ticks}}\n'
               'liveness: {topic: {name: ~/ticks, min_hz: 5}, period: 1}\n')
    executable(robot, prefix, 'stopped', 'readiness: {log: node is up}\n'
               'liveness: {parameters: true, period: 1}\n')
    executable(robot, prefix, 'bystander', 'liveness: {topic: {name: ~/ticks, max_age: 2}}\n')
    robot.start()
    faults = {'answers': signal.SIGUSR1, 'ticks': signal.SIGUSR2, 'stopped': signal.SIGSTOP}
    for name, fault in faults.items():
        os.kill(robot.of(name)['pid'], fault)
    for name in faults:
        robot.wait_restarted(name, 1)
    log = robot.log()
    assert 'answers: ready -> unhealthy: liveness probe failed: parameters: no answer' in log
    assert 'ticks: ready -> unhealthy: liveness probe failed: topic /ticks/ticks: ' in log
    assert 'stopped: ready -> unhealthy: liveness probe failed: parameters: no answer' in log
    assert robot.of('bystander')['generation'] == 1
    assert robot.of('bystander')['health'] == 'healthy'


@pytest.fixture
def busy() -> Iterator[None]:
    """Keep both cores busy."""
    loops = [subprocess.Popen(['/bin/sh', '-c', 'while :; do :; done']) for _ in range(2)]
    try:
        yield
    finally:
        for process in loops:
            process.kill()
            process.wait()


def test_what_is_well_is_left_alone_on_a_busy_machine(
        robot: Robot, prefix: Path, busy: None) -> None:
    """Nodes are probed some ten times each, and nobody is blamed for the load."""
    for number in range(4):
        executable(robot, prefix, f'node_{number}', 'liveness: {parameters: true, period: 1}\n')
    executable(robot, prefix, 'ticks',
               'liveness: {topic: {name: ~/ticks, min_hz: 5}, period: 2}\n')
    robot.start()
    wait_for(lambda: robot.of('ticks')['uptime_s'] > 10, timeout_s=120)
    assert 'liveness' not in robot.log()
    assert [node['generation'] for node in robot.status()['nodes']] == [1] * 5

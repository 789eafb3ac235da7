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

"""Whatever dies, nothing of the run is left, and the next start works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from quality.processes import alive
from quality.waiting import wait_for
from robot import LEAVES_CHILD
from robot import Robot


@pytest.mark.parametrize('number', [
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_nothing_outlives_the_supervisor(robot: Robot, number: signal.Signals) -> None:
    """TERM, INT and HUP end in order; after KILL the spawner ends what it owns."""
    robot.node('camera', orders=LEAVES_CHILD)
    robot.node('lidar', 'dependencies: {requires: [camera]}\n')
    robot.start()
    os.kill(robot.status()['pid'], number)
    wait_for(lambda: not robot.processes(), 15)
    if number != signal.SIGKILL:
        assert (robot.project / 'cleaned-camera').exists()
    robot.start()
    assert robot.of('lidar')['state'] == 'ready'


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGKILL])
def test_dead_spawner_is_replaced(robot: Robot, number: signal.Signals) -> None:
    """Its nodes die with it; a new spawner starts them again by their policies."""
    robot.node('camera', 'runtime: {restart_policy: on_failure, restart_delay: 0.0}\n',
               orders=LEAVES_CHILD)
    robot.start()
    before = robot.of('camera')
    sleeper = int((robot.project / 'sleeper').read_text())
    os.kill(robot.status()['spawner_pid'], number)
    after = robot.wait_restarted('camera', before['generation'])
    assert not alive(before['pid'])
    wait_for(lambda: not alive(sleeper), 5)
    assert after['pid'] != before['pid']


def test_dead_health_node_touches_no_node(robot: Robot) -> None:
    """It is started again, attaches, and the robot never noticed."""
    robot.node('camera')
    robot.start()
    node, before = robot.of('camera'), robot.status()['health_pid']
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: robot.status()['health_pid'] not in (None, before))
    assert robot.of('camera')['pid'] == node['pid']
    os.kill(node['pid'], signal.SIGKILL)
    robot.wait_restarted('camera', node['generation'])


def test_hung_health_node_is_replaced_and_touches_no_node(robot: Robot) -> None:
    """It hears nobody, so neither hung nodes nor ready ones would be noticed any more."""
    robot.node('camera')
    robot.start()
    node, before = robot.of('camera'), robot.status()['health_pid']
    os.kill(before, signal.SIGSTOP)
    wait_for(lambda: robot.status()['health_pid'] not in (None, before))
    os.kill(node['pid'], signal.SIGKILL)
    robot.wait_restarted('camera', node['generation'])
    assert robot.of('camera')['restarts'] == 1


def test_without_a_health_node_no_start_takes_too_long(robot: Robot) -> None:
    """Its absence is not the nodes' fault: they run, unheard, and status says why."""
    robot.environ |= {'ROS_SECURITY_ENABLE': 'true', 'ROS_SECURITY_STRATEGY': 'Enforce'}
    robot.node('camera', 'runtime: {startup_timeout: 1}\n'
               'environment: {ROS_SECURITY_ENABLE: "false"}\n')
    robot.nevil('start', '--no-wait')
    wait_for(lambda: (robot.of('camera').get('uptime_s') or 0) > 2)
    node = robot.of('camera')
    assert (node['state'], node['generation']) == ('starting', 1)
    assert node['reason'] == 'there is no health node to detect that it is ready'


def test_a_health_node_that_cannot_start_is_told_with_its_own_words(robot: Robot) -> None:
    """Nobody is heard without it: what it said last leads to the cause."""
    robot.environ |= {'ROS_STATIC_PEERS': 'no-such-host.invalid'}
    robot.node('camera', 'environment: {ROS_STATIC_PEERS: ""}\n')
    robot.nevil('start', '--no-wait')
    words = 'nable to resolve peer no-such-host.invalid'
    wait_for(lambda: words in next((line for line in robot.nevil('why').stdout.splitlines()
                                    if 'no health node' in line), ''))
    printed = robot.nevil('start', '--timeout', '0.5').stdout
    assert 'there is no health node to detect that it is ready' in printed
    assert [line for line in printed.splitlines()
            if line.startswith('  nevil_health: ') and words in line]


def test_dead_capture_costs_no_node_and_no_line(robot: Robot) -> None:
    """Writers neither die nor lose what they print while nobody reads."""
    robot.node('camera', orders=(
        'import threading',
        'threading.Thread(target=lambda: [print("line", n, flush=True)'
        ' or self.shutdown_event.wait(0.002) for n in range(1000)], daemon=True).start()'))
    robot.start()
    before = robot.status()['capture_pid']
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: robot.status()['capture_pid'] not in (None, before))
    log = robot.project / 'logs' / 'camera.log'
    wait_for(lambda: 'line 999\n' in log.read_text())
    text = log.read_text()
    assert [n for n in range(1000) if f'line {n}\n' not in text] == []
    assert robot.of('camera')['restarts'] == 0


def test_next_start_ends_what_two_deaths_left(robot: Robot) -> None:
    """Supervisor and spawner killed together: a node's escaped child waits for the next start."""
    robot.node('camera', orders=LEAVES_CHILD)
    robot.start()
    sleeper = robot.leave_child()
    robot.start()
    assert not alive(sleeper)


def firing(robot: Robot) -> list[str]:
    """Return the alerts that were told, but for those of a busy machine."""
    return [line.partition('alert firing: ')[2] for line in robot.log().splitlines()
            if 'alert firing: ' in line and 'CPU' not in line]


def test_nodes_that_are_killed_at_once_are_one_alert(robot: Robot) -> None:
    """An operator reads one message with the number, not one for each."""
    for number in range(5):
        robot.node(f'node_{number}', 'runtime: {restart_policy: on_failure, restart_delay: 0.0}\n')
    robot.start()
    for node in robot.status()['nodes']:
        os.kill(node['pid'], signal.SIGKILL)
    wait_for(lambda: '4 other nodes at the same time' in robot.log())
    for number in range(5):
        robot.wait_restarted(f'node_{number}', 1)
    assert len(firing(robot)) == 1, robot.log()


def test_end_of_the_spawner_is_one_alert(robot: Robot) -> None:
    """It is the root of the ends of all nodes, and of the health node's."""
    for name in ('camera', 'lidar', 'planner'):
        robot.node(name, 'runtime: {restart_policy: on_failure, restart_delay: 0.0}\n')
    robot.start()
    os.kill(robot.status()['spawner_pid'], signal.SIGKILL)
    for name in ('camera', 'lidar', 'planner'):
        robot.wait_restarted(name, 1)
    told = firing(robot)
    assert len(told) == 1 and told[0].endswith(
        'the spawner ended (status -9), 3 processes with it'), robot.log()


def test_two_starts_at_once_give_one_robot(robot: Robot) -> None:
    """One wins, the other says so; there is one supervisor."""
    robot.node('camera')
    command = [sys.executable, '-m', 'nevil_bringup', 'start', '--project', str(robot.project)]
    starts = [subprocess.Popen(command, env=robot.environ, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT) for _ in range(2)]
    outputs = [start.communicate(timeout=60)[0] for start in starts]
    assert sum('already' in output for output in outputs) == 1, outputs
    assert robot.of('camera')['generation'] == 1


def test_node_that_ignores_every_polite_signal_is_killed(robot: Robot) -> None:
    """The stop escalation ends in SIGKILL after the node's own timeouts."""
    robot.node('deaf', 'runtime: {shutdown_timeout: 0.5}\n', orders=(
        'signal.signal(signal.SIGINT, signal.SIG_IGN)',
        'signal.signal(signal.SIGTERM, signal.SIG_IGN)'))
    robot.start()
    pid = robot.of('deaf')['pid']
    assert robot.nevil('stop').returncode == 0
    assert not alive(pid)

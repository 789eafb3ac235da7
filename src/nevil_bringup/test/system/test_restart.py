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

"""Real processes end in every way; the policy answers, once."""

from __future__ import annotations

import os
import signal

import pytest
from quality.processes import alive
from quality.waiting import wait_for
from robot import Robot

_FAST = 'restart_delay: 0.0, max_restarts: 3'


def test_killed_node_comes_back_once(robot: Robot) -> None:
    """SIGKILL is a failure under the default policy: one restart, another pid, ready again."""
    robot.node('camera', f'runtime: {{{_FAST}}}\n')
    robot.node('lidar')
    robot.start()
    before, bystander = robot.of('camera'), robot.of('lidar')
    os.kill(before['pid'], signal.SIGKILL)
    after = robot.wait_restarted('camera', before['generation'])
    assert after['pid'] != before['pid']
    assert (after['generation'], after['restarts']) == (before['generation'] + 1, 1)
    assert robot.of('lidar')['pid'] == bystander['pid']
    assert 'killed by SIGKILL' in robot.log()


@pytest.mark.parametrize(('policy', 'code', 'state'), [
    ('on_failure', 0, 'completed'), ('on_failure', 1, 'failed'), ('always', 0, 'failed'),
    ('never', 0, 'completed'), ('never', 1, 'failed'), ('unless_stopped', 1, 'failed'),
])
def test_exit_is_answered_by_policy(robot: Robot, policy: str, code: int, state: str) -> None:
    """A node that ends at once with 0 or 1: who restarts it spends the budget, then it is over."""
    robot.node('worker', f'runtime: {{restart_policy: {policy}, {_FAST}}}\n',
               orders=(f'os._exit({code})',))
    robot.nevil('start', '--no-wait')
    node = robot.wait_state('worker', state)
    restarts = 3 if state == 'failed' and policy != 'never' else 0
    assert (node['restarts'], node['generation']) == (restarts, restarts + 1)


def test_crash_loop_is_given_up_and_start_says_why(robot: Robot) -> None:
    """`nevil start` ends with status 1 and the reason; `nevil status` says degraded."""
    robot.node('worker', f'runtime: {{{_FAST}}}\n', orders=('sys.exit(3)',))
    result = robot.nevil('start')
    assert result.returncode == 1
    assert 'worker' in result.stdout
    assert 'exit' in result.stdout and '3' in result.stdout
    assert robot.nevil('status').returncode == 1


def test_stop_by_the_operator_outlives_the_supervisor(robot: Robot) -> None:
    """Under unless_stopped a stopped node stays stopped after a new start, until it is started."""
    robot.node('camera', 'runtime: {restart_policy: unless_stopped}\n')
    robot.node('lidar')
    robot.start()
    assert robot.nevil('node', 'stop', 'camera').returncode == 0
    robot.wait_state('camera', 'stopped')
    assert robot.nevil('stop').returncode == 0
    robot.nevil('start')
    robot.wait_state('lidar', 'ready')
    assert robot.of('camera')['state'] == 'stopped'
    assert robot.nevil('node', 'start', 'camera').returncode == 0
    robot.wait_state('camera', 'ready')


def test_operators_restart_is_a_fresh_process_and_not_charged(robot: Robot) -> None:
    """`nevil node restart`: another generation, no restart counted against the budget."""
    robot.node('camera')
    robot.start()
    before = robot.of('camera')
    assert robot.nevil('node', 'restart', 'camera').returncode == 0
    after = robot.wait_restarted('camera', before['generation'])
    assert after['pid'] != before['pid']
    assert after['restarts'] == 0


def test_what_a_dead_node_left_behind_is_ended(robot: Robot) -> None:
    """A double-forked child in a session of its own does not outlive its node."""
    robot.node('parent', 'runtime: {restart_policy: never}\n', orders=(
        'subprocess.Popen(["sh", "-c", "setsid sleep 300 & echo $! > sleeper"]).wait()',))
    robot.start()
    sleeper = int(wait_for(lambda: (robot.project / 'sleeper').exists()
                           and (robot.project / 'sleeper').read_text().strip()))
    assert alive(sleeper)
    os.kill(robot.of('parent')['pid'], signal.SIGKILL)
    wait_for(lambda: not alive(sleeper), 5)
    robot.wait_state('parent', 'failed')

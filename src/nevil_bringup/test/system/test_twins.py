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


"""A node that somebody else starts again behind Nevil's back does not run twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
import signal
import subprocess
import sys

from quality.ros import DDS
from quality.waiting import wait_for
from robot import Robot

_RUNTIME = 'runtime: {restart_policy: always, restart_delay: 0.0}\n'


@contextmanager
def by_hand(robot: Robot) -> Iterator[subprocess.Popen[bytes]]:
    """Execute the camera as ``nevil validate --plan`` shows it."""
    process = subprocess.Popen(
        [sys.executable, '-m', 'nevil_nodes.run', '--project', str(robot.project),
         '--node', 'camera'], env={**robot.environ, **DDS}, cwd=robot.project,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_of_two_the_one_that_nevil_has_started_runs(robot: Robot) -> None:
    """Killed and started again by hand, while Nevil has done the same: told which, and why."""
    robot.node('camera', _RUNTIME)
    robot.start()
    before = robot.of('camera')
    os.kill(before['pid'], signal.SIGKILL)
    with by_hand(robot) as process:
        after = robot.wait_restarted('camera', before['generation'])
        wait_for(lambda: process.poll() is not None, 60)
        assert f'camera: process {process.pid} runs it too, ending it' in robot.log()
        assert robot.of('camera')['pid'] == after['pid']


def test_whoever_holds_a_node_may_run_it_by_hand(robot: Robot) -> None:
    """It is the operator's then, and Nevil's is started again when he lets go."""
    robot.node('camera', _RUNTIME)
    robot.start()
    before = robot.of('camera')
    assert robot.nevil('node', 'hold', 'camera').returncode == 0
    os.kill(before['pid'], signal.SIGKILL)
    wait_for(lambda: robot.of('camera')['pid'] is None)
    with by_hand(robot) as process:
        assert robot.nevil('node', 'release', 'camera').returncode == 0
        robot.wait_restarted('camera', before['generation'])
        wait_for(lambda: process.poll() is not None, 60)

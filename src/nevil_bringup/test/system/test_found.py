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

"""A robot that runs is found and commanded whatever the environment of who asks."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import signal

from quality.waiting import wait_for
from robot import Robot


def test_one_robot_whatever_becomes_of_its_runtime_folder(robot: Robot) -> None:
    """From cron it is another one than from a login, and the last logout removes that."""
    robot.node('camera', 'runtime: {restart_delay: 0.0}\n')
    robot.start()
    supervisor, folder = robot.status()['pid'], Path(robot.environ['NEVIL_RUNTIME_DIR'])
    robot.environ['NEVIL_RUNTIME_DIR'] = f'{folder}2'
    assert robot.status()['pid'] == supervisor
    again = robot.nevil('start')
    assert again.returncode == 0 and f'already running (pid {supervisor})' in again.stdout

    shutil.rmtree(folder)
    wait_for(lambda: list(folder.glob('*/control.sock')))
    robot.environ['NEVIL_RUNTIME_DIR'] = str(folder)
    before = robot.of('camera')
    os.kill(before['pid'], signal.SIGKILL)
    assert robot.wait_restarted('camera', before['generation'])['restarts'] == 1
    assert 'the runtime folder was removed, made again' in robot.log()

    robot.environ['NEVIL_RUNTIME_DIR'] = f'{folder}2'
    assert robot.nevil('stop').returncode == 0
    assert not robot.processes()

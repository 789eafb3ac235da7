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

"""What an operator is told to be kept is kept, or he is told that it is not."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import subprocess

import pytest
from robot import Robot


@pytest.fixture
def full_disk(robot: Robot) -> Iterator[None]:
    """Start the robot, then let the disk of its state be full."""
    robot.node('camera', 'runtime: {restart_policy: unless_stopped}\n')
    robot.start()
    state = next(Path(robot.environ['NEVIL_STATE_DIR']).glob('robot-*'))
    if os.getuid() != 0 or subprocess.run(
            ['mount', '-t', 'tmpfs', '-o', 'size=4k', 'none', state], check=False).returncode:
        pytest.skip('a full disk needs root, and the right to mount one')
    try:
        (state / 'full').write_bytes(b'x' * 4096)
        yield
    finally:
        subprocess.run(['umount', state], check=True)


@pytest.mark.usefixtures('full_disk')
def test_what_a_full_disk_does_not_keep_is_not_promised(robot: Robot) -> None:
    """It is done, and said to be lost with the supervisor."""
    lost = 'not saved, No space left on device: it will be lost when this supervisor exits'
    for arguments in (('hold', 'camera'), ('release', 'camera'), ('stop', 'camera'),
                      ('silence', 'camera', '--for', '1h')):
        result = robot.nevil('node', *arguments)
        assert result.returncode == 0
        assert lost in result.stdout, arguments
    unkept = robot.nevil('node', 'ack', 'camera')
    assert lost not in unkept.stdout

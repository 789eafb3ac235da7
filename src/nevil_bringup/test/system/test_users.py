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


"""Root and the owner of a project share one robot, and end what each other's left."""

from __future__ import annotations

from collections.abc import Iterator
import copy
import os
import shutil
import subprocess

import pytest
from quality.processes import alive
from robot import LEAVES_CHILD
from robot import Robot

_OWNER = 65534  # nobody, who has no robot of his own
# Tests run where others may not even look, so he may read everything; nothing else is different.
_AS_OWNER = ['setpriv', f'--reuid={_OWNER}', f'--regid={_OWNER}', '--clear-groups',
             '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
pytestmark = pytest.mark.skipif(
    os.getuid() != 0 or not shutil.which('setpriv') or bool(subprocess.run(
        [*_AS_OWNER, 'true'], check=False, stderr=subprocess.DEVNULL).returncode),
    reason='needs root, who can be somebody else')


@pytest.fixture
def users(robot: Robot) -> Iterator[dict[str, Robot]]:
    """Return the robot as root has it, and as its owner has it, each in his own folders."""
    robot.node('camera', orders=LEAVES_CHILD)
    folder = robot.project.parent
    owner = copy.copy(robot)
    owner.prefix = _AS_OWNER
    owner.environ = {**robot.environ, 'HOME': str(folder), 'NEVIL_RUNTIME_DIR': str(folder / 'ro'),
                     'NEVIL_STATE_DIR': str(folder / 'so'), 'ROS_LOG_DIR': str(folder / 'lo')}
    for path in (folder, *folder.rglob('*')):
        os.chown(path, _OWNER, _OWNER)
    yield {'root': robot, 'owner': owner}
    owner.end()


@pytest.mark.parametrize(('first', 'second'), [('root', 'owner'), ('owner', 'root')])
def test_both_have_one_robot(users: dict[str, Robot], first: str, second: str) -> None:
    """A second supervisor is impossible, whoever starts it."""
    users[first].start()
    before = users[first].status()
    again = users[second].nevil('start')
    assert f'pid {before["pid"]}' in again.stdout
    assert not users[second].processes()
    assert users[first].status()['nodes'][0]['pid'] == before['nodes'][0]['pid']
    assert users[first].nevil('stop').returncode == 0


def test_root_ends_what_the_owner_left(users: dict[str, Robot]) -> None:
    """Supervisor and spawner killed together leave what only the next start finds."""
    users['owner'].start()
    sleeper = users['owner'].leave_child()
    refused = users['root'].nevil('start')
    assert refused.returncode == 1
    assert 'logs belongs to another user (nobody): remove it, or' in refused.stdout
    shutil.rmtree(users['root'].project / 'logs')
    users['root'].start()
    assert not alive(sleeper)

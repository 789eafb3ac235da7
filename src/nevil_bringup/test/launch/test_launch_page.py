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

"""The examples of docs/launch.md run as they stand there."""

from __future__ import annotations

import os
from pathlib import Path
import re
import signal

from launched import Launched
import pytest

pytestmark = [pytest.mark.needs_launch, pytest.mark.needs_ros2cli]

PAGE = Path(__file__).resolve().parents[4] / 'docs' / 'launch.md'
EXAMPLES = re.findall(r'```python\n(.*?)```', PAGE.read_text(encoding='utf-8'), re.DOTALL)


def test_project_in_a_namespace(launched: Launched) -> None:
    """The include: below the namespace, with the remapping."""
    launched.robot.node('speech_synthesis')
    launched.environ['NEVIL_PROJECT'] = str(launched.robot.project)
    share = launched.folder / 'prefix' / 'share'
    (share / 'nevil_bringup').mkdir(parents=True)
    (share / 'nevil_bringup' / 'launch').symlink_to(
        Path(__file__).resolve().parents[2] / 'launch')
    (share / 'ament_index' / 'resource_index' / 'packages').mkdir(parents=True)
    (share / 'ament_index' / 'resource_index' / 'packages' / 'nevil_bringup').touch()
    launched.environ['AMENT_PREFIX_PATH'] = (
        f'{share.parent}:{launched.environ["AMENT_PREFIX_PATH"]}')
    launched.start_file(launched.script('left.launch.py', EXAMPLES[0]))
    launched.wait_ready()
    assert launched.command_line('speech_synthesis').endswith(
        '--node speech_synthesis --ros-args -r __ns:=/left -r speech_text:=words')
    assert launched.end() == 0, launched.text()


def test_nodes_beside_ordinary_actions(launched: Launched) -> None:
    """The requirement, the restart and the handler."""
    launched.start_file(launched.script('own.launch.py', EXAMPLES[1]))
    launched.wait_ready()
    text = launched.text()
    assert text.index('camera: starting -> ready') < text.index('tracker: waiting -> starting')
    started = re.search(r'\[camera-\d+\]: process started with pid \[(\d+)\]', text)
    assert started
    os.kill(int(started[1]), signal.SIGKILL)
    launched.wait_text('the camera has ended')
    launched.wait(lambda: launched.text().count('camera: starting -> ready') == 2)
    assert launched.end() == 0, launched.text()

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

"""Each process of an unchanged launch file is killed once, and is back, or launch is told."""

from __future__ import annotations

import os
from pathlib import Path
import signal

from launched import Launched
import pytest

pytestmark = [pytest.mark.needs_launch, pytest.mark.needs_ros2cli]

EXAMPLES = Path(__file__).with_name('examples')
# What has an OnProcessExit handler: its author has said what its end means.
TOLD = 'watched'


def pids(launched: Launched) -> dict[str, int]:
    """Return the process of each unit that runs."""
    return {node['name']: node['pid'] for node in launched.any_status().get('nodes', [])
            if node['pid'] and node['process'] == node['name']}


@pytest.mark.parametrize(('file', 'names'), [
    ('small', {'camera', 'tracker'}),
    ('everything', {
        'left.camera', 'right.camera', 'managed', 'container', 'by_function', TOLD, 'in_terminal',
        'prefixed', 'respawned', 'by_timer', 'by_handler', 'of_xml', 'of_yaml'})])
def test_each_process_is_back_after_a_kill_or_launch_is_told(
        launched: Launched, file: str, names: set[str]) -> None:
    """Whatever started it: an action, a handler, a timer, a function, an include, a container."""
    launched.environ.update(LOADS=str(launched.folder / 'loads'), GONE='no')
    launched.nevil_launch(str(EXAMPLES / f'{file}.launch.py'))
    first: dict[str, int] = launched.wait(
        lambda: found if set(found := pids(launched)) == names else None,
        'everything runs', 90.0)
    if 'container' in names:
        launched.wait_text("Loaded node '/component'", 60.0)
    for pid in first.values():
        os.kill(pid, signal.SIGKILL)

    def is_back() -> bool:
        now = pids(launched)
        return set(now) == names - {TOLD} and all(now[name] != first[name] for name in now)
    launched.wait(is_back, f'all are back but {TOLD}', 90.0)
    if 'container' in names:
        launched.wait_text('watched has ended')
        launched.wait_text('1 of 1 components loaded again', 60.0)
    assert launched.end() == 0, launched.text()

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

"""One-shots run again once for each start of what they serve, in order."""

from __future__ import annotations

import pytest

pytest.importorskip('launch', reason='the launch packages of ROS 2')
from nevil_bringup.launch.any.reruns import Reruns  # noqa: E402, I100, I202

pytestmark = pytest.mark.needs_launch


def test_each_runs_once_for_each_start_and_one_after_the_other() -> None:
    """A spawner that loads a controller must not run while another one does."""
    started: list[str] = []
    reruns = Reruns(started.append)
    for name in ('first', 'second'):
        reruns.add(name, ['manager'])
    reruns.add('other', [])
    reruns.changed('manager', 'ready', 1)
    assert not started, 'launch itself ran them the first time'
    reruns.changed('manager', 'backoff', 1)
    reruns.changed('manager', 'ready', 2)
    assert started == ['first']
    reruns.changed('manager', 'ready', 2)
    reruns.changed('first', 'ready', 2)
    assert started == ['first'], 'the second waits for the end of the first'
    reruns.changed('first', 'completed', 2)
    assert started == ['first', 'second']
    reruns.changed('second', 'failed', 2)
    reruns.changed('manager', 'ready', 3)
    assert started == ['first', 'second', 'first']

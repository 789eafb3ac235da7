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

"""What the machine uses, against what it says elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

from nevil_health.monitor.machine import MachineSampler
import psutil
import pytest
from quality.waiting import wait_for


def test_processors_are_busy_when_they_are() -> None:
    """A core that does nothing but turn is a share of all of them."""
    with subprocess.Popen([sys.executable, '-c', 'while True: pass']) as hog:
        try:
            sampler = MachineSampler()
            busy = wait_for(lambda: next((
                percent for percent in [sampler.sample('').cpu_percent or 0.0]
                if percent >= 0.8 * 100 / (os.cpu_count() or 1)), None),
                20, step=lambda: time.sleep(0.3))
            assert busy <= 100
        finally:
            hog.kill()


def test_memory_is_what_cannot_be_had_any_more() -> None:
    """Caches are available."""
    machine = MachineSampler().sample('')
    other = psutil.virtual_memory()
    assert machine.memory_percent == pytest.approx(other.percent, abs=2)
    assert machine.memory_available_mb == pytest.approx(other.available / 2**20, rel=0.05)


def test_the_disk_is_that_of_the_folder() -> None:
    """Counted as df counts it."""
    machine = MachineSampler().sample('/tmp')
    usage = shutil.disk_usage('/tmp')
    assert machine.disk_percent == pytest.approx(
        100 * usage.used / (usage.used + usage.free), abs=1)


def test_what_cannot_be_read_is_not_known() -> None:
    """No folder, no time between two looks: None, never 0."""
    sampler = MachineSampler()
    sampler.sample('')
    assert sampler.sample('/no/such/folder').disk_percent is None
    assert sampler.sample('').load_1m is not None

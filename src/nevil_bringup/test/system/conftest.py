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

"""Give each test a robot of its own."""

from __future__ import annotations

from collections.abc import Iterator
import os
from pathlib import Path
import shutil
import tempfile

import pytest
from robot import Robot


# Domains 1 to 99 never reach Linux's ephemeral ports; tests of one run take them in turn.

@pytest.fixture
def robot(domain: int) -> Iterator[Robot]:
    """Return an empty project in a short folder; stop it and look for remains afterwards."""
    folder = Path(tempfile.mkdtemp(prefix='nv-', dir='/tmp'))
    robot = Robot(folder, domain)
    try:
        yield robot
        robot.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert not [name for name in os.listdir('/tmp') if name == folder.name]

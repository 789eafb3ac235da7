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

"""The stage of the tests with real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import shutil
import tempfile

import pytest
from stand_in import Scene
from stand_in import scene


@pytest.fixture
def stage(domain: int) -> Iterator[Scene]:
    """Return a running health node in a ROS domain of its own."""
    folder = Path(tempfile.mkdtemp(prefix='nh-', dir='/tmp'))
    try:
        with scene(folder, domain) as one:
            yield one
    finally:
        shutil.rmtree(folder)

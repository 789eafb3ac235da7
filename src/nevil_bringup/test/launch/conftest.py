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

"""Give each test a launch of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import shutil
import tempfile

from launched import Launched
import pytest
from robot import Robot


@pytest.fixture
def launched(domain: int) -> Iterator[Launched]:
    """Return an empty project that can be launched; look for remains afterwards."""
    folder = Path(tempfile.mkdtemp(prefix='nl-', dir='/tmp'))
    launched = Launched(Robot(folder, domain))
    try:
        yield launched
    finally:
        launched.clean_up()
        shutil.rmtree(folder, ignore_errors=True)

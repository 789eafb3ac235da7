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

"""A project of its own for each test, and a stand-in for its supervisor."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
import shutil
import tempfile
from typing import Any

from place import Place
import pytest
from stand_in import StandIn


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Return a project whose supervisor does not run."""
    root = Path(tempfile.mkdtemp(prefix='nvc-', dir='/tmp'))
    place = Place(root)
    for name in ('NEVIL_RUNTIME_DIR', 'NEVIL_STATE_DIR'):
        monkeypatch.setenv(name, place.environ[name])
    yield place
    place.end()
    shutil.rmtree(root)


@pytest.fixture
def serve(place: Place) -> Iterator[Callable[[dict[str, Any]], StandIn]]:
    """Return what starts a stand-in for the supervisor with a status."""
    servers: list[StandIn] = []

    def start(status: dict[str, Any]) -> StandIn:
        servers.append(StandIn(place.paths.socket, status))
        return servers[-1]

    yield start
    for server in servers:
        server.close()

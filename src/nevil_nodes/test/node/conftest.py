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

"""Fixtures that give a test real nodes, and take them away after it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nodelab import Lab
from nodelab import NodeProcess
from nodelab import Peer
import pytest


@pytest.fixture(autouse=True)
def no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the tests apart from a supervisor that may run them."""
    for name in ('NEVIL_PLAN', 'NEVIL_GENERATION', 'NEVIL_PROJECT'):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def lab(domain: int) -> Iterator[Lab]:
    """Make nodes in this process."""
    lab = Lab(domain)
    yield lab
    lab.close()


@pytest.fixture
def peer(domain: int) -> Iterator[Peer]:
    """Join the domain as somebody else."""
    peer = Peer(domain)
    yield peer
    peer.close()


@pytest.fixture
def run(tmp_path: Path, domain: int) -> Iterator[Callable[..., NodeProcess]]:
    """Start node processes."""
    started: list[NodeProcess] = []

    def start(*arguments: Any, **environment: Any) -> NodeProcess:
        process = NodeProcess(tmp_path, domain, *arguments, **environment)
        started.append(process)
        return process
    yield start
    for process in started:
        process.close()

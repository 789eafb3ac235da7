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

"""Restarts are held while memory is short, and go on by themselves when it is there again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from nevil_bringup.supervisor.memory import free_percent
from nevil_bringup.supervisor.memory import MemoryGate
import pytest
from virtual_time import run


def test_free_memory_is_what_the_kernel_calls_available(tmp_path: Path) -> None:
    """Free in the sense of meminfo's MemFree would hold restarts on every machine with a cache."""
    file = tmp_path / 'meminfo'
    file.write_text('MemTotal:  2000 kB\nMemFree:  10 kB\nMemAvailable:  500 kB\n')
    assert free_percent(file) == 25.0
    here = free_percent()
    assert here is not None and 0 < here <= 100


@pytest.mark.parametrize('text', ['', 'MemTotal: x', 'MemTotal: 0 kB\nMemAvailable: 0 kB\n'])
def test_kernel_that_does_not_tell_holds_nothing(tmp_path: Path, text: str) -> None:
    """Not knowing is no reason to leave a robot broken."""
    file = tmp_path / 'meminfo'
    file.write_text(text)
    assert free_percent(file) is None
    MemoryGate(5.0, lambda low, free: pytest.fail('told'), lambda: None).check()


def test_each_change_is_told_once_and_found_within_a_second() -> None:
    """While it is short the gate looks again by itself; nobody else would."""
    seen = iter([50.0, 3.0, 3.5, 9.0, 3.0])
    told: list[tuple[bool, float]] = []

    async def body() -> None:
        gate = MemoryGate(5.0, lambda low, free: told.append((low, free)), lambda: next(seen))
        gate.check()
        assert told == []
        gate.check()
        assert told == [(True, 3.0)]
        await asyncio.sleep(2.1)
        assert told == [(True, 3.0), (False, 9.0)]
        await asyncio.sleep(60.0)
        assert len(told) == 2, 'where there is enough nobody looks'
    run(body())


def test_nobody_looks_after_the_end() -> None:
    """No timer outlives the run."""
    looks: list[float] = []

    async def body() -> None:
        def look() -> float:
            looks.append(1.0)
            return 1.0
        gate = MemoryGate(5.0, lambda low, free: None, look)
        gate.check()
        gate.close()
        await asyncio.sleep(60.0)
    run(body())
    assert len(looks) == 1

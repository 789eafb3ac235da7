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

"""What the machine as a whole uses, read from /proc."""

from __future__ import annotations

from dataclasses import dataclass
import os

from nevil_health.meminfo import read_memory_kb

__all__ = ['Machine', 'MachineSampler']


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """The part of a ``SystemSample`` that the machine answers for."""

    cpu_percent: float | None = None
    memory_percent: float | None = None
    memory_available_mb: float | None = None
    disk_percent: float | None = None
    load_1m: float | None = None


class MachineSampler:
    """Looks at the machine; remembers the look before."""

    def __init__(self) -> None:
        """Begin to count."""
        self._before = _cpu_ticks()

    def sample(self, folder: str) -> Machine:
        """
        Return what is in use now, and of the processors since the sample before.

        :param folder: on the disk that is looked at; '' for none
        """
        before, self._before = self._before, _cpu_ticks()
        total, available = read_memory_kb()
        return Machine(
            cpu_percent=_busy_percent(before, self._before),
            memory_percent=(round(100 * (1 - available / total), 1)
                            if total and available is not None else None),
            memory_available_mb=available and round(available / 1024, 1),
            disk_percent=_disk_percent(folder), load_1m=_load())


def _cpu_ticks() -> tuple[int, int] | None:
    """Return all ticks of all processors, and those in which they were idle."""
    try:
        with open('/proc/stat', 'rb') as file:
            ticks = [int(field) for field in file.readline().split()[1:9]]  # guests are in user
    except (OSError, ValueError):
        return None
    return sum(ticks), ticks[3] + ticks[4]


def _busy_percent(before: tuple[int, int] | None, now: tuple[int, int] | None) -> float | None:
    if before is None or now is None or now[0] <= before[0]:
        return None
    idle = (now[1] - before[1]) / (now[0] - before[0])
    return round(min(100.0, max(0.0, 100 * (1 - idle))), 1)


def _disk_percent(folder: str) -> float | None:
    """Return the used share, as df counts it: what only root may use is not there."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    used = disk.f_blocks - disk.f_bfree
    usable = used + disk.f_bavail
    return round(100 * used / usable, 1) if usable else None


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None

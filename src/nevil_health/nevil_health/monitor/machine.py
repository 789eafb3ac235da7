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

"""What the machine as a whole uses, read by psutil."""

from __future__ import annotations


from nevil_nodes.lazy_dataclass import dataclass
import psutil

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
        """Start to count."""
        self._before = _cpu_times()

    def sample(self, folder: str) -> Machine:
        """
        Return what is in use now, and of the processors since the sample before.

        :param folder: on the disk that is looked at; '' for none
        """
        before, self._before = self._before, _cpu_times()
        memory = psutil.virtual_memory()
        return Machine(
            cpu_percent=_busy_percent(before, self._before), memory_percent=memory.percent,
            memory_available_mb=round(memory.available / 2**20, 1),
            disk_percent=_disk_percent(folder), load_1m=round(psutil.getloadavg()[0], 2))


def _cpu_times() -> tuple[float, float]:
    """Return the seconds of all processors, and those in which they were idle."""
    times = psutil.cpu_times()
    # The time of guests is counted in that of users as well. psutil's own cpu_percent() says 0
    # where no time has passed, and shares its last look with everybody in the process.
    all_s = sum(times) - times.guest - times.guest_nice
    return all_s, times.idle + times.iowait


def _busy_percent(before: tuple[float, float], now: tuple[float, float]) -> float | None:
    if now[0] <= before[0]:
        return None
    idle = (now[1] - before[1]) / (now[0] - before[0])
    return round(min(100.0, max(0.0, 100 * (1 - idle))), 1)


def _disk_percent(folder: str) -> float | None:
    """Return the used share, as df counts it: what only root may use is not there."""
    try:
        return psutil.disk_usage(folder).percent
    except OSError:
        return None

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

"""What the monitor itself missed: time that it lost, and time that the machine slept."""

from __future__ import annotations

import time

__all__ = ['LagMeter', 'SleepMeter']

# The two clocks are read one after the other, so some difference is no sleep.
_SLEPT_S = 1.0
# A timer that is this late is not a lost time, but the usual jitter of a busy executor.
_USUAL_S = 0.05


class LagMeter:
    """
    How much time the health node has lost, by its own timer.

    :param period_s: seconds after which each tick is due
    """

    def __init__(self, period_s: float) -> None:
        """Start with nothing lost."""
        self.period_s = period_s
        self.lost_s = 0.0
        self._last: float | None = None

    def tick(self, at: float) -> float:
        """Count and return what this tick comes late, if that is more than timers usually do."""
        lost_s = 0.0
        if self._last is not None:
            late_s = at - self._last - self.period_s
            if late_s > _USUAL_S:
                lost_s = late_s
        self.lost_s += lost_s
        self._last = at
        return lost_s


class SleepMeter:
    """Compares the clock that runs in suspend with the one that does not."""

    def __init__(self) -> None:
        """Begin now."""
        self._before_s = _asleep_s()

    def slept_s(self) -> float:
        """Return how long the machine has slept since the last call; 0 if it has not."""
        now_s = _asleep_s()
        slept_s, self._before_s = now_s - self._before_s, now_s
        return slept_s if slept_s > _SLEPT_S else 0.0


def _asleep_s() -> float:
    # CLOCK_BOOTTIME counts while the machine is suspended, CLOCK_MONOTONIC does not.
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()

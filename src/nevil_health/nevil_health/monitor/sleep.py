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

"""Whether the machine was suspended."""

from __future__ import annotations

import time

__all__ = ['SleepMeter']

_SLEPT_S = 1.0


class SleepMeter:
    """Compares the clock that goes on in suspend with the one that does not."""

    def __init__(self) -> None:
        """Begin now."""
        self._before_s = _asleep_s()

    def slept_s(self) -> float:
        """Return how long the machine has slept since the last call; 0 if it has not."""
        now_s = _asleep_s()
        slept_s, self._before_s = now_s - self._before_s, now_s
        return slept_s if slept_s > _SLEPT_S else 0.0


def _asleep_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()

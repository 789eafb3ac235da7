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

"""What a node counts of itself, for its heartbeat."""

from __future__ import annotations

from collections import deque
import threading
import time

__all__ = ['Counters']

# What counts as recent: one slow callback an hour ago says nothing about now.
_RECENT = 100
# Old callbacks leave: a node that gets no messages any more would seem slow for ever.
_RECENT_S = 60.0


class Counters:
    """What a node has done since its start; each method from any thread."""

    def __init__(self) -> None:
        """Start at zero."""
        self._lock = threading.Lock()
        self.errors = 0
        self.published = 0
        self.received = 0
        self.callbacks = 0
        self._durations: deque[tuple[float, float]] = deque(maxlen=_RECENT)

    def error(self) -> None:
        """Count an error."""
        with self._lock:
            self.errors += 1

    def publish(self) -> None:
        """Count a published message."""
        with self._lock:
            self.published += 1

    def receive(self) -> None:
        """Count a received message."""
        with self._lock:
            self.received += 1

    def callback(self, duration_s: float) -> None:
        """Count a callback that has ended, also one that raised."""
        with self._lock:
            self.callbacks += 1
            self._durations.append((time.monotonic(), duration_s))

    def response_time_s(self) -> float:
        """Return the 95th percentile of recent callback durations, 0 where there are none."""
        since = time.monotonic() - _RECENT_S
        with self._lock:
            durations = sorted(duration for at, duration in self._durations if at >= since)
        return durations[-(-len(durations) * 95 // 100) - 1] if durations else 0.0

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

"""The last samples of every metric of a node."""

from __future__ import annotations

from array import array
from collections.abc import Mapping

from nevil_health.signals.views import MetricSummary

__all__ = ['History', 'Ring', 'SAMPLES', 'UNITS']

SAMPLES = 100

UNITS: dict[str, str] = {
    'cpu': 'percent', 'memory': 'MB', 'threads': '', 'fds': '', 'processes': '',
    'beat_age': 's', 'main_loop_age': 's', 'executor_lag': 's', 'response': 's',
    'beats': '1/s', 'beat_loss': 'percent', 'messages': '1/s', 'error_rate': '',
    'memory_share': 'percent', 'memory_available': 'MB', 'disk': 'percent', 'load': '',
    'monitor_lag': 's',
}


class Ring:
    """
    The last values of one metric, each with its time; the oldest is overwritten.

    A new process continues in the same ring; ``reset`` marks where it begins.
    """

    __slots__ = ('_fresh', '_next', '_times', '_values')

    def __init__(self) -> None:
        """Make an empty ring."""
        self._times = array('d')
        self._values = array('d')
        self._next = 0
        self._fresh = 0

    def __len__(self) -> int:
        """Return how many values there are."""
        return len(self._values)

    def add(self, at: float, value: float) -> None:
        """Add a value."""
        if len(self._values) < SAMPLES:
            self._times.append(at)
            self._values.append(value)
        else:
            self._times[self._next] = at
            self._values[self._next] = value
            self._next = (self._next + 1) % SAMPLES
        self._fresh = min(self._fresh + 1, SAMPLES)

    def reset(self) -> None:
        """Mark that what comes now is of another process."""
        self._fresh = 0

    @property
    def fresh(self) -> int:
        """Return how many values there are since the last reset."""
        return self._fresh

    def ago(self, count: int) -> float:
        """Return the value that is ``count`` samples old; 0 is the last one."""
        return self._values[(self._next - 1 - count) % len(self._values)]

    def values(self) -> tuple[float, ...]:
        """Return all values, the oldest first."""
        return tuple(self._values[self._next:]) + tuple(self._values[:self._next])

    def since_reset(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return times and values since the last reset, the oldest first."""
        times = tuple(self._times[self._next:]) + tuple(self._times[:self._next])
        start = len(times) - self._fresh
        return times[start:], self.values()[start:]

    def summary(self, unit: str) -> MetricSummary:
        """Sum up what is there, which must not be nothing."""
        least, most = min(self._values), max(self._values)
        average = sum(self._values) / len(self._values)
        return MetricSummary(
            current=self.ago(0), average=min(max(average, least), most), min=least, max=most,
            count=len(self._values), unit=unit)


class History:
    """The rings of one node, by metric."""

    __slots__ = ('_rings',)

    def __init__(self) -> None:
        """Make a history without samples."""
        self._rings: dict[str, Ring] = {}

    def add(self, metric: str, at: float, value: float | None) -> None:
        """Add a value of one of ``UNITS``; what is not known leaves no trace."""
        if value is not None:
            ring = self._rings.get(metric)
            if ring is None:
                ring = self._rings[metric] = Ring()
            ring.add(at, value)

    def ring(self, metric: str) -> Ring | None:
        """Return the ring of a metric, None before its first value."""
        return self._rings.get(metric)

    def reset(self) -> None:
        """Mark in every ring that what comes now is of another process."""
        for ring in self._rings.values():
            ring.reset()

    def summaries(self) -> Mapping[str, MetricSummary]:
        """Sum up every metric."""
        return {name: ring.summary(UNITS[name]) for name, ring in self._rings.items()}

    def series(self, metric: str) -> tuple[float, ...]:
        """Return the values of a metric, the oldest first."""
        ring = self._rings.get(metric)
        return ring.values() if ring else ()

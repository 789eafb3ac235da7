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

"""The machine, the health node and the network: the signals of the system."""

from __future__ import annotations

from nevil_health.signals.board import Board
from nevil_health.signals.board import system_signals
from nevil_health.signals.history import History
from nevil_health.signals.hysteresis import Finding
from nevil_health.signals.journal import Journal
from nevil_health.signals.limits import MEMORY_CLEAR
from nevil_health.signals.limits import over
from nevil_health.signals.limits import PERCENT_CLEAR
from nevil_health.signals.observations import SystemRules
from nevil_health.signals.observations import SystemSample
from nevil_health.signals.reading import MOST_COUNT
from nevil_health.signals.reading import MOST_MB
from nevil_health.signals.reading import MOST_S
from nevil_health.signals.reading import number
from nevil_health.signals.reading import text
from nevil_health.signals.views import Level

__all__ = ['Machine']

_LAG_CLEAR = 0.5
_SAMPLED = ('cpu', 'memory', 'disk', 'monitor_lag', 'unmanaged')
_MOST_NAMES = 5


class Machine:
    """
    The evaluation of what the robot runs on.

    :ivar memory_mb: how much memory the machine has, None before it is known
    """

    def __init__(self, rules: SystemRules, patience_s: float, journal: Journal) -> None:
        """Make a machine of which nothing is known."""
        self.board = Board('', system_signals(), journal)
        self.history = History()
        self.memory_mb: float | None = None
        self.cpu_percent: float | None = None
        self.memory_percent: float | None = None
        self.lag_s: float | None = None
        self._rules = rules
        self._patience_s = patience_s
        self._seen: float | None = None

    def sample(self, sample: SystemSample, at: float) -> None:
        """Handle one sample of the machine."""
        rules = self._rules
        self._seen = at
        self.cpu_percent = number(sample.cpu_percent, 100.0)
        self.memory_percent = number(sample.memory_percent, 100.0)
        self.lag_s = number(sample.monitor_lag_s, MOST_S)
        disk = number(sample.disk_percent, 100.0)
        available = number(sample.memory_available_mb, MOST_MB)
        if available and self.memory_percent is not None and self.memory_percent < 100.0:
            self.memory_mb = available / (1.0 - self.memory_percent / 100.0)
        for metric, value in (
                ('cpu', self.cpu_percent), ('memory_share', self.memory_percent), ('disk', disk),
                ('memory_available', available), ('monitor_lag', self.lag_s),
                ('load', number(sample.load_1m, MOST_COUNT))):
            self.history.add(metric, at, value)
        self._evaluate('cpu', self.cpu_percent, rules.max_cpu_percent, PERCENT_CLEAR, at)
        self._evaluate('memory', self.memory_percent, rules.max_memory_percent, MEMORY_CLEAR, at)
        self._evaluate('disk', disk, rules.max_disk_percent, MEMORY_CLEAR, at)
        self._evaluate('monitor_lag', self.lag_s, rules.max_monitor_lag_s, _LAG_CLEAR, at)
        self.board.observe('unmanaged', _unmanaged(sample.unmanaged), at)
        for name in _SAMPLED:
            self.board.expire(name, at, self._patience_s)

    def monitor(self, attached: bool, at: float) -> None:
        """Record whether there is a health node."""
        level: Level = 'healthy' if attached else 'degraded'
        self.board.settle(
            'monitor', level, at, 'health node is attached' if attached else 'no health node')

    def spawner(self, running: bool, at: float, cause: str = '') -> None:
        """Record whether there is a spawner."""
        level: Level = 'healthy' if running else 'unhealthy'
        self.board.settle('spawner', level, at, cause or 'there is a spawner')

    def network(self, silent: bool, at: float) -> None:
        """Record whether all nodes fell silent at once."""
        level: Level = 'unhealthy' if silent else 'healthy'
        self.board.settle(
            'network', level, at,
            'network: all nodes fell silent at once' if silent else
            'network: heartbeats arrive again')

    def advance(self, at: float) -> None:
        """Handle what is due by now."""
        if self._seen is not None and at >= self._seen + self._patience_s:
            why = f'no data for {at - self._seen:.0f} s'
            self._seen = self.cpu_percent = self.memory_percent = self.lag_s = None
            for name in _SAMPLED:
                self.board.forget(name, at, why)

    def deadline(self) -> float | None:
        """Return when ``advance`` has something to do."""
        return None if self._seen is None else self._seen + self._patience_s

    def _evaluate(
        self, name: str, value: float | None, limit: float | None, clear: float, at: float,
    ) -> None:
        if value is not None and limit is not None:
            self.board.observe(name, over(value, limit, None, clear), at)


def _unmanaged(names: object) -> Finding:
    known = [str(text(name)) for name in names if text(name)] \
        if isinstance(names, (tuple, list)) else []
    if not known:
        return Finding('healthy', 'healthy', 0.0, 0.0, text='no heartbeats of unknown names')
    more = len(known) - _MOST_NAMES
    listed = ', '.join(known[:_MOST_NAMES]) + (f' and {more} more' if more > 0 else '')
    return Finding('degraded', 'degraded', float(len(known)), 0.0,
                   text=f'heartbeats of names that belong to no node: {listed}')

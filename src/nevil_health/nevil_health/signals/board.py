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

"""The signals of one node, or of the system, with every change in the journal."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from types import MappingProxyType

from nevil_health.signals.conduct import CONDUCT_WORDS
from nevil_health.signals.hysteresis import Damping
from nevil_health.signals.hysteresis import Finding
from nevil_health.signals.hysteresis import RANK
from nevil_health.signals.hysteresis import Signal
from nevil_health.signals.hysteresis import Words
from nevil_health.signals.journal import Journal
from nevil_health.signals.limits import LIMIT_WORDS
from nevil_health.signals.views import Level
from nevil_health.signals.views import NODE_SIGNALS
from nevil_health.signals.views import SignalView
from nevil_health.signals.views import SYSTEM_SIGNALS

__all__ = ['Board', 'node_signals', 'system_signals']

_RESOURCE = Damping(3, 3, 6)
_PERFORMANCE = Damping(3, 3, 2)
_NODE_DAMPING = {
    'readiness': Damping(1, 1, 1, 0.0),  # success_threshold is its damping
    'progress': Damping(1, 2, 2), 'lifecycle': Damping(2, 2, 2), 'runaway': Damping(2, 2, 2),
    'cpu': _RESOURCE, 'memory': _RESOURCE, 'threads': _RESOURCE, 'fds': _RESOURCE,
    'memory_trend': _RESOURCE, 'threads_trend': _RESOURCE, 'fds_trend': _RESOURCE,
    'error_rate': _PERFORMANCE, 'response_time': _PERFORMANCE, 'throughput': _PERFORMANCE,
}
_SYSTEM_DAMPING = {
    'cpu': _RESOURCE, 'memory': _RESOURCE, 'disk': _RESOURCE,
    'monitor_lag': Damping(2, 2, 2), 'unmanaged': Damping(2, 2, 2),
}
_SYSTEM_WORDS = {
    'cpu': Words('CPU {} of all cores', '{:.0f} %'),
    'memory': Words('memory {} used', '{:.0f} %'),
    'disk': Words('disk {} full', '{:.0f} %'),
    'monitor_lag': Words('health node {} late', '{:.1f} s', lasting=False),
    'unmanaged': Words('no heartbeats of unknown names'),
}


def node_signals(without: Iterable[str] = ()) -> list[Signal]:
    """Make the signals of a node, but for those that are off."""
    words = {**CONDUCT_WORDS, **LIMIT_WORDS}
    return [Signal(name, _NODE_DAMPING.get(name, Damping()), words[name])
            for name in NODE_SIGNALS if name not in without]


def system_signals() -> list[Signal]:
    """Make the signals of the system."""
    return [Signal(name, _SYSTEM_DAMPING.get(name, Damping()), _SYSTEM_WORDS.get(name, Words()))
            for name in SYSTEM_SIGNALS]


class Board:
    """Signals by name, and their changes."""

    __slots__ = ('_journal', '_last_cause', '_owner', 'signals')

    def __init__(self, owner: str, signals: Iterable[Signal], journal: Journal) -> None:
        """Make a board; ``owner`` is the node's name, '' for the system."""
        self._owner = owner
        self._journal = journal
        self._last_cause = ''
        self.signals: dict[str, Signal] = {signal.name: signal for signal in signals}

    def level(self, name: str) -> Level:
        """Return the level of a signal; one that is off is unknown."""
        signal = self.signals.get(name)
        return 'unknown' if signal is None else signal.level

    def observe(self, name: str, finding: Finding, at: float) -> None:
        """Handle what a sample says."""
        signal = self.signals.get(name)
        if signal is not None:
            self._note(signal, signal.observe(finding, at), at)

    def settle(
        self, name: str, level: Level, at: float, cause: str, *, value: float | None = None,
        evidence: str = '',
    ) -> None:
        """Handle a fact."""
        signal = self.signals[name]
        self._note(signal, signal.settle(level, at, cause, value=value), at, evidence)

    def again(self, name: str, at: float, cause: str) -> None:
        """Record that what a bad signal is about has happened once more."""
        signal = self.signals[name]
        signal.cause = cause
        self._journal.record(self._owner, name, signal.level, signal.level, at, cause)

    def forget(self, name: str, at: float, why: str) -> None:
        """Know nothing any more of a signal."""
        signal = self.signals.get(name)
        if signal is not None and signal.level != 'unknown':
            self._note(signal, signal.forget(at, why), at)

    def expire(self, name: str, at: float, patience_s: float) -> None:
        """Forget a signal if there was no evidence for too long."""
        signal = self.signals.get(name)
        if signal is not None and signal.seen is not None and at - signal.seen >= patience_s:
            self.forget(name, at, f'no data for {at - signal.seen:.0f} s')

    def worst(self) -> Signal:
        """Return the first of the worst signals."""
        return max(self.signals.values(), key=lambda signal: RANK[signal.level])

    def settled(self, old: Level, new: Level, at: float, cause: str, worst: Signal) -> None:
        """Record that the whole has changed; it gets better for the cause that cleared last."""
        bad = RANK[new] > 0
        cleared = self._last_cause if RANK[old] > 0 else ''
        self._journal.record(
            self._owner, '', old, new, at, cause or cleared or 'all health signals are healthy',
            value=worst.value if bad else None, threshold=worst.threshold if bad else None)
        self._last_cause = ''

    def view(self) -> Mapping[str, SignalView]:
        """Return a snapshot of every signal."""
        return MappingProxyType({name: signal.view() for name, signal in self.signals.items()})

    def _note(self, signal: Signal, old: Level | None, at: float, evidence: str = '') -> None:
        if old is not None:
            self._last_cause = signal.cause
            self._journal.signal(self._owner, signal, old, at, evidence)

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

"""What is to be said of one node: its state, what is done about it, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
import re

from nevil_health.alerts.kinds import FAILURES
from nevil_health.alerts.spans import span
from nevil_health.alerts.views import Alert
from nevil_health.alerts.views import Step
from nevil_health.core.view import UnitView
from nevil_health.signals.views import LevelChange
from nevil_health.signals.views import NodeHealth
from nevil_health.signals.views import SignalView

__all__ = ['Facts']

_BAD = ('degraded', 'unhealthy')
_SOON_S = 5.0  # most nodes are ready after a second
_ATTEMPT = re.compile(r'restart (\d+ of \d+)')


class Facts:
    """What is known of one node at one moment."""

    def __init__(self, node: str, unit: UnitView, health: NodeHealth, *, at: float,
                 alerts: Sequence[Alert], changes: Sequence[LevelChange]) -> None:
        """Remember what is known."""
        self.node = node
        self.unit = unit
        self.health = health
        self._at = at
        self._alerts = [alert for alert in alerts if alert.node == node]
        self._paused_at = max([unit.since, *(
            alert.since for alert in alerts
            if alert.ended is None and not alert.root and alert.node in unit.paused_by)])
        self._failures = [one for one in changes
                          if one.node == node and one.signal in FAILURES and one.new in _BAD]

    @property
    def well(self) -> bool:
        """Return whether nothing is wrong with it and it does what it is for."""
        return (self.unit.state == 'ready' and not self.unit.paused_by
                and self.health.level not in _BAD)

    def steps(self) -> Iterator[Step]:
        """Yield all of it, the newest first, its present state before all."""
        yield self._step(self._paused_at, 'state', self._state())
        yield from sorted(self._behind(), key=lambda step: -step.at)

    def _behind(self) -> Iterator[Step]:
        if self.unit.held:
            yield self._step(self.unit.since, 'held',
                             'held by the operator: recovery suspended')
        recovery = self._recovery()
        if recovery:
            yield self._step(self.unit.since, 'recovery', recovery)
        if self.well:
            yield from self._last_incident()
            return
        said = _without_attempt(self.unit.reason)
        failures = []
        for step in (*self._signals(), *self._last_failure()):
            if step.detail not in said:
                said += f'\n{step.detail}'
                failures.append(step)
        yield from self._incident(said)
        yield from failures

    def _signals(self) -> Iterator[Step]:
        for signal in self.health.signals.values():
            if signal.level in _BAD:
                yield self._step(signal.since, signal.signal, _signal(signal))

    def _step(self, at: float, what: str, detail: str) -> Step:
        return Step(at=at, node=self.node, what=what, detail=detail)

    def _state(self) -> str:
        unit = self.unit
        if unit.paused_by:
            by = ' and '.join('the operator' if name == 'operator' else name
                              for name in unit.paused_by)
            return f'{"paused" if unit.state == "ready" else unit.state} because of {by}'
        long = span(self._at - unit.since)
        if unit.state == 'ready':
            level = 'nothing is known of its health yet' if self.health.level == 'unknown' else (
                f'{self.health.level} for {span(self._at - self.health.since)}')
            return f'ready for {long}, {level}{" (muted)" if unit.muted else ""}'
        return f'{unit.state} for {long}: {_without_attempt(unit.reason)}'

    def _recovery(self) -> str:
        unit = self.unit
        attempt = _ATTEMPT.search(unit.reason)
        if unit.state == 'backoff' and unit.until is not None:
            which = f' {attempt[1]}' if attempt else ''
            return f'restart{which} in {span(unit.until - self._at)}'
        if unit.state == 'unhealthy':
            return 'its process is being stopped, then its restart policy applies'
        if unit.state == 'failed':
            return 'none: it stays down until an operator starts it'
        if unit.consecutive_failures and unit.state in ('starting', 'ready', 'waiting'):
            times = 'once' if unit.consecutive_failures == 1 else (
                f'{unit.consecutive_failures} times')
            return f'restarted {times} since its last stable run'
        return ''

    def _last_failure(self) -> Iterator[Step]:
        """Yield how it failed last."""
        if self._failures:
            last = self._failures[-1]
            yield self._step(last.at, last.signal, last.cause)
        elif self.unit.last_exit:
            yield self._step(self.unit.since, 'last exit', self.unit.last_exit)
        elif self.unit.state == 'starting' and self._at - self.unit.since > _SOON_S:
            yield self._step(self.unit.since, 'startup',
                             'it has not said that it is ready; what it does first (__init__(), '
                             'initialize(), a callback) may not return')

    def _incident(self, said: str) -> Iterator[Step]:
        """Yield how its oldest open incident stands, and how it began unless that was said."""
        alert = min((one for one in self._alerts if one.ended is None), default=None,
                    key=lambda one: (bool(one.root), one.since))
        if alert is None:
            return
        first = next((one.cause for one in self._failures
                      if (one.signal, one.at) == (alert.signal, alert.since)), alert.text)
        parts = [f'{alert.severity} {alert.id}']
        if alert.count > 1:
            parts.append(f'came {alert.count} times')
        if alert.restarts:
            parts.append(f'{alert.restarts} restart{"s" if alert.restarts > 1 else ""}')
        if alert.silenced:
            parts.append(f'silent: {alert.silenced}')
        if alert.acknowledged:
            parts.append(f'acknowledged: {alert.acknowledged}')
        began = '' if first in said else f'; the first cause was: {first}'
        yield self._step(alert.since, 'alert', ', '.join(parts) + began)

    def _last_incident(self) -> Iterator[Step]:
        """Yield what was wrong with it last, if anything was."""
        last = max(self._alerts, default=None, key=lambda one: (one.ended is None, one.since))
        if last is not None and last.ended is None:
            yield self._step(last.since, 'alert', f'{last.text}; over, if it stays so')
        elif last is not None:
            yield self._step(last.since, 'last alert', last.text)
        elif self._failures:
            failure = self._failures[-1]
            yield self._step(failure.at, 'last failure', failure.cause)


def _signal(signal: SignalView) -> str:
    """Return the cause of a signal, with value and limit where it does not name them."""
    text = signal.cause or signal.level
    for name, number in (('now', signal.value), ('limit', signal.threshold)):
        if number is not None and not _names(text, number):
            text += f', {name} {number:.4g}'
    return text


def _names(text: str, number: float) -> bool:
    """Return whether a text has this number in it, as exactly as it was written there."""
    return any(abs(float(found) - number) <= 0.51 * 10.0 ** -len(found.partition('.')[2])
               for found in re.findall(r'\d+(?:\.\d+)?', text))


def _without_attempt(reason: str) -> str:
    """Return a reason without the restart that it announces, which is shown with the time left."""
    return re.sub(r', restart \d+ of \d+ in [\d.]+ s$', '', reason)

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

"""
Probes: when they are due, what their results add up to, and what follows for the node.

``Course`` counts where the tries are made, in the health node; ``evaluate`` makes of its reading a
finding, where the robot's health is evaluated.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from nevil_health.signals.hysteresis import Finding
from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Course', 'evaluate', 'network_suspect', 'ProbeReading', 'ProbeRole', 'ProbeRule']

ProbeRole = Literal['startup', 'readiness', 'liveness']

# Readiness is what others wait for: it is looked for more often than it is looked after.
_EAGER_S = 0.25
# Fewer nodes may well fall silent together.
_LEAST_SILENT = 3
_TEXT_MOST = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeRule:
    """When a probe is tried, and how many results in a row count; seconds."""

    period_s: float = 5.0
    timeout_s: float = 0.8
    failure_threshold: int = 2
    success_threshold: int = 1
    initial_delay_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeReading:
    """
    What the tries of a probe came to so far.

    :param failures: in a row; 0 after a success
    :param successes: in a row; 0 after a failure
    :param text: what the last failure said
    """

    role: str
    failures: int = 0
    successes: int = 0
    text: str = ''


class Course:
    """
    The tries of one probe of one process, one at a time; time is given.

    The time that the health node has lost itself is not charged to anybody: a try that was under
    way meanwhile gets it on top.

    :param eager: nobody has found it well yet, and somebody waits for that
    """

    def __init__(self, role: ProbeRole, rule: ProbeRule, at: float) -> None:
        """Begin with the process."""
        self.role = role
        self.rule = rule
        self.eager = role != 'liveness'
        self.failures = self.successes = 0
        self.text = ''
        self.due_at = at + rule.initial_delay_s
        self._began: tuple[float, float] | None = None

    @property
    def running(self) -> bool:
        """Return whether a try is under way."""
        return self._began is not None

    @property
    def passed(self) -> bool:
        """Return whether it succeeded as often in a row as it must."""
        return self.successes >= self.rule.success_threshold

    @property
    def failed(self) -> bool:
        """Return whether it failed as often in a row as counts."""
        return self.failures >= self.rule.failure_threshold

    def is_due(self, at: float) -> bool:
        """Return whether it is time for a try."""
        return self._began is None and at >= self.due_at

    def begin(self, at: float, lost_s: float) -> None:
        """
        Begin a try.

        :param lost_s: time that the health node has lost itself, ever
        """
        self._began = at, lost_s
        self.due_at = at + (min(self.rule.period_s, _EAGER_S) if self.eager else
                            self.rule.period_s)

    def is_overdue(self, at: float, lost_s: float) -> bool:
        """Return whether the try under way has taken too long."""
        if self._began is None:
            return False
        began, lost_before_s = self._began
        return at - began - (lost_s - lost_before_s) > self.rule.timeout_s

    def end(self, passed: bool | None, text: str = '') -> bool:
        """
        Count a result; None proves nothing.

        :returns: whether there is something new to report
        """
        self._began = None
        if passed is None:
            return False
        before = self.passed, self.failures, self.text
        if passed:
            self.successes, self.failures, self.text = self.successes + 1, 0, ''
            self.eager = self.eager and not self.passed
        else:
            self.successes, self.failures = 0, self.failures + 1
            self.text = text[:_TEXT_MOST]
        return before != (self.passed, self.failures, self.text)

    def again(self, at: float) -> None:
        """Give it the whole time again: the health node was away."""
        self._began = None
        self.failures = 0
        self.due_at = at + self.rule.period_s

    def reading(self) -> ProbeReading:
        """Return what it came to so far."""
        return ProbeReading(role=self.role, failures=self.failures, successes=self.successes,
                            text=self.text)


def network_suspect(silent: Collection[object], asked: Collection[object]) -> bool:
    """Return whether so many do not answer at once that the way to them is the likelier cause."""
    return len(asked) >= _LEAST_SILENT and 2 * len(silent) > len(asked)


def evaluate(reading: ProbeReading, rule: ProbeRule) -> Finding | None:
    """
    Evaluate a probe.

    As unhealthy as its failures in a row say, and well again after its successes in a row; between
    the two it stays as it is.
    """
    failures, most = float(reading.failures), float(rule.failure_threshold)
    if reading.failures >= rule.failure_threshold:
        times = f', {reading.failures} times in a row' if reading.failures > 1 else ''
        return Finding('unhealthy', 'unhealthy', failures, most,
                       text=f'{reading.role} probe failed: {reading.text or "no answer"}{times}')
    if reading.successes >= rule.success_threshold:
        return Finding('healthy', 'healthy', 0.0, most, text=f'{reading.role} probe succeeds')
    if reading.failures or reading.successes:
        return Finding('healthy', 'unhealthy', failures, most)
    return None

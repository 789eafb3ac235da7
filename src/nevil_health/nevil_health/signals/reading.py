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

"""The border: what comes from outside is made plain numbers, or unknown. Nothing here raises."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from nevil_health.signals.observations import CheckResult
from nevil_health.signals.observations import Counters
from nevil_health.signals.observations import NodeSample
from nevil_health.signals.probes import ProbeReading

__all__ = ['Look', 'look', 'MOST_COUNT', 'MOST_MB', 'MOST_S', 'number', 'text', 'whole']

MOST_S = 1e9                # 30 years
MOST_PERCENT = 100.0 * 4096     # of one core
MOST_MB = 1e9
MOST_COUNT = 2.0 ** 63


def number(value: object, most: float) -> float | None:
    """Return a finite number from 0 to ``most``; everything else is unknown."""
    if type(value) is float or type(value) is int:
        if 0 <= value <= most and isfinite(value):
            return float(value)
    return None


def whole(value: object) -> int | None:
    """Return a whole number from 0 up, below what a counter can hold."""
    if type(value) is int and 0 <= value < MOST_COUNT:
        return value
    return None


def text(value: object) -> str | None:
    """Return a word of sensible length."""
    return value if type(value) is str and 0 < len(value) <= 64 else None


class Look(NamedTuple):
    """A sample of which every number makes sense or is None."""

    process_state: str | None
    cpu: float | None
    memory: float | None
    memory_limit: float | None
    threads: float | None
    fds: float | None
    fds_limit: float | None
    processes: float | None
    beat_age: float | None
    main_loop_age: float | None
    executor_lag: float | None
    response: float | None
    beats: float | None
    expected_beats: float | None
    lifecycle_state: str | None
    desired_state: str | None
    instances: int | None
    shared: bool
    counters: Counters | None
    check: CheckResult | None
    probes: tuple[ProbeReading, ...]

    def blind(self) -> bool:
        """Return whether it says nothing at all."""
        return self.cpu is None and self.memory is None and self.process_state is None \
            and self.beat_age is None and self.counters is None \
            and self.lifecycle_state is None and not self.probes


def look(sample: NodeSample) -> Look:
    """Handle a sample."""
    return Look(
        process_state=text(sample.process_state),
        cpu=number(sample.cpu_percent, MOST_PERCENT),
        memory=number(sample.memory_mb, MOST_MB),
        memory_limit=number(sample.memory_limit_mb, MOST_MB),
        threads=number(sample.threads, MOST_COUNT),
        fds=number(sample.fds, MOST_COUNT),
        fds_limit=number(sample.fds_limit, MOST_COUNT),
        processes=number(sample.processes, MOST_COUNT),
        beat_age=number(sample.beat_age_s, MOST_S),
        main_loop_age=number(sample.main_loop_age_s, MOST_S),
        executor_lag=number(sample.executor_lag_s, MOST_S),
        response=number(sample.response_s, MOST_S),
        beats=number(sample.beats_per_s, MOST_COUNT),
        expected_beats=number(sample.expected_beats_per_s, MOST_COUNT),
        lifecycle_state=text(sample.lifecycle_state),
        desired_state=text(sample.desired_state),
        instances=whole(sample.instances),
        shared=sample.shared is True,
        counters=_counters(sample.counters),
        check=_check(sample.check), probes=_probes(sample.probes))


def _check(value: object) -> CheckResult | None:
    if isinstance(value, CheckResult) and isinstance(value.passed, bool) \
            and whole(value.failures) is not None:
        return value
    return None


def _probes(value: object) -> tuple[ProbeReading, ...]:
    if not isinstance(value, tuple):
        return ()
    return tuple(one for one in value if isinstance(one, ProbeReading)
                 and whole(one.failures) is not None and whole(one.successes) is not None
                 and isinstance(one.text, str))


def _counters(value: object) -> Counters | None:
    if not isinstance(value, Counters):
        return None
    parts = (value.received, value.published, value.errors, value.beats, value.lost_beats)
    return None if any(whole(part) is None for part in parts) else value

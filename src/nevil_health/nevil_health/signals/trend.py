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

"""Whether a resource grows steadily, and when it will reach its limit."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from nevil_health.signals.history import Ring

__all__ = ['HORIZON_S', 'Line', 'LEAST_SAMPLES', 'Trend', 'fit', 'forecast']

HORIZON_S = 600.0
LEAST_SAMPLES = 20
_LEAST_FIT = 0.8         # of r squared; a single step, however high, has 0.75 at most
_LEAST_SHARE = 0.03      # of the limit, by which it must have grown to matter
_LEAST_STEP = 0.1        # of that rise, between the last sample and the 20th before it
_LASTING = 0.5           # of the slope, that the younger half must still have


class Line(NamedTuple):
    """A straight line through samples: its slope, its value at the last one, its r squared."""

    per_s: float
    end: float
    fit: float


class Trend(NamedTuple):
    """How fast something grows, and when it reaches its limit; inf: it does not."""

    per_s: float
    reaches_in_s: float


_NO_GROWTH = Trend(0.0, inf)


def fit(times: Sequence[float], values: Sequence[float]) -> Line:
    """Lay the line of least squares through at least two samples."""
    count = len(times)
    mean_t = sum(times) / count
    mean_v = sum(values) / count
    tt = tv = vv = 0.0
    for time, value in zip(times, values):
        dt, dv = time - mean_t, value - mean_v
        tt += dt * dt
        tv += dt * dv
        vv += dv * dv
    if not tt or not vv:
        return Line(0.0, mean_v, 0.0)
    slope = tv / tt
    return Line(slope, mean_v + slope * (times[-1] - mean_t), tv * tv / (tt * vv))


def forecast(ring: Ring, limit: float, least_rise: float) -> Trend | None:
    """
    Project what the ring holds onto a limit.

    Only a steady rise counts: along a line, by a share of the limit that matters, still rising
    in the younger half. It is looked for in all samples since the reset and, so that a leak which
    begins late is found as soon, in the last 20 if these went beyond all that was there before (a
    sawtooth does not).

    :param least_rise: by which it must have grown, in its own unit
    :returns: None while there are too few samples
    """
    if ring.fresh < LEAST_SAMPLES:
        return None
    rise = max(least_rise, _LEAST_SHARE * limit)
    if ring.ago(0) - ring.ago(LEAST_SAMPLES - 1) < _LEAST_STEP * rise:
        return _NO_GROWTH  # cheap, and true of almost every sample of almost every node
    times, values = ring.since_reset()
    trend = _steady(times, values, limit, rise)
    earlier = values[:-LEAST_SAMPLES]
    if trend.reaches_in_s == inf and earlier and ring.ago(0) - max(earlier) >= rise:
        trend = _steady(times[-LEAST_SAMPLES:], values[-LEAST_SAMPLES:], limit, rise)
    return trend


def _steady(
    times: Sequence[float], values: Sequence[float], limit: float, rise: float,
) -> Trend:
    line = fit(times, values)
    if line.per_s <= 0 or line.fit <= _LEAST_FIT or line.per_s * (times[-1] - times[0]) < rise:
        return _NO_GROWTH
    half = len(times) // 2
    if fit(times[half:], values[half:]).per_s < _LASTING * line.per_s:
        return _NO_GROWTH
    return Trend(line.per_s, max(0.0, (limit - line.end) / line.per_s))

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
"""Numbers as a line of small bars."""

from __future__ import annotations

from collections.abc import Sequence
import math

__all__ = ['ASCII', 'BLOCKS', 'sparkline']

BLOCKS = '\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588'
ASCII = '_.-:=+*#'


def sparkline(
    values: Sequence[float | None], width: int, *, low: float | None = 0.0, span_min: float = 0.0,
    bars: str = BLOCKS,
) -> str:
    """
    Return the newest values, the last at the right; one that is not known is a gap.

    :param low: what the lowest bar stands for, None for the least value
    :param span_min: from the lowest bar to the highest at least, so that noise stays small
    """
    newest = [value if value is not None and math.isfinite(value) else None
              for value in values[-width:]] if width > 0 else []
    known = [value for value in newest if value is not None]
    if not known:
        return ' ' * width
    floor = min(known) if low is None else low
    span = max(max(known) - floor, span_min) or 1.0
    top = len(bars) - 1
    line = ''.join(
        ' ' if value is None else bars[min(top, max(0, round((value - floor) / span * top)))]
        for value in newest)
    return line.rjust(width)

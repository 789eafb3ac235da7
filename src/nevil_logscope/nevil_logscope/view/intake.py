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

"""Polls the sources between frames, and counts what comes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
import time
from typing import Any

from nevil_logscope import sources as engine
from nevil_logscope.binding import QtCore
from nevil_logscope.binding import Signal
from nevil_logscope.sources import Source
from nevil_logscope.store import Store
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.safe_source import SafeSource

__all__ = ['Intake']

# Thirty times a second is smooth to the eye.
_TICK_MS = 33
# Less than a third of a tick, so that the window answers however much arrives.
_BUDGET_S = 0.010
# While history is read, the window answers to keys and the mouse this late at most.
_LOADING_S = 0.025
_WINDOW_S = 60.0


class Intake(QtCore.QObject):
    """
    The sources' timer.

    Signals: ``appended(Added)`` when something has come, ``ticked(bool)`` at the end of each
    tick, True if so.
    """

    appended = Signal(object)
    ticked = Signal(bool)

    def __init__(self, store: Store, sources: Sequence[Source], parent: Any = None) -> None:
        super().__init__(parent)
        self._intake = engine.Intake(store, [])
        for source in sources:
            self.add(source)
        self.received = 0
        self._arrivals: deque[tuple[float, int]] = deque()
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)

    def add(self, source: Source) -> None:
        """Poll one more source."""
        self._intake.sources.append(SafeSource(source, self))

    def start(self) -> None:
        """Begin to poll."""
        self._timer.start(_TICK_MS)

    def close(self) -> None:
        """Stop, and close the sources; may be called again."""
        self._timer.stop()
        self._intake.close()
        self._intake.sources = []

    @property
    def loading(self) -> bool:
        """Return whether a source still reads what was there before."""
        return any(source.loading for source in self._intake.sources)

    @property
    def dropped(self) -> int:
        """Return how many entries could not be taken."""
        return self._intake.dropped + sum(source.dropped for source in self._intake.sources)

    def states(self) -> list[tuple[str, str, bool]]:
        """Return name, status and whether it works, of each source."""
        return [(source.name, source.status, source.ok) for source in self._intake.sources]

    def rate(self, over_s: float) -> float:
        """Return entries a second over the last seconds, a minute at most."""
        since_s = time.monotonic() - over_s
        return sum(count for at_s, count in self._arrivals if at_s >= since_s) / over_s

    def forget(self) -> None:
        """Recount."""
        self.received = 0
        self._arrivals.clear()

    @guarded()
    def tick(self) -> None:
        """Take what there is, for a part of a frame."""
        now_s = time.monotonic()
        change = self._intake.poll(_LOADING_S if self.loading else _BUDGET_S)
        came = change.next_id - change.first - len(change.moved)
        if came:
            self.received += came
            self._arrivals.append((now_s, came))
            self.appended.emit(change)
        while self._arrivals and self._arrivals[0][0] < now_s - _WINDOW_S:
            self._arrivals.popleft()
        self._timer.setInterval(0 if came and self.loading else _TICK_MS)
        self.ticked.emit(bool(came))

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

"""Polls the sources between frames and puts what they give into the store."""

from __future__ import annotations

from collections.abc import Sequence
import time
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import Signal
from nevil_logscope.sources import Source
from nevil_logscope.store import Store
from nevil_logscope.view.guard import guarded
from nevil_logscope.view.guard import report
from nevil_logscope.view.tally import Tally

__all__ = ['Intake']

_TICK_MS = 33
_BUDGET_S = 0.010
_RETRY_S = 2.0


class Intake(QtCore.QObject):
    """
    The sources' timer.

    A source that raises is shown with its error, left alone for two seconds and tried again.
    Signals: ``appended(Added)`` for each batch, ``ticked(bool)`` at the end of each tick, True
    when something has come.
    """

    appended = Signal(object)
    ticked = Signal(bool)

    def __init__(self, store: Store, sources: Sequence[Source], parent: Any = None) -> None:
        super().__init__(parent)
        self._store = store
        self.sources = list(sources)
        self.tally = Tally()
        self._failed: dict[int, tuple[float, str]] = {}
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Begin to poll."""
        self._timer.start(_TICK_MS)

    def close(self) -> None:
        """Stop, and close the sources."""
        self._timer.stop()
        for source in self.sources:
            try:
                source.close()
            except Exception as error:  # noqa: B902 - the others are closed as well
                report(self, f'{source.name}: {error}', error)
        self.sources = []

    @property
    def loading(self) -> bool:
        """Tell whether a source still reads what was there before."""
        return any(source.loading for source in self.sources)

    @property
    def dropped(self) -> int:
        """Return how many entries the sources could not take."""
        return sum(source.dropped for source in self.sources)

    def states(self) -> list[tuple[str, str, bool]]:
        """Return name, status and whether it works, of each source."""
        states = []
        for number, source in enumerate(self.sources):
            try:
                text, works = source.status, source.ok
            except Exception as error:  # noqa: B902 - shown as its state
                text, works = str(error), False
            if number in self._failed:
                text, works = self._failed[number][1], False
            states.append((source.name, text, works))
        return states

    @guarded()
    def tick(self) -> None:
        """Take what there is, for a part of a frame."""
        came = False
        for number, source in enumerate(self.sources):
            now_s = time.monotonic()
            if number in self._failed and now_s < self._failed[number][0]:
                continue
            try:
                batches = source.poll(_BUDGET_S / len(self.sources))
                self._failed.pop(number, None)
            except Exception as error:  # noqa: B902 - shown as its state
                self._failed[number] = (now_s + _RETRY_S, f'{type(error).__name__}: {error}')
                report(self, f'{source.name}: {type(error).__name__}: {error}', error)
                continue
            for batch in batches:
                if len(batch):
                    came = True
                    self.tally.add(batch, now_s)
                    self.appended.emit(self._store.append(batch))
        self._timer.setInterval(0 if came and self.loading else _TICK_MS)
        self.ticked.emit(came)

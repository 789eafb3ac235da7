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

"""Rates from counters that begin at 0 whenever their process does."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from nevil_health.signals.observations import Counters

__all__ = ['Rates', 'Reading']

LEAST_READINGS = 3
MOST_READINGS = 12
LEAST_EVENTS = 10


class Reading(NamedTuple):
    """The counters at one time."""

    at: float
    messages: int
    errors: int
    beats: int
    lost_beats: int


class Rates:
    """
    What a node does per second, over the last 3 to 12 readings.

    A counter that went back, or a new process, starts a new base: no rate is ever negative.
    ``error_rate`` is errors per message handled or published, at most 1: an error without any
    message (of the main loop) counts as one message that failed.
    """

    __slots__ = ('_readings', 'beat_loss', 'error_rate', 'errors', 'messages', 'messages_per_s')

    def __init__(self) -> None:
        """Make rates of which nothing is known yet."""
        self._readings: deque[Reading] = deque(maxlen=MOST_READINGS)
        self.reset()

    def reset(self) -> None:
        """Start a new base."""
        self._readings.clear()
        self._forget()

    def add(self, counters: Counters, at: float) -> None:
        """Record the counters; every one must be a whole number from 0 up."""
        reading = Reading(
            at, counters.received + counters.published, counters.errors, counters.beats,
            counters.lost_beats)
        if self._readings:
            last = self._readings[-1]
            if at <= last.at:
                return
            if any(new < old for new, old in zip(reading[1:], last[1:])):
                self.reset()
        self._readings.append(reading)
        if len(self._readings) >= LEAST_READINGS:
            self._compute(reading)

    def _forget(self) -> None:
        self.messages_per_s: float | None = None
        self.error_rate: float | None = None
        self.beat_loss: float | None = None
        self.messages = self.errors = 0

    def _compute(self, last: Reading) -> None:
        self._forget()
        readings = self._readings
        first = readings[-LEAST_READINGS]
        self.messages_per_s = (last.messages - first.messages) / (last.at - first.at)
        for index in range(len(readings) - LEAST_READINGS, -1, -1):
            first = readings[index]
            messages, errors = last.messages - first.messages, last.errors - first.errors
            if messages + errors >= LEAST_EVENTS:
                self.messages, self.errors = max(messages, errors), errors
                self.error_rate = errors / self.messages
                break
        first = readings[0]
        lost = last.lost_beats - first.lost_beats
        beats = last.beats - first.beats + lost
        if beats >= LEAST_EVENTS:
            self.beat_loss = 100.0 * lost / beats

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
What heartbeats say, checked, and kept for each node. Standard library only; time is given.

A heartbeat comes from anybody in the ROS domain. One that makes no sense is dropped and counted.
"""

from __future__ import annotations

from typing import Protocol

from nevil_health.monitor.sequences import HeardBeats
from nevil_health.signals.observations import CheckResult
from nevil_health.signals.observations import Counters

__all__ = ['Record', 'Word', 'makes_sense']

MAX_TEXT = 256  # longest name that ROS 2 allows, and one more
# About four months; what claims more is no time that a robot has measured.
_MAX_S = 1e7
# PID_MAX_LIMIT of Linux on 64 bits.
_MAX_PID = 1 << 22
# From there on the queue may have overflowed here, so a gap is not the sender's loss.
_LOST_OURSELVES_S = 0.2
# A number further back is no late beat but a node that counts from the beginning again.
_OVERTAKEN = 100


class Word(Protocol):
    """The fields of a ``nevil_msgs/Heartbeat``."""

    node: str
    pid: int
    generation: int
    instance: str
    sequence: int
    period: float
    lifecycle_state: str
    main_loop_age: float
    main_loop_running: bool
    executor_lag: float
    error_count: int
    published_count: int
    received_count: int
    response_time: float
    check_count: int
    check_passed: bool
    check_failures: int
    check_duration: float
    check_text: str


def makes_sense(word: Word) -> bool:
    """Return whether every number is one and every text is short; NaN compares to nothing."""
    return (
        0 < len(word.node) <= MAX_TEXT and len(word.lifecycle_state) < MAX_TEXT
        and len(word.instance) < MAX_TEXT and len(word.check_text) < MAX_TEXT
        and 0 < word.pid <= _MAX_PID and 0.0 <= word.period <= _MAX_S
        and 0.0 <= word.main_loop_age <= _MAX_S and 0.0 <= word.executor_lag <= _MAX_S
        and 0.0 <= word.response_time <= _MAX_S and 0.0 <= word.check_duration <= _MAX_S)


class Record:
    """What one node has said since its process was started."""

    __slots__ = ('word', 'heard', 'heard_at', 'lost_s', 'beats', 'lost_beats', 'beats_per_s',
                 'expected_per_s', '_sure_lost_s', '_window_at', '_window_beats',
                 '_window_expected')

    def __init__(self, at: float) -> None:
        """Nothing yet."""
        self.word: Word | None = None
        self.heard = HeardBeats()
        self.heard_at = at
        self.lost_s = self._sure_lost_s = 0.0
        self.beats = self.lost_beats = 0
        self.beats_per_s: float | None = None
        self.expected_per_s: float | None = None
        self._open_window(at)

    def beat(self, word: Word, at: float, lost_s: float, before_s: float) -> bool:
        """
        Handle a heartbeat; return whether it is news that cannot wait for the next sample.

        :param lost_s: time that the monitor has lost altogether; what it did not receive meanwhile
            is its own loss
        :param before_s: the same when heartbeats were last handled; this one may have come since
        """
        before = self.word
        if before is None or before.instance != word.instance:
            self.beats = self.lost_beats = 0
            self._open_window(at)
        elif before.period > 0.0:
            self._window_expected += (at - self.heard_at) / before.period
        self.beats += 1
        self._window_beats += 1
        self.heard_at, self.lost_s = at, lost_s
        if before is not None and before.instance == word.instance:
            gap = word.sequence - before.sequence - 1
            if -_OVERTAKEN <= gap < -1:  # overtaken on its way: it counted as lost, and is no news
                self.lost_beats = max(0, self.lost_beats - 1)
                return False
            if gap > 0 and lost_s - self._sure_lost_s < _LOST_OURSELVES_S:
                self.lost_beats += gap
        self.word, self._sure_lost_s = word, before_s
        return before is None or (
            before.lifecycle_state != word.lifecycle_state
            or before.check_passed != word.check_passed
            or before.check_failures != word.check_failures)

    def close_window(self, at: float) -> None:
        """Find how often it beat, and how often it promised to, since the last call."""
        elapsed_s = at - self._window_at
        if self.word is not None and elapsed_s >= 0.5:
            self.beats_per_s = round(self._window_beats / elapsed_s, 2)
            self.expected_per_s = round(self._window_expected / elapsed_s, 2)
            self._open_window(at)

    def age_s(self, at: float, lost_s: float) -> float:
        """Return how long it has been silent while the monitor was listening."""
        return max(0.0, at - self.heard_at - (lost_s - self.lost_s))

    def counters(self) -> Counters | None:
        """Return what the node counts of itself."""
        word = self.word
        return None if word is None else Counters(
            received=word.received_count, published=word.published_count,
            errors=word.error_count, beats=self.beats, lost_beats=self.lost_beats)

    def check(self) -> CheckResult | None:
        """Return the last result of its health check."""
        word = self.word
        return None if word is None else CheckResult(
            passed=word.check_passed if word.check_count else None,
            failures=word.check_failures, duration_s=round(word.check_duration, 3),
            text=word.check_text)

    def _open_window(self, at: float) -> None:
        self._window_at, self._window_beats, self._window_expected = at, 0, 0.0

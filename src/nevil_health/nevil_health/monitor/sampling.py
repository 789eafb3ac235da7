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


"""Resource samples at intervals, in a thread: reading /proc must not delay heartbeats."""

from __future__ import annotations

from collections.abc import Callable
import threading
import time

from nevil_health.monitor.expected import Expectation
from nevil_health.monitor.machine import Machine
from nevil_health.monitor.machine import MachineSampler
from nevil_health.monitor.resource_usage import ResourceSampler
from nevil_health.monitor.resource_usage import Usage

__all__ = ['SamplingThread']

OnSamples = Callable[[Expectation, dict[str, Usage], Machine], None]

_FIRST_S = 0.5


class SamplingThread:
    """
    Samples what is expected, soon after it changed and then at each interval.

    :param on_samples: called in this thread with what was expected, what each unit uses, and what
        the machine uses
    """

    def __init__(self, on_samples: OnSamples) -> None:
        """Sample nothing yet."""
        self._on_samples = on_samples
        self._expectation = Expectation()
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name='samples', daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._changed.set()
        self._thread.join()

    def watch(self, expectation: Expectation) -> None:
        """Sample these from now on."""
        new = ({unit.key for unit in expectation.units}
               - {unit.key for unit in self._expectation.units})
        shorter = (expectation.health_check_interval_s
                   < self._expectation.health_check_interval_s)
        self._expectation = expectation
        if new or shorter:
            self._changed.set()

    def _run(self) -> None:
        processes, machine = ResourceSampler(), MachineSampler()
        while not self._stopping.is_set():
            interval_s = self._expectation.health_check_interval_s
            if self._changed.wait(interval_s):
                self._changed.clear()
                # A start of many nodes is one change, not one for each of them.
                self._stopping.wait(min(_FIRST_S, interval_s))
            if self._stopping.is_set():
                return
            expectation = self._expectation
            usages = processes.sample(
                {unit.unit: unit.pid for unit in expectation.units},
                time.clock_gettime(time.CLOCK_BOOTTIME))
            self._on_samples(expectation, usages, machine.sample(expectation.logs))

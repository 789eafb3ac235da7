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

"""What a node counts of itself."""

from __future__ import annotations

import threading

from nevil_nodes.node import counters as counters_module
from nevil_nodes.node.counters import Counters
import pytest


def test_response_time_is_the_95th_percentile() -> None:
    """One slow callback in a hundred is no slow node; six are."""
    counters = Counters()
    assert counters.response_time_s() == 0.0
    for number in range(100):
        counters.callback(9.0 if number < 5 else 0.01)
    assert counters.response_time_s() == 0.01
    counters.callback(9.0)  # takes the place of the first
    assert counters.response_time_s() == 0.01
    counters.callback(0.01)
    for _ in range(6):
        counters.callback(9.0)
    assert counters.response_time_s() == 9.0
    assert counters.callbacks == 108


def test_response_time_forgets_what_is_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that gets no more messages would seem slow for ever."""
    counters = Counters()
    counters.callback(9.0)
    assert counters.response_time_s() == 9.0
    monkeypatch.setattr(counters_module, '_RECENT_S', 0.0)
    assert counters.response_time_s() == 0.0


def test_counting_from_many_threads_loses_nothing() -> None:
    """Main loop, callbacks, the author's threads and the heartbeat all touch the counters."""
    counters = Counters()
    begin = threading.Barrier(5)

    def count() -> None:
        begin.wait()
        for _ in range(2000):
            counters.error()
            counters.publish()
            counters.receive()
            counters.callback(0.1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    begin.wait()
    while any(thread.is_alive() for thread in threads):
        assert counters.response_time_s() in (0.0, 0.1)
    assert (counters.errors, counters.published, counters.received, counters.callbacks) \
        == (8000, 8000, 8000, 8000)

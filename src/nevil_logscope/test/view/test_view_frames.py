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

"""The window goes on to answer while it filters many entries; the frame times are printed."""

from __future__ import annotations

from dataclasses import replace
import time
from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtWidgets
from nevil_logscope.store import Batch
import pytest
from view_made import Bench
from view_made import made_entry

_MANY = 1_000_000
_BLOCK = 10_000
_BEAT_MS = 5


@pytest.mark.timeout(300)
def test_frames_go_on_while_a_million_entries_are_filtered(qtbot: Any) -> None:
    """A heartbeat beats throughout a search; how late it was is for the benchmark to say."""
    bench = Bench(max_entries=_MANY)
    qtbot.addWidget(bench.scope)
    bench.scope.show()
    block = Batch.of_entries(map(made_entry, range(_BLOCK)), bench.store.names)
    length = int(block.at_ns[-1] - block.at_ns[0]) + 1
    for number in range(_MANY // _BLOCK):
        bench.scope.feed.appended(
            bench.store.append(replace(block, at_ns=block.at_ns + number * length)))
    bench.scope.feed.show_new()
    bench.settle()
    assert len(bench.scope.model) == _MANY
    beats: list[float] = []
    timer = QtCore.QTimer()
    timer.setTimerType(QtCore.Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(_BEAT_MS)
    for text in ('took 3', r'step \d*7 took [0-3]'):
        beats.clear()
        started = time.perf_counter()
        bench.scope.search.field.setText(text)
        while bench.scope.searcher.running:
            QtWidgets.QApplication.processEvents()
        took = time.perf_counter() - started
        QtWidgets.QApplication.processEvents()
        gaps = sorted(later - earlier for earlier, later in zip(beats, beats[1:]))
        assert gaps and 0 < len(bench.scope.model) < _MANY
        print(f'{text!r}: {len(bench.scope.model)} rows in {took * 1000:.0f} ms, {len(beats)} '
              f'beats, worst frame {gaps[-1] * 1000:.0f} ms, '
              f'median {gaps[len(gaps) // 2] * 1000:.0f} ms')
        bench.do('toggle_regex')
    timer.stop()
    bench.scope.close_sources()

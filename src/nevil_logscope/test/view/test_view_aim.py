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

"""From trouble to the line: Enter on a node, and a place that the command line names."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.view import times
from nevil_logscope.view.aim import Aim
from quality.waiting import wait_for
from view_made import Bench
from view_made import made_entry
from view_made import START_NS


def test_enter_on_a_node_goes_to_what_was_said_of_its_end(qtbot: Any) -> None:
    """The node was killed: the last words are the system's, and a filter may hide them."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    bench.add(40)
    ended = made_entry(40, level='ERROR', node='system', component='',
                       message='camera: killed by SIGSEGV (core dumped), restart 1 of 5')
    bench.put([ended, *(made_entry(number, level='INFO') for number in range(41, 90))])
    bench.do('level_3')
    assert ended.message not in bench.messages()
    nodes = bench.scope.nodes
    row = [one.name for one in nodes.rows].index('camera')
    nodes.setCurrentIndex(nodes.model().index(row, 0))
    qtbot.keyClick(nodes, QtCore.Qt.Key.Key_Return)
    assert bench.current().message == ended.message
    assert bench.nodes() > {'camera', 'system'}


def test_a_node_without_errors_leads_to_its_newest_warning_or_entry(qtbot: Any) -> None:
    """There is always something to look at where the node has spoken."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    bench.put([made_entry(0, level='WARNING', node='arm', message='hot'),
               made_entry(1, level='INFO', node='arm', message='moved'),
               made_entry(2, level='INFO', node='leg', message='stands')])
    bench.scope.nodes.asked.emit('arm')
    assert bench.current().message == 'hot'
    bench.scope.nodes.asked.emit('leg')
    assert bench.current().message == 'stands'


def test_a_place_on_the_command_line_is_found_when_all_is_read(qtbot: Any) -> None:
    """The entry of the node at that time is selected, all nodes around it are shown."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    bench.source.loading = True
    bench.add(100)
    at = times.absolute(START_NS + 51 * 100_000_000, True)
    aim = Aim(bench.scope, at if at[:2] == '20' else at.partition(' ')[2], 'system')
    aim.look()
    assert bench.scope.table.current_id is None
    bench.source.loading = False
    wait_for(lambda: bench.scope.table.current_id is not None, 20, step=lambda: qtbot.wait(20))
    assert bench.current().node == 'system' and bench.current().at_ns >= START_NS + 5_100_000_000
    assert bench.current().at_ns <= START_NS + 5_600_000_000
    assert len(bench.nodes()) > 3

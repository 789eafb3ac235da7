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

"""A case shows the same rows, filters and marks elsewhere; a hit in folded lines is marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nevil_logscope.__main__ import _case as case_of
from nevil_logscope.settings import Settings
from nevil_logscope.sources.case import CaseSource
from nevil_logscope.store import Store
from nevil_logscope.view.model import MESSAGE
from nevil_logscope.view.widget import LogScopeWidget
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs import Record
from nevil_nodes.logs.case import write_case
from quality.waiting import wait_for
from view_made import Bench
from view_made import TRACEBACK


def opened(path: Path, qtbot: Any) -> LogScopeWidget:
    """Return a LogScope that shows a case."""
    head = case_of([str(path)])
    store = Store(max(10, head.get('entries') or 0))
    source = CaseSource(str(path), store.names)
    scope = LogScopeWidget(store, [source])
    qtbot.addWidget(scope)
    scope.restore(Settings().with_case(head))
    wait_for(lambda: not source.loading, 20, step=scope.intake.tick)
    scope.searcher.finish()
    scope.refresh()
    return scope


def rows(scope: Any) -> list[tuple[int, str, str, str]]:
    """Return what the rows of a LogScope show."""
    lines = [scope.model.line(row).entry for row in range(len(scope.model))]
    return [(one.at_ns, one.node, one.component, one.message) for one in lines]


def test_a_case_has_the_same_rows_filters_and_marks(tmp_path: Path, qtbot: Any) -> None:
    """Further lines, the search and the bookmark too, on a machine that has no such log."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    bench.add(200)
    bench.do('level_1')
    bench.type('step')
    bench.scope.table.select_id(bench.scope.model.id_at(3))
    bench.do('bookmark')
    marked = bench.current().message
    path = tmp_path / 'crash.nlog'
    with qtbot.waitSignal(bench.scope.commands.exporter.ended, timeout=20_000) as ended:
        bench.scope.commands.exporter.write(path, 'see the mark')
    assert ended.args == [True]
    there = opened(path, qtbot)
    assert rows(there) == rows(bench.scope) and len(rows(there)) > 20
    assert there.tabs.current.spec == bench.scope.tabs.current.spec
    assert there.search.field.text() == 'step'
    assert [there.store.entry(one).message for one in there.bookmarks] == [marked]
    assert case_of([str(path)])['note'] == 'see the mark'


def test_a_case_without_a_window_is_the_same(tmp_path: Path, qtbot: Any) -> None:
    """More entries than a store keeps by default, too, and every kind of text."""
    records = [Record(1_795_370_043_000_000_000 + number, 'INFO', 'arm', 'motor', text)
               for number, text in enumerate(['one\ntwo', '\x0b\0', 'é\u2028', '{"a": 1}'] * 10)]
    path = tmp_path / 'x.nlog'
    assert write_case(path, records, FilterSpec(nodes=frozenset({'arm'})), 'a note') == 40
    there = opened(path, qtbot)
    assert len(rows(there)) == 40 and there.tabs.current.spec.nodes == frozenset({'arm'})
    assert rows(there)[0][2:] == ('motor', 'one\ntwo')


def test_what_is_no_case_is_said(tmp_path: Path, qtbot: Any) -> None:
    """Not an empty window without a word."""
    path = tmp_path / 'x.nlog'
    path.write_text('something else\n')
    there = opened(path, qtbot)
    assert there.intake.states()[0][1:] == ('is not a case written by Nevil', False)


def test_a_hit_in_folded_lines_is_marked(qtbot: Any) -> None:
    """The row holds it where one cannot see it."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    bench.scope.resize(1200, 700)
    bench.scope.show()
    bench.add(30)
    assert TRACEBACK in {bench.scope.model.line(row).entry.message for row in range(30)}
    bench.type('keyerror')
    assert len(bench.messages()) == 1
    table = bench.scope.table
    rect = table.visualRect(bench.scope.model.index(0, MESSAGE))
    picture = table.viewport().grab(rect).toImage()
    hit = bench.scope.theme.hit
    colours = {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 2)
               for y in range(0, picture.height(), 3)}
    assert hit.lower() in colours

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

"""Highlight rules, notes on entries, and fields of messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nevil_logscope.settings import Settings
from nevil_logscope.view.model import FIELD
from nevil_logscope.view.model import MESSAGE
from nevil_logscope.view.theme import RULE_COLOURS
from nevil_nodes.logs import TextTerm
from nevil_nodes.logs.case import case_head
from view_made import Bench
from view_made import made_entry


def colours_of(bench: Bench, row: int, column: int) -> set[str]:
    """Return the colours that a cell has."""
    table = bench.scope.table
    picture = table.viewport().grab(
        table.visualRect(bench.scope.model.index(row, column))).toImage()
    return {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 2)
            for y in range(0, picture.height(), 3)}


def shown(qtbot: Any) -> Bench:
    """Return a window with some entries."""
    bench = Bench()
    qtbot.addWidget(bench.scope)
    bench.scope.resize(1200, 700)
    bench.scope.show()
    bench.put([made_entry(number, message=f'go id={number % 3} to {{"place": "x{number}"}}',
                          level='INFO', node='arm') for number in range(12)])
    return bench


def test_a_highlight_stays_whatever_is_searched_for(qtbot: Any) -> None:
    """It is remembered, the second one has another colour, and the same again removes it."""
    bench = shown(qtbot)
    bench.type('id=1')
    bench.do('highlight')
    bench.type('')
    assert RULE_COLOURS[0] in colours_of(bench, 1, MESSAGE)
    assert RULE_COLOURS[0] not in colours_of(bench, 2, MESSAGE)
    bench.scope.table.select_id(bench.scope.model.id_at(2))
    bench.do('highlight')
    assert RULE_COLOURS[1] in colours_of(bench, 2, MESSAGE)
    other = Bench()
    qtbot.addWidget(other.scope)
    other.scope.restore(Settings.from_json(bench.scope.settings().to_json()))
    assert other.scope.highlights == bench.scope.highlights == [
        TextTerm('id=1'), TextTerm(bench.messages()[2], 'plain', True)]
    bench.do('highlight')
    assert bench.scope.highlights == [TextTerm('id=1')]
    bench.do('clear_highlights')
    assert not bench.scope.highlights
    assert RULE_COLOURS[0] not in colours_of(bench, 1, MESSAGE)


def test_a_note_is_shown_and_goes_with_the_case(qtbot: Any, tmp_path: Path) -> None:
    """An entry with a note has a bookmark; notes of several entries are kept apart."""
    bench = shown(qtbot)
    for row, text in ((3, 'here it began'), (5, 'and here\nit ended')):
        bench.scope.table.select_id(bench.scope.model.id_at(row))
        bench.scope.commands.marks.note(text)
    bench.do('show_details')
    assert bench.scope.details.text.toPlainText().startswith('Note: and here\nit ended\n\ngo ')
    assert len(bench.scope.bookmarks) == 2
    path = tmp_path / 'x.nlog'
    with qtbot.waitSignal(bench.scope.commands.exporter.ended, timeout=20_000):
        bench.scope.commands.exporter.write(path)
    other = shown(qtbot)
    other.scope.restore(Settings().with_case(case_head(path)))
    other.settle()
    other.scope.table.select_id(other.scope.model.id_at(3))
    other.do('show_details')
    assert other.scope.details.text.toPlainText().startswith('Note: here it began\n')
    other.scope.commands.marks.note('')
    assert not other.scope.details.text.toPlainText().startswith('Note')


def test_a_field_is_a_filter_and_a_column(qtbot: Any) -> None:
    """Of ``key=value`` and of JSON; the column is remembered."""
    bench = shown(qtbot)
    fields = bench.scope.commands.entries.fields
    assert bench.scope.table.isColumnHidden(FIELD)
    fields.show_column('place')
    assert [bench.scope.model.data(bench.scope.model.index(row, FIELD)) for row in range(2)] == [
        'x0', 'x1']
    assert not bench.scope.table.isColumnHidden(FIELD)
    assert bench.scope.settings().column == 'place'
    fields.only('id', '1')
    bench.settle()
    assert len(bench.messages()) == 4 and all(' id=1 ' in one for one in bench.messages())
    fields.only('place', 'x1')
    bench.settle()
    assert len(bench.messages()) == 1
    fields.show_column('')
    assert bench.scope.table.isColumnHidden(FIELD)

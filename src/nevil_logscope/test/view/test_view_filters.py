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

"""What is shown, and how the mouse and the search field change it."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.view.filters import SavedView
from nevil_nodes.logs import FilterSpec
from nevil_nodes.logs.flags import Flag
import pytest
from view_made import Bench
from view_made import key
from view_made import made_entry
from view_made import NODES

_LEFT = QtCore.Qt.MouseButton.LeftButton


def node_place(bench: Bench, name: str) -> Any:
    """Return where a node is in the list."""
    rows = [row.name for row in bench.scope.nodes.rows]
    index = bench.scope.nodes.model().index(rows.index(name), 0)
    bench.scope.nodes.setCurrentIndex(index)
    return bench.scope.nodes.visualRect(index).center()


def test_crash_mode_shows_trouble_of_all_nodes_and_levels(bench: Bench) -> None:
    """It overrides the level and node filters, as in v3, and they are back afterwards."""
    bench.do('level_3')
    bench.scope.commands._solo('camera')
    bench.settle()
    assert bench.levels() <= {'DEBUG', 'INFO', 'WARNING', 'CRITICAL'}
    bench.do('crash')
    kept = [entry for entry in map(bench.store.entry, range(200)) if entry.flags & Flag.CRASH]
    assert bench.messages() == [entry.message.partition('\n')[0] for entry in kept]
    assert bench.levels() == {entry.level for entry in kept} and len(bench.nodes()) > 1
    assert 'Crash Monitor Mode' in bench.scope.status.message.text()
    bench.do('crash')
    assert bench.nodes() == {'camera'} and 'ERROR' not in bench.levels()


def test_crash_mode_combines_with_the_search(bench: Bench) -> None:
    """One looks for a word among the trouble."""
    bench.do('crash')
    bench.type('motor')
    assert bench.messages() == ['motor 31 is on fire', 'motor 131 is on fire']


def test_dialogue_mode_shows_speech(bench: Bench) -> None:
    """Speech nodes, and speech words of any node."""
    bench.put([made_entry(300, node='camera', message='microphone found')])
    bench.do('dialogue')
    assert bench.nodes() == {'speech_recognition', 'camera'}
    assert bench.messages()[-1] == 'microphone found'


def test_a_click_shows_only_a_node_and_with_ctrl_hides_it(bench: Bench, qtbot: Any) -> None:
    """Whoever clicks on a red light wants to see what that node says."""
    nodes, every = bench.scope.nodes, bench.nodes()
    ctrl = QtCore.Qt.KeyboardModifier.ControlModifier
    for modifier, shown in ((QtCore.Qt.KeyboardModifier.NoModifier, {'camera'}),
                            (ctrl, every - {'camera'})):
        for wanted in (shown, every):
            qtbot.mouseClick(nodes.viewport(), _LEFT, modifier, node_place(bench, 'camera'))
            bench.settle()
            assert bench.nodes() == wanted


def test_space_in_the_list_hides_and_shows(bench: Bench, qtbot: Any) -> None:
    """What the mouse does, keys do; and Space there does not pause."""
    nodes = bench.scope.nodes
    nodes.setFocus()
    node_place(bench, 'camera')
    qtbot.keyClick(nodes, key('Space'))
    bench.settle()
    assert 'camera' not in bench.nodes() and not bench.scope.feed.paused
    qtbot.keyClick(nodes, key('Space'))
    bench.settle()
    assert bench.nodes() == set(NODES)


def test_the_list_counts_warnings_and_errors(bench: Bench) -> None:
    """W and E of each node, and of each level on its button."""
    row = next(row for row in bench.scope.nodes.rows if row.name == 'camera')
    entries = [bench.store.entry(number) for number in range(200)]
    camera = [entry.level for entry in entries if entry.node == 'camera']
    assert row.entries == len(camera) and row.warnings == camera.count('WARNING')
    assert row.errors == camera.count('ERROR') + camera.count('CRITICAL')
    texts = [button.text().split() for button in bench.scope.levels._buttons]
    assert [text[-1] for text in texts] == [
        str([entry.level for entry in entries].count(text[-2])) for text in texts]


def test_a_level_button_hides_its_level(bench: Bench, qtbot: Any) -> None:
    """And is no longer ticked."""
    button = bench.scope.levels._buttons[1]
    qtbot.mouseClick(button, _LEFT)
    bench.settle()
    assert 'INFO' not in bench.levels() and not button.isChecked() and '✓' not in button.text()


def test_the_search_filters_as_one_types(bench: Bench, qtbot: Any) -> None:
    """Every key narrows or widens; without a case unless it is asked for."""
    field = bench.scope.search.field
    field.setFocus()
    counts = []
    for letter in 'ON FIRE':
        qtbot.keyClicks(field, letter)
        bench.settle()
        counts.append(len(bench.scope.model))
    assert counts == sorted(counts, reverse=True) and counts[-1] == 2
    assert bench.scope.search.message.text() == '2 hits'
    bench.do('toggle_case')
    assert len(bench.scope.model) == 0
    bench.type('')
    assert len(bench.scope.model) == 200


def test_excluding_hides_what_is_found(bench: Bench) -> None:
    """Noise goes."""
    bench.do('toggle_exclude')
    bench.type('step')
    assert set(bench.messages()) == {'planning failed', 'motor 31 is on fire',
                                     'motor 131 is on fire'}
    bench.do('keep_term')
    assert bench.scope.chips.buttons[0].text().startswith('¬ “step”')
    assert len(bench.scope.model) == 6


def test_a_regular_expression_searches_across_the_lines_of_an_entry(bench: Bench) -> None:
    """A traceback is one text to it."""
    bench.do('toggle_regex')
    bench.type('planning.*KeyError')
    assert len(bench.scope.model) == 4
    bench.type('on fire|took 3 ms')
    assert len(bench.scope.model) == 2 + len(
        [number for number in range(200) if number % 7 == 3
         and bench.store.entry(number).message.startswith('step')])


def test_a_wrong_pattern_keeps_the_rows_and_says_where(bench: Bench) -> None:
    """While one types, every pattern is wrong for a moment; other filters go on to work."""
    bench.do('toggle_regex')
    bench.type('took 3')
    rows = bench.messages()
    bench.type('took 3(')
    assert bench.messages() == rows
    text = bench.scope.search.message.text()
    assert 'parenthesis' in text and 'at character 8' in text
    assert bench.scope.search.field.property('wrong') is True
    bench.do('keep_term')
    assert bench.scope.search.field.text() == 'took 3('
    bench.do('level_1')
    assert 0 < len(bench.scope.model) < len(rows)
    bench.type('took 3( ms)?')
    assert bench.scope.search.field.property('wrong') is False
    assert 'hits' in bench.scope.search.message.text()


def test_a_pattern_that_takes_too_long_is_refused_in_words(bench: Bench) -> None:
    """The window must not stand still for it."""
    bench.put([made_entry(300 + number, message='x y ' * 40) for number in range(200)])
    bench.do('toggle_regex')
    bench.type('(.*)*x{3}y')
    assert 'too long' in bench.scope.search.message.text()
    assert len(bench.scope.model) == 400


def test_tabs_keep_their_filters_and_their_place(bench: Bench) -> None:
    """A tab is a view of its own over the same entries."""
    bench.add(500)
    tabs, table = bench.scope.tabs, bench.scope.table
    table.select_id(100)
    top = table.top_id()
    tabs.bar.setCurrentIndex(2)
    bench.settle()
    assert tabs.current.mode == 'crash' and table.following
    bench.type('fire')
    tabs.bar.setCurrentIndex(0)
    bench.settle()
    assert bench.scope.search.field.text() == '' and len(bench.scope.model) == 700
    assert bench.current().id == 100 and table.top_id() == top and not table.following
    tabs.bar.setCurrentIndex(2)
    bench.settle()
    assert bench.scope.search.field.text() == 'fire' and len(bench.scope.model) == 7


def test_a_tab_of_a_node_is_made_once(bench: Bench) -> None:
    """Asked for again, it is entered."""
    tabs = bench.scope.tabs
    view = SavedView('camera', FilterSpec(nodes=frozenset({'camera'})))
    for _ in range(2):
        tabs.open_named('camera', view)
        bench.settle()
        assert bench.nodes() == {'camera'} and len(tabs.views) == 5
        tabs.bar.setCurrentIndex(0)
    tabs.rename(4, 'eyes & ears')
    assert tabs.views[4].name == 'eyes & ears'


def test_every_chip_removes_its_filter(bench: Bench) -> None:
    """What hides entries is always seen and always one press away."""
    bench.do('level_0')
    bench.scope.commands._toggle_node('camera')
    bench.scope.commands._toggle_node('system')
    bench.scope.commands._brushed(bench.store.at_ns(20), bench.store.at_ns(180))
    bench.type('step')
    bench.do('keep_term')
    bench.settle()
    assert len(bench.scope.chips.buttons) == 5
    while bench.scope.chips.buttons:
        bench.scope.chips.buttons[-1].click()
        bench.settle()
    assert len(bench.scope.model) == 200


@pytest.mark.parametrize('many', [0, 1])
def test_every_command_works_without_entries(qtbot: Any, many: int) -> None:
    """The first thing one sees is an empty window."""
    from nevil_logscope.view.keys import KEYS
    bench = Bench()
    qtbot.addWidget(bench.scope)
    bench.scope.show()
    bench.add(many)
    for one in KEYS:
        if one.name and one.name != 'export':
            bench.do(one.name)
            assert 'Error' not in bench.scope.status.message.text(), one.name
    bench.scope.close_sources()

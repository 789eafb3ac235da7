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

"""Every key does what the list says, and only where it should."""

from __future__ import annotations

from typing import Any

from nevil_logscope.binding import QtCore
from nevil_logscope.binding import QtGui
from nevil_logscope.binding import QtWidgets
from nevil_logscope.view.keys import KEYS
from nevil_logscope.view.theme import LEVEL_NAMES
import pytest
from view_made import Bench
from view_made import key

_MODIFIER = QtCore.Qt.KeyboardModifier
_NONE = _MODIFIER.NoModifier


@pytest.fixture(autouse=True)
def active(bench: Any, qtbot: Any) -> None:
    """Give the window the keyboard: without it no shortcut is alive."""
    bench.scope.activateWindow()
    qtbot.waitUntil(lambda: bench.scope.isActiveWindow(), timeout=5000)
    bench.scope.table.setFocus()


def press(qtbot: Any, bench: Bench, sequence: str, widget: Any = None) -> None:
    """Press a key as its sequence is written, into the table if nothing else is named."""
    qtbot.keySequence(widget or bench.scope.table, QtGui.QKeySequence(sequence))
    bench.settle()


@pytest.mark.parametrize('number, name', list(enumerate(LEVEL_NAMES)))
def test_ctrl_digit_hides_and_shows_a_level(
        bench: Bench, qtbot: Any, number: int, name: str) -> None:
    """Ctrl+1 to Ctrl+5 are the keys that v3's users know."""
    press(qtbot, bench, f'Ctrl+{number + 1}')
    assert name not in bench.levels()
    assert bench.levels() == set(LEVEL_NAMES) - {name}
    press(qtbot, bench, f'Ctrl+{number + 1}')
    assert bench.levels() == set(LEVEL_NAMES)


def test_function_keys_toggle_nodes_in_the_order_of_the_list(bench: Bench, qtbot: Any) -> None:
    """F1 is the first row of the list, whatever came first in the logs."""
    listed = [row.name for row in bench.scope.nodes.rows]
    assert listed[:3] == ['system', 'speech_recognition', 'ai_cognition']
    press(qtbot, bench, 'F1')
    assert 'system' not in bench.nodes()
    assert not bench.scope.nodes.rows[0].shown
    press(qtbot, bench, 'F1')
    assert 'system' in bench.nodes()
    press(qtbot, bench, 'F12')
    assert 'there is no node 12' in bench.scope.status.message.text()


@pytest.mark.parametrize('sequence', ['Space', 'P'])
def test_space_and_p_pause_and_go_on(bench: Bench, qtbot: Any, sequence: str) -> None:
    """A pause must hold the rows still and lose nothing."""
    press(qtbot, bench, sequence)
    assert bench.scope.feed.paused and bench.scope.pause.isChecked()
    press(qtbot, bench, sequence)
    assert not bench.scope.feed.paused


def test_a_turns_auto_scroll_off_and_on(bench: Bench, qtbot: Any) -> None:
    """Without auto-scroll the rows stay, even at the end."""
    press(qtbot, bench, 'A')
    assert not bench.scope.table.following and not bench.scope.scroll.isChecked()
    bench.add(100)
    assert not bench.at_end()
    press(qtbot, bench, 'A')
    assert bench.scope.table.following and bench.at_end()


def test_ctrl_l_clears(bench: Bench, qtbot: Any) -> None:
    """What is cleared is gone, what comes later is shown."""
    press(qtbot, bench, 'Ctrl+L')
    assert len(bench.scope.model) == 0 and bench.scope.intake.received == 0
    bench.add(3)
    assert len(bench.scope.model) == 3


def test_ctrl_f_and_slash_go_to_the_search_field(bench: Bench, qtbot: Any) -> None:
    """Both are habits of many; a slash that is typed in the field is a slash."""
    for sequence in ('Ctrl+F', '/'):
        bench.scope.table.setFocus()
        press(qtbot, bench, sequence)
        assert bench.scope.search.field.hasFocus()
    qtbot.keyClicks(bench.scope.search.field, 'a/?n')
    assert bench.scope.search.field.text() == 'a/?n'


def test_letters_are_text_in_the_search_field(bench: Bench, qtbot: Any) -> None:
    """A letter must not pause or jump while one types it."""
    press(qtbot, bench, 'Ctrl+F')
    qtbot.keyClicks(bench.scope.search.field, 'nNeEwWmMuUpPaA tfsxd')
    assert bench.scope.search.field.text() == 'nNeEwWmMuUpPaA tfsxd'
    assert not bench.scope.feed.paused and not bench.scope.bookmarks


@pytest.mark.parametrize('forward, back, level', [
    ('E', 'Shift+E', {'ERROR', 'CRITICAL'}), ('W', 'Shift+W', {'WARNING', 'ERROR', 'CRITICAL'})])
def test_e_and_w_jump_to_errors_and_warnings(
        bench: Bench, qtbot: Any, forward: str, back: str, level: set[str]) -> None:
    """The next one, each of them once, and back the same way."""
    bench.scope.table.select_id(bench.store.first_id)
    wanted = [number for number in range(200)
              if bench.store.entry(number).level in level]
    met = []
    for _ in wanted:
        press(qtbot, bench, forward)
        met.append(bench.current().id)
    assert met == wanted
    press(qtbot, bench, forward)
    assert bench.current().id == wanted[-1]
    assert 'after this' in bench.scope.status.message.text()
    press(qtbot, bench, back)
    assert bench.current().id == wanted[-2]


def test_n_jumps_to_hits_that_are_only_marked(bench: Bench, qtbot: Any) -> None:
    """With 'Only hits' off all rows stay, and n goes from hit to hit."""
    bench.scope.table.select_id(bench.store.first_id)
    press(qtbot, bench, 'Alt+F')
    bench.type('took 3 ms')
    assert len(bench.scope.model) == 200
    hits = bench.scope.searcher.hits
    assert hits is not None
    bench.scope.table.setFocus()
    press(qtbot, bench, 'N')
    assert bench.current().id == int(hits[0])
    press(qtbot, bench, 'N')
    assert bench.current().id == int(hits[1])
    press(qtbot, bench, 'Shift+N')
    assert bench.current().id == int(hits[0])


def test_enter_in_the_field_goes_to_the_next_hit(bench: Bench, qtbot: Any) -> None:
    """As in v3; with Shift to the one before; Escape clears, then leaves."""
    bench.scope.table.select_id(bench.store.first_id)
    field = bench.scope.search.field
    press(qtbot, bench, 'Ctrl+F')
    bench.type('took 3 ms')
    qtbot.keyClick(field, key('Return'))
    first = bench.current().id
    qtbot.keyClick(field, key('Return'))
    assert bench.current().id > first
    qtbot.keyClick(field, key('Return'), _MODIFIER.ShiftModifier)
    assert bench.current().id == first
    qtbot.keyClick(field, key('Escape'))
    assert field.text() == ''
    qtbot.keyClick(field, key('Escape'))
    assert bench.scope.table.hasFocus()


def test_m_and_u_set_and_visit_bookmarks(bench: Bench, qtbot: Any) -> None:
    """Key u visits later marks, Shift+u earlier ones, m again removes one."""
    table = bench.scope.table
    for number in (10, 40, 90):
        table.select_id(number)
        press(qtbot, bench, 'M')
    assert bench.scope.bookmarks == {10, 40, 90}
    table.select_id(0)
    for number in (10, 40, 90):
        press(qtbot, bench, 'U')
        assert bench.current().id == number
    press(qtbot, bench, 'Shift+U')
    assert bench.current().id == 40
    press(qtbot, bench, 'M')
    assert bench.scope.bookmarks == {10, 90}


def test_brackets_move_by_a_minute(bench: Bench, qtbot: Any) -> None:
    """Entries are 0.1 s apart: a minute is 600 of them, less at the ends."""
    bench.add(1000)
    bench.scope.table.select_id(700)
    press(qtbot, bench, '[')
    assert bench.current().id == 100
    press(qtbot, bench, ']')
    assert bench.current().id == 700


def test_t_asks_for_a_time_and_goes_there(bench: Bench, qtbot: Any) -> None:
    """A time that is none is told of in words, and nothing moves."""
    bench.scope.table.select_id(0)
    press(qtbot, bench, 'T')
    dialog = bench.scope.findChild(QtWidgets.QInputDialog)
    assert dialog.isVisible()
    dialog.setTextValue('+10 s')
    dialog.accept()
    assert bench.current().id == 100
    bench.scope.table.setFocus()
    press(qtbot, bench, 'T')
    dialog = bench.scope.findChildren(QtWidgets.QInputDialog)[-1]
    dialog.setTextValue('soon')
    dialog.accept()
    assert bench.current().id == 100
    assert "'soon' is not a time" in bench.scope.status.message.text()


def test_f_and_end_follow_again(bench: Bench, qtbot: Any) -> None:
    """From wherever one reads, one key leads back to what happens now."""
    for sequence in ('F', 'End'):
        bench.scope.table.select_id(3)
        assert not bench.scope.table.following
        press(qtbot, bench, sequence)
        assert bench.scope.table.following and bench.at_end()


def test_s_shows_only_the_node_of_the_entry(bench: Bench, qtbot: Any) -> None:
    """Twice is all again."""
    bench.scope.table.select_id(3)
    press(qtbot, bench, 'S')
    assert bench.nodes() == {'navigation'}
    press(qtbot, bench, 'S')
    assert len(bench.nodes()) == 5


def test_x_hides_entries_with_the_message(bench: Bench, qtbot: Any) -> None:
    """What repeats is hidden by one key; a chip brings it back."""
    bench.scope.table.select_id(28)
    press(qtbot, bench, 'X')
    assert 'planning failed' not in bench.messages() and len(bench.scope.model) == 196
    bench.scope.chips.buttons[0].click()
    bench.settle()
    assert len(bench.scope.model) == 200


def test_crash_and_dialogue_keys(bench: Bench, qtbot: Any) -> None:
    """One mode ends the other; the button shows which is on."""
    press(qtbot, bench, 'Ctrl+Shift+C')
    assert bench.scope.tabs.current.mode == 'crash' and bench.scope.crash.isChecked()
    press(qtbot, bench, 'Ctrl+Shift+D')
    assert bench.scope.tabs.current.mode == 'dialogue'
    assert bench.scope.dialogue.isChecked() and not bench.scope.crash.isChecked()
    press(qtbot, bench, 'Ctrl+Shift+D')
    assert bench.scope.tabs.current.mode == ''


def test_question_mark_lists_every_key(bench: Bench, qtbot: Any) -> None:
    """Nobody can know what is not listed; Enter does what was found by typing."""
    press(qtbot, bench, '?')
    shown = bench.scope.findChild(QtWidgets.QDialog)
    assert shown.isVisible()
    texts = [shown.list.topLevelItem(place).text(0)
             for place in range(shown.list.topLevelItemCount())]
    assert texts == [', '.join(one.keys) for one in KEYS]
    qtbot.keyClicks(shown.field, 'crash monitor')
    qtbot.keyClick(shown.field, key('Return'))
    bench.settle()
    assert not shown.isVisible() and bench.scope.tabs.current.mode == 'crash'


@pytest.mark.parametrize('sequence', ['Return', 'Enter', 'D'])
def test_enter_and_d_show_and_hide_details(bench: Bench, qtbot: Any, sequence: str) -> None:
    """The table may need the room."""
    press(qtbot, bench, sequence)
    assert not bench.scope.lower.isVisible()
    bench.scope.table.select_id(28)
    press(qtbot, bench, sequence)
    assert bench.scope.lower.isVisible()
    assert "KeyError: 'goal'" in bench.scope.details.text.toPlainText()


def test_shift_t_changes_the_times(bench: Bench, qtbot: Any) -> None:
    """Absolute, since the start, since the row above, and absolute again."""
    model = bench.scope.model

    def shown() -> str:
        return str(model.data(model.index(25, 0), QtCore.Qt.ItemDataRole.DisplayRole))
    absolute = shown()
    press(qtbot, bench, 'Shift+T')
    assert shown() == '+2.500 s'
    press(qtbot, bench, 'Shift+T')
    assert shown() == '+0.100 s'
    press(qtbot, bench, 'Shift+T')
    assert shown() == absolute


def test_ctrl_t_i_plus_and_minus(bench: Bench, qtbot: Any) -> None:
    """Theme, statistics and text size have keys as well."""
    press(qtbot, bench, 'Ctrl+T')
    assert bench.scope.theme.name == 'light'
    press(qtbot, bench, 'Ctrl+I')
    assert bench.scope.statistics.isVisible()
    assert 'received' in bench.scope.statistics.toPlainText()
    height = bench.scope.table.rowHeight(0)
    press(qtbot, bench, 'Ctrl++')
    press(qtbot, bench, 'Ctrl+=')
    assert bench.scope.table.rowHeight(0) > height
    press(qtbot, bench, 'Ctrl+-')
    press(qtbot, bench, 'Ctrl+-')
    assert bench.scope.table.rowHeight(0) == height


def test_tab_keys(bench: Bench, qtbot: Any) -> None:
    """Tabs are opened, walked through and closed by keys; one stays."""
    tabs = bench.scope.tabs
    press(qtbot, bench, 'Ctrl+PgDown')
    assert tabs.current.name == 'System' and bench.nodes() == {'system'}
    press(qtbot, bench, 'Ctrl+PgUp')
    assert tabs.current.name == 'Unified' and len(bench.scope.model) == 200
    press(qtbot, bench, 'Ctrl+Shift+T')
    assert tabs.current.name == 'Unified 2' and len(tabs.views) == 5
    for _ in range(6):
        press(qtbot, bench, 'Ctrl+Shift+W')
    assert len(tabs.views) == 1
    assert 'The last tab stays' in bench.scope.status.message.text()


def test_search_switch_keys(bench: Bench, qtbot: Any) -> None:
    """Each switch of the search has its key, also while one types."""
    bench.scope.search.field.setFocus()
    for sequence, name in (('Alt+R', 'regex'), ('Alt+C', 'case'), ('Alt+X', 'exclude')):
        press(qtbot, bench, sequence, bench.scope.search.field)
        assert getattr(bench.scope.tabs.current.query, name)
    press(qtbot, bench, 'Alt+F', bench.scope.search.field)
    assert not bench.scope.tabs.current.query.only_hits


def test_ctrl_enter_keeps_the_search_and_ctrl_0_removes_all(bench: Bench, qtbot: Any) -> None:
    """A search becomes a chip, so that one can search within it."""
    bench.type('took 3 ms')
    many = len(bench.scope.model)
    press(qtbot, bench, 'Ctrl+Return')
    assert bench.scope.search.field.text() == '' and len(bench.scope.model) == many
    assert bench.scope.chips.buttons[0].text().startswith('“took 3 ms”')
    press(qtbot, bench, 'Ctrl+0')
    assert len(bench.scope.model) == 200 and not bench.scope.chips.isVisible()


def test_ctrl_c_and_ctrl_m_copy(bench: Bench, qtbot: Any) -> None:
    """Copied lines are log lines that can be read back, with all lines of an entry."""
    clipboard = QtWidgets.QApplication.clipboard()
    bench.scope.table.select_id(28)
    press(qtbot, bench, 'Ctrl+C')
    assert clipboard.text().startswith('[2026-') and "KeyError: 'goal'" in clipboard.text()
    press(qtbot, bench, 'Ctrl+M')
    assert clipboard.text().startswith('**ERROR** from `navigation` (`core`) at 2026-')


def test_ctrl_s_exports(bench: Bench, qtbot: Any, tmp_path: Any, monkeypatch: Any) -> None:
    """The dialog gives the name, its ending the format."""
    path = tmp_path / 'out.csv'
    monkeypatch.setattr(QtWidgets.QFileDialog, 'getSaveFileName',
                        staticmethod(lambda *_: (str(path), 'CSV (*.csv)')))
    with qtbot.waitSignal(bench.scope.commands.exporter.ended, timeout=5000) as ended:
        press(qtbot, bench, 'Ctrl+S')
    assert ended.args == [True] and path.read_text().startswith('time,level,node')


def test_every_command_of_the_list_exists(bench: Bench) -> None:
    """A key whose command is missing would only be seen by who presses it."""
    scope = bench.scope
    for one in KEYS:
        if one.name and one.name not in ('export', 'help', 'go_to_time'):
            scope.status.say('')
            scope.commands.do(one.name)
            assert 'Error' not in scope.status.message.text(), one.name


def test_two_in_one_window_do_not_disturb_each_other(qtbot: Any) -> None:
    """In rqt several are open in one window: each hears only its own keys."""
    window = QtWidgets.QWidget()
    layout = QtWidgets.QHBoxLayout(window)
    benches = [Bench(), Bench()]
    for one in benches:
        layout.addWidget(one.scope)
        one.add(20)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=5000)
    left, right = benches
    left.scope.table.setFocus()
    press(qtbot, left, 'P')
    press(qtbot, left, 'Ctrl+4')
    assert left.scope.feed.paused and not right.scope.feed.paused
    assert left.scope.tabs.current.spec.levels is not None
    assert right.scope.tabs.current.spec.levels is None
    right.scope.table.setFocus()
    press(qtbot, right, 'Space')
    assert right.scope.feed.paused
    for one in benches:
        one.scope.close_sources()

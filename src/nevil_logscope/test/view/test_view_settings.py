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

"""What was shown is shown again; what cannot be read is as at the first start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import json
import os
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nevil_logscope import settings
from nevil_logscope.binding import QtCore
from nevil_logscope.settings import Settings
from nevil_logscope.store import Store
from nevil_logscope.window import LogScopeWindow
import pytest
from view_made import Bench
from view_made import QueueSource

_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner,
                                                                max_size=3))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Keep the settings of this test to itself."""
    kind, scope = QtCore.QSettings.Format.IniFormat, QtCore.QSettings.Scope.UserScope
    QtCore.QSettings.setPath(kind, scope, str(tmp_path))
    yield tmp_path
    QtCore.QSettings.setPath(kind, scope, os.devnull)


def test_everything_is_as_it_was(bench: Bench, qtbot: Any) -> None:
    """Tabs with their filters and searches, theme, columns, sizes, times."""
    bench.do('theme')
    bench.do('time_mode')
    bench.do('bigger')
    bench.do('auto_scroll')
    bench.do('level_0')
    bench.type('took 3 ms')
    bench.do('new_tab')
    bench.scope.tabs.rename(4, 'slow ones')
    bench.do('crash')
    bench.do('toggle_regex')
    bench.scope.table.setColumnHidden(3, True)
    bench.scope.table.setColumnHidden(4, False)
    bench.scope.table.setColumnWidth(2, 222)
    bench.do('details')
    remembered = bench.scope.settings()
    other = Bench()
    qtbot.addWidget(other.scope)
    other.scope.resize(bench.scope.size())
    other.scope.show()
    other.scope.restore(Settings.from_json(remembered.to_json()))
    other.add(200)
    assert other.scope.settings() == remembered
    assert other.messages() == bench.messages()
    assert other.scope.tabs.current.name == 'slow ones' and other.scope.theme.name == 'light'
    assert other.scope.table.columnWidth(2) == 222 and other.scope.table.isColumnHidden(3)
    other.scope.close_sources()


@given(values=_JSON | st.fixed_dictionaries({}, optional={
    name: _JSON for name in vars(Settings())}))
def test_any_json_gives_settings_that_work(values: Any) -> None:
    """A file of another version, or one that was edited, must not keep the window shut."""
    read = Settings.from_json(json.dumps(values))
    assert Settings.from_json(read.to_json()) == read
    for name, value in vars(Settings()).items():
        assert type(getattr(read, name)) is type(value)


@pytest.mark.parametrize('text', [
    '', 'no json', '[1', '{"tabs": 5, "theme": null}', '[' * 100_000])
def test_what_is_no_json_is_as_at_the_first_start(text: str) -> None:
    """The first start has no file at all."""
    assert Settings.from_json(text) == Settings()


@pytest.mark.parametrize('wrong', [
    {'theme': 'pink'}, {'time_mode': 'never'}, {'tab': 99}, {'tab': -1}, {'points': 1e9},
    {'tabs': [{'name': 'x'}, {}, {'name': 3, 'spec': '{}', 'query': {}, 'mode': ''},
              {'name': 'y', 'spec': '{"levels": ["LOUD"]}', 'query': {}, 'mode': ''},
              {'name': 'y', 'spec': '[', 'query': {}, 'mode': ''}]},
    {'sizes': {'below': [-5, 10**9], 'unknown': [1]}}, {'geometry': 'ÄÖ'}, {'widths': [0] * 99}])
def test_wrong_values_do_no_harm(bench: Bench, wrong: dict[str, Any]) -> None:
    """Whatever stands there, the window works."""
    bench.scope.restore(Settings.from_json(json.dumps(wrong)))
    bench.settle()
    assert len(bench.scope.tabs.views) == 4 and bench.scope.theme.name == 'dark'
    assert len(bench.scope.model) == 200
    assert bench.scope.model.time_mode == 'absolute'


def test_the_window_remembers_over_a_restart(place: Path, qtbot: Any) -> None:
    """Closed and opened again; a theme that is asked for comes first."""
    for theme, expected in ((None, 'dark'), ('light', 'light'), (None, 'light'), ('dark', 'dark')):
        store = Store(100)
        source = QueueSource(store)
        window = LogScopeWindow(store, [source], title='nevil', theme=theme)
        qtbot.addWidget(window)
        window.show()
        assert window.windowTitle() == 'nevil – LogScope'
        assert window.scope.theme.name == expected
        window.resize(900, 700)
        window.close()
        window.shut()
        assert source.closed == 1
    remembered = settings.load()
    assert remembered.theme == 'dark' and remembered.geometry
    assert len(list(place.rglob('*.ini'))) == 1


def test_settings_that_cannot_be_written_are_told(place: Path) -> None:
    """A full or read-only home is no reason to fail."""
    (place / 'nevil').write_text('a file where the folder should be')
    assert 'cannot be written' in settings.save(replace(Settings(), theme='light'))

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

"""What LogScope remembers: a value, as one JSON text, and where the window keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
import json
from typing import Any

from nevil_logscope.binding import QtCore

__all__ = ['Settings', 'load', 'save']

_KEY = 'state'
_OF_DATA: dict[str, Any] = {'tabs': [], 'tab': 0, 'bookmarks': [], 'highlights': [],
                            'column': ''}
_MOST_DATA = 30


@dataclass(frozen=True)
class Settings:
    """
    What is remembered; whatever cannot be read is as at the first start.

    :param tabs: as ``SavedView.to_values`` writes them
    :param points: of the text; 0 is the desktop's
    :param sizes: of the splitters, by name
    :param hidden: columns that are not shown
    :param geometry: of the window, base64
    :param bookmarks: time, node and message of each, and its note if it has one
    :param column: the field of messages that has a column; '' is none
    :param highlights: text, mode (plain or regex) and whether case matters, of each rule
    :param of_data: tabs, bookmarks and highlights by the data that they are of: filters of one
        robot's log are not those of another's
    """

    theme: str = 'dark'
    time_mode: str = 'absolute'
    points: float = 0.0
    auto_scroll: bool = True
    details: bool = True
    tabs: list[dict[str, Any]] = field(default_factory=list)
    tab: int = 0
    sizes: dict[str, list[int]] = field(default_factory=dict)
    widths: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=lambda: [4])
    folder: str = ''
    geometry: str = ''
    bookmarks: list[list[Any]] = field(default_factory=list)
    highlights: list[list[Any]] = field(default_factory=list)
    of_data: dict[str, dict[str, Any]] = field(default_factory=dict)
    column: str = ''

    def for_data(self, data: str) -> Settings:
        """Return them with the tabs and bookmarks of some data, none where it is new."""
        known = self.of_data.get(data, {})
        values = {name: known.get(name, normal) for name, normal in _OF_DATA.items()}
        return Settings.from_json(json.dumps(vars(self) | values))

    def with_data(self, data: str, before: Settings) -> Settings:
        """Return them to be saved: tabs and bookmarks beside those of other data."""
        ours = {name: getattr(self, name) for name in _OF_DATA}
        others = {key: value for key, value in before.of_data.items() if key != data}
        kept = dict(list(others.items())[-_MOST_DATA:])
        return replace(self, of_data={**kept, data: ours}, **_OF_DATA)

    def with_case(self, case: dict[str, Any]) -> Settings:
        """Return them with the tabs and bookmarks of a case."""
        values = {name: case.get(name, normal) for name, normal in _OF_DATA.items()}
        return Settings.from_json(json.dumps(vars(self) | values))

    def to_json(self) -> str:
        """Return the settings as JSON."""
        return json.dumps(vars(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Return what JSON describes; a value of the wrong kind is left as at the first start."""
        settings = cls()
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return settings
        if not isinstance(values, dict):
            return settings
        for name, normal in vars(settings).items():
            value = values.get(name, normal)
            if isinstance(normal, float) and type(value) is int:
                value = float(value)
            if type(value) is type(normal) and _sound(name, value):
                settings = replace(settings, **{name: value})
        return settings


def _sound(name: str, value: Any) -> bool:
    """Return whether what is inside is of the right kind too."""
    if name in ('widths', 'hidden'):
        return all(type(one) is int and 0 <= one < 10_000 for one in value)
    if name == 'sizes':
        return all(isinstance(sizes, list) and all(type(one) is int for one in sizes)
                   for sizes in value.values())
    if name == 'bookmarks':
        return all(isinstance(one, list) and list(map(type, one)) in (
            [int, str, str], [int, str, str, str]) for one in value)
    if name == 'highlights':
        return all(isinstance(one, list) and list(map(type, one)) == [str, str, bool]
                   and one[1] in ('plain', 'regex') for one in value)
    if name == 'of_data':
        return all(isinstance(one, dict) for one in value.values())
    if name == 'tabs':
        return all(isinstance(one, dict) for one in value)
    if name == 'points':
        return bool(value == 0 or 4 <= value <= 60)
    return True


def load() -> Settings:
    """Return what the window remembered."""
    return Settings.from_json(str(_place().value(_KEY, '')))


def save(settings: Settings) -> str:
    """Remember settings; return what went wrong, '' if nothing did."""
    place = _place()
    place.setValue(_KEY, settings.to_json())
    place.sync()
    if place.status() != QtCore.QSettings.Status.NoError:
        return f'{place.fileName()}: the settings cannot be written'
    return ''


def _place() -> Any:
    return QtCore.QSettings(QtCore.QSettings.Format.IniFormat,
                            QtCore.QSettings.Scope.UserScope, 'nevil', 'logscope')

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

"""What commands, jumps and panels need of the widget that they belong to."""

from __future__ import annotations

from typing import Any
from typing import Protocol

from nevil_logscope.store import Store
from nevil_logscope.view.chips import Chips
from nevil_logscope.view.delegate import RowDelegate
from nevil_logscope.view.details import Details
from nevil_logscope.view.feed import Feed
from nevil_logscope.view.filters import SavedView
from nevil_logscope.view.intake import Intake
from nevil_logscope.view.levels import LevelButtons
from nevil_logscope.view.model import LogModel
from nevil_logscope.view.nodes import NodeList
from nevil_logscope.view.pattern_list import PatternList
from nevil_logscope.view.search_bar import SearchBar
from nevil_logscope.view.searcher import Searcher
from nevil_logscope.view.statistics import Statistics
from nevil_logscope.view.status_line import StatusLine
from nevil_logscope.view.table import LogTable
from nevil_logscope.view.tabs import Tabs
from nevil_logscope.view.text_engine import QtEngine
from nevil_logscope.view.theme import Theme
from nevil_logscope.view.timeline import Timeline
from nevil_nodes.logs import TextTerm

__all__ = ['Scope']


class Scope(Protocol):
    """
    One LogScope: its parts, and what it shows.

    :param lower: the panels below the table, a tab widget of Qt
    """

    store: Store
    bookmarks: set[int]
    awaited: set[tuple[int, str, str]]
    notes: dict[tuple[int, str, str], str]
    highlights: list[TextTerm]
    theme: Theme
    points: float
    folder: str
    was_shown: bool
    engine: QtEngine
    chips: Chips
    delegate: RowDelegate
    details: Details
    feed: Feed
    intake: Intake
    levels: LevelButtons
    lower: Any
    model: LogModel
    news: Any
    node_heading: Any
    nodes: NodeList
    patterns: PatternList
    search: SearchBar
    searcher: Searcher
    splitters: dict[str, Any]
    statistics: Statistics
    status: StatusLine
    table: LogTable
    tabs: Tabs
    timeline: Timeline

    @property
    def pattern_is_wrong(self) -> bool: ...
    def refresh(self) -> None: ...
    def refresh_all(self) -> None: ...
    def set_view(self, view: SavedView) -> None: ...
    def show_view(self, view: SavedView) -> None: ...
    def setStyleSheet(self, text: str) -> None: ...  # noqa: N802 - Qt's name

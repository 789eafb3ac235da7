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

"""
Colours of the two themes, and the style sheet of LogScope's own subtree.

Levels differ in lightness as well as in hue, so that they stay apart for every kind of colour
vision; a test holds the contrasts and the distances. No meaning is carried by colour alone: levels
have a sign and a word, lights have shapes.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ['DARK', 'LEVEL_NAMES', 'LEVEL_SIGNS', 'LIGHT', 'RULE_COLOURS', 'RULE_TEXT', 'THEMES',
           'Theme', 'style_sheet']

LEVEL_NAMES = ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')
LEVEL_SIGNS = ('·', '•', '▲', '■', '◆')


@dataclass(frozen=True)
class Theme:
    """
    The colours of one theme, each ``#rrggbb``.

    :param levels: of the five levels, DEBUG first
    :param lights: of healthy, degraded, unhealthy, unknown
    :param hit: behind what the search found; ``hit_text`` is written on it
    """

    name: str
    background: str
    stripe: str
    panel: str
    field: str
    border: str
    text: str
    muted: str
    accent: str
    accent_text: str
    selection: str
    hit: str
    hit_text: str
    levels: tuple[str, str, str, str, str]
    lights: tuple[str, str, str, str]


DARK = Theme(
    name='dark', background='#16181d', stripe='#1a1d23', panel='#1e2128', field='#12141a',
    border='#353a45', text='#d8dce4', muted='#98a1b2', accent='#6cb2ff', accent_text='#0c1420',
    selection='#22334a', hit='#ffd75f', hit_text='#16181d',
    levels=('#8b95a7', '#d8dce4', '#f5d000', '#ff6b4a', '#e58cff'),
    lights=('#4fd1a5', '#f5d000', '#ff6b4a', '#8b95a7'))

LIGHT = Theme(
    name='light', background='#ffffff', stripe='#f7f8fa', panel='#f0f2f5', field='#ffffff',
    border='#c3c9d4', text='#1b1f27', muted='#566072', accent='#0b5cad', accent_text='#ffffff',
    selection='#e2eefc', hit='#ffe066', hit_text='#1b1f27',
    levels=('#5f6b7c', '#1b1f27', '#9c5c00', '#8f0014', '#7a1fa2'),
    lights=('#0a7d55', '#9c5c00', '#b3001b', '#5f6b7c'))

# Behind what highlight rules find, in both themes; RULE_TEXT is written on them.
RULE_COLOURS = ('#8ec7ff', '#a5e3a1', '#ffb38a', '#e0b3ff', '#7fe0d8', '#ffc2dd')
RULE_TEXT = '#16181d'

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def style_sheet(theme: Theme) -> str:
    """Return the style of everything below ``#LogScope``; other widgets keep theirs."""
    return _SHEET.format(**vars(theme)).translate(_BRACES)


# A style sheet is full of braces: it is written with « » for them.
_BRACES = str.maketrans({'«': '{', '»': '}'})
_SHEET = """
#LogScope, #LogScope QWidget « background: {panel}; color: {text}; »
#LogScope QTableView, #LogScope QListView, #LogScope QPlainTextEdit, #LogScope QTreeView «
  background: {background}; border: 1px solid {border}; selection-background-color: {selection};
  selection-color: {text}; »
#LogScope QTableView:focus, #LogScope QListView:focus, #LogScope QPlainTextEdit:focus «
  border: 1px solid {accent}; »
#LogScope QTreeView::item:selected, #LogScope QListView::item:selected «
  background: {selection}; color: {text}; »
#LogScope QHeaderView::section « background: {panel}; color: {muted}; border: 0;
  border-right: 1px solid {border}; padding: 3px 6px; »
#LogScope QLineEdit « background: {field}; border: 1px solid {border}; border-radius: 4px;
  padding: 3px 6px; selection-background-color: {selection}; selection-color: {text}; »
#LogScope QLineEdit:focus « border: 1px solid {accent}; »
#LogScope QLineEdit[wrong="true"] « border: 2px solid {levels[3]}; »
#LogScope QToolButton, #LogScope QPushButton « background: {panel}; border: 1px solid {border};
  border-radius: 4px; padding: 3px 7px; »
#LogScope QToolButton:hover, #LogScope QPushButton:hover « border-color: {accent}; »
#LogScope QToolButton:focus, #LogScope QPushButton:focus « border: 1px solid {accent}; »
#LogScope QToolButton:checked « background: {selection}; border-color: {accent}; »
#LogScope QToolButton:disabled, #LogScope QPushButton:disabled « color: {muted}; »
#LogScope QToolButton[role="alarm"]:checked « background: {levels[3]}; color: {background};
  border-color: {levels[3]}; »
#LogScope QToolButton[role="chip"] « border-radius: 9px; padding: 1px 8px; »
#LogScope QToolButton[role="news"] « background: {accent}; color: {accent_text};
  border-color: {accent}; font-weight: bold; »
#LogScope QLabel « background: transparent; »
#LogScope QLabel[role="heading"] « color: {muted}; font-weight: bold; »
#LogScope QLabel[role="wrong"] « color: {levels[3]}; »
#LogScope QLabel[role="muted"] « color: {muted}; »
#LogScope QTabBar « background: {panel}; »
#LogScope QTabBar::tab « background: {panel}; color: {muted}; padding: 5px 12px; border: 0;
  border-bottom: 2px solid {panel}; »
#LogScope QTabBar::tab:selected « color: {text}; border-bottom: 2px solid {accent}; »
#LogScope QTabBar::tab:focus « color: {accent}; »
#LogScope QTabWidget::pane « border: 0; »
#LogScope QSplitter::handle « background: {panel}; »
#LogScope QMenu « background: {panel}; border: 1px solid {border}; »
#LogScope QMenu::item:selected « background: {selection}; color: {text}; »
#LogScope QScrollBar « background: {background}; border: 0; »
#LogScope QScrollBar:vertical « width: 12px; »
#LogScope QScrollBar:horizontal « height: 12px; »
#LogScope QScrollBar::handle « background: {border}; border-radius: 5px; min-height: 24px;
  min-width: 24px; margin: 1px; »
#LogScope QScrollBar::handle:hover « background: {muted}; »
#LogScope QScrollBar::add-line, #LogScope QScrollBar::sub-line « width: 0; height: 0; »
#LogScope QScrollBar::add-page, #LogScope QScrollBar::sub-page « background: {background}; »
#LogScope QToolTip « background: {field}; color: {text}; border: 1px solid {border}; »
"""

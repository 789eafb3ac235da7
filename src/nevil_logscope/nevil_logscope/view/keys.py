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
Every key of LogScope, in one table: the shortcuts are made from it, and ``?`` lists it.

The scope says where a key counts: ``all`` of LogScope, or only the ``table`` while it has the
focus (single letters, so that they can be typed elsewhere). Keys with the scope ``note`` are
handled by the widget they belong to and only listed.
"""

from __future__ import annotations

from typing import NamedTuple

from nevil_logscope.view.theme import LEVEL_NAMES

__all__ = ['FUNCTION_KEYS', 'KEYS', 'Key']

FUNCTION_KEYS = 12


class Key(NamedTuple):
    """
    One command and its keys.

    :param name: of the command, as ``Commands`` knows it
    :param keys: any of them starts it, as QKeySequence writes them
    :param scope: ``all``, ``table`` or ``note``
    """

    name: str
    keys: tuple[str, ...]
    scope: str
    group: str
    text: str


KEYS: tuple[Key, ...] = (
    Key('search', ('Ctrl+F',), 'all', 'Search', 'search'),
    Key('search', ('/',), 'table', 'Search', 'search'),
    Key('next_hit', ('N',), 'table', 'Search', 'next hit'),
    Key('previous_hit', ('Shift+N',), 'table', 'Search', 'previous hit'),
    Key('', ('Enter', 'Shift+Enter'), 'note', 'Search', 'in the field: next, previous hit'),
    Key('keep_term', ('Ctrl+Return',), 'all', 'Search', 'keep the search as a filter chip'),
    Key('', ('Esc',), 'note', 'Search', 'in the field: clear, then back to the table'),
    Key('toggle_regex', ('Alt+R',), 'all', 'Search', 'plain text or regular expression'),
    Key('toggle_case', ('Alt+C',), 'all', 'Search', 'match upper and lower case'),
    Key('toggle_exclude', ('Alt+X',), 'all', 'Search', 'hide matches'),
    Key('toggle_only_hits', ('Alt+F',), 'all', 'Search', 'show only hits, or mark them'),
    Key('highlight', ('H',), 'table', 'Search', 'always highlight the search, or this message'),
    Key('clear_highlights', ('Shift+H',), 'table', 'Search', 'no highlights but the search'),
    Key('next_error', ('E',), 'table', 'Jump', 'next error'),
    Key('previous_error', ('Shift+E',), 'table', 'Jump', 'previous error'),
    Key('next_warning', ('W',), 'table', 'Jump', 'next warning or worse'),
    Key('previous_warning', ('Shift+W',), 'table', 'Jump', 'previous warning or worse'),
    Key('bookmark', ('M',), 'table', 'Jump', 'set or remove a bookmark'),
    Key('note', ('Shift+M',), 'table', 'Jump', 'a note on the entry, which a case takes along'),
    Key('next_bookmark', ('U',), 'table', 'Jump', 'next bookmark'),
    Key('previous_bookmark', ('Shift+U',), 'table', 'Jump', 'previous bookmark'),
    Key('go_to_time', ('T',), 'table', 'Jump', 'go to a time'),
    Key('minute_back', ('[',), 'table', 'Jump', 'one minute back'),
    Key('minute_on', (']',), 'table', 'Jump', 'one minute on'),
    Key('follow', ('F', 'End'), 'table', 'Follow', 'go to the end and follow'),
    Key('pause', ('Space', 'P'), 'table', 'Follow', 'pause, or continue with all new entries'),
    Key('auto_scroll', ('A',), 'table', 'Follow', 'auto-scroll on or off'),
    Key('clear', ('Ctrl+L',), 'all', 'Follow', 'clear the view'),
    *(Key(f'level_{number}', (f'Ctrl+{number + 1}',), 'all', 'Filter',
          f'show or hide {name}') for number, name in enumerate(LEVEL_NAMES)),
    *(Key(f'node_{number}', (f'F{number + 1}',), 'all', 'Filter',
          f'show or hide node {number + 1} of the list') for number in range(FUNCTION_KEYS)),
    Key('solo', ('S',), 'table', 'Filter', "only this entry's node, or all again"),
    Key('exclude_text', ('X',), 'table', 'Filter', 'hide entries with this message'),
    Key('', ('Space', 'Enter'), 'note', 'Filter', 'in the list of nodes: show or hide, solo'),
    Key('crash', ('Ctrl+Shift+C',), 'all', 'Filter', 'crash monitor mode'),
    Key('dialogue', ('Ctrl+Shift+D',), 'all', 'Filter', 'dialogue mode'),
    Key('clear_filters', ('Ctrl+0',), 'all', 'Filter', 'show everything: remove all filters'),
    Key('', ('Left', 'Right', 'Enter', 'Esc'), 'note', 'Filter',
        'in the timeline: move (with Shift: choose a range), jump, remove the range'),
    Key('details', ('Return', 'Enter', 'D'), 'table', 'View', 'details on or off'),
    Key('time_mode', ('Shift+T',), 'table', 'View', 'times absolute, relative, as differences'),
    Key('statistics', ('Ctrl+I',), 'all', 'View', 'statistics'),
    Key('patterns', ('Ctrl+P',), 'all', 'View', 'patterns, what is new since the last run first'),
    Key('theme', ('Ctrl+T',), 'all', 'View', 'dark or light theme'),
    Key('bigger', ('Ctrl++', 'Ctrl+='), 'all', 'View', 'larger text'),
    Key('smaller', ('Ctrl+-',), 'all', 'View', 'smaller text'),
    Key('next_tab', ('Ctrl+PgDown',), 'all', 'View', 'next tab'),
    Key('previous_tab', ('Ctrl+PgUp',), 'all', 'View', 'previous tab'),
    Key('new_tab', ('Ctrl+Shift+T',), 'all', 'View', 'save this view as a tab'),
    Key('close_tab', ('Ctrl+Shift+W',), 'all', 'View', 'close the tab'),
    Key('copy', ('Ctrl+C',), 'table', 'Out', 'copy the selected entries'),
    Key('copy_markdown', ('Ctrl+M',), 'all', 'Out', 'copy the details as Markdown'),
    Key('export', ('Ctrl+S',), 'all', 'Out', 'export the shown entries'),
    Key('help', ('?', 'Ctrl+K'), 'all', 'Help', 'this list; type to find, Enter to run'),
)

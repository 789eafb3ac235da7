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
"""The pure parts of the live view."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies
from nevil_bringup.cli.watch.feed import News
from nevil_bringup.cli.watch.feed import Seen
from nevil_bringup.cli.watch.keys import Keys
from nevil_bringup.cli.watch.layout import Choice
from nevil_bringup.cli.watch.layout import frame
from nevil_bringup.cli.watch.layout import Style
from nevil_bringup.cli.watch.paper import clip
from nevil_bringup.cli.watch.paper import width
from nevil_bringup.cli.watch.sparks import ASCII
from nevil_bringup.cli.watch.sparks import sparkline
import pytest
from robot_status import ALERTS
from robot_status import HEALTH
from robot_status import unhealthy_nodes
from robot_status import well
from stand_in import document


def seen(nodes: int) -> Seen:
    """Return what is known of a robot in trouble that has some more nodes."""
    return Seen(
        document('degraded', *unhealthy_nodes(),
                 *(well(f'node_{number}') for number in range(nodes)),
                 health=HEALTH, alerts=ALERTS),
        series={'camera': {'cpu': [1.0, None, math.nan, 50.0], 'memory': [7.0]}},
        news=tuple(News(0.0, f'arm: ready {number}', 'ready') for number in range(40)))


@settings(max_examples=200, deadline=None)
@given(columns=strategies.integers(1, 250), lines=strategies.integers(1, 80),
       nodes=strategies.integers(0, 60), chosen=strategies.sampled_from(['', 'camera', 'node_7']),
       why=strategies.booleans())
def test_every_frame_fits(columns: int, lines: int, nodes: int, chosen: str, why: bool) -> None:
    """No line is wrapped and none scrolls the screen, however small it is."""
    made = frame(seen(nodes), Choice(chosen, why), columns, lines, Style(False))
    assert len(made) <= lines
    assert all(width(line) <= columns for line in made), made


def test_a_frame_keeps_what_matters_when_it_gets_small() -> None:
    """State first, then nodes, then alerts, then what was."""
    text = '\n'.join(frame(seen(20), Choice('node_19'), 100, 16, Style(False)))
    assert text.startswith('robbie: unhealthy') and '> node_19' in text and 'q quit' in text
    assert 'Alerts: 2' in text and 'arm: ready' not in text
    narrow = frame(seen(0), Choice(), 50, 30, Style(False))
    assert any(line.split() == ['NODE', 'STATE', 'CPU', '%', 'HEALTH'] for line in narrow)


def test_colours_do_not_change_the_text() -> None:
    """What is measured for the width is what is seen."""
    for columns in (30, 80, 120):
        plain = frame(seen(3), Choice('camera'), columns, 30, Style(False))
        painted = frame(seen(3), Choice('camera'), columns, 30, Style(True))
        assert [re.sub('\x1b\\[[0-9;]*m', '', line).rstrip() for line in painted] == [
            line.rstrip() for line in plain]


@pytest.mark.parametrize(('text', 'cells', 'expected'), [
    ('abc', 3, 'abc'), ('abcd', 3, 'abc'), ('', 0, ''), ('abc', 0, ''),
    ('\x1b[31mabcd\x1b[0m', 3, '\x1b[31mabc\x1b[0m'),
    ('\x1b[31mabc\x1b[0m', 3, '\x1b[31mabc\x1b[0m'),
    ('\u4f60\u597d', 3, '\u4f60'), ('e\u0301x', 1, 'e\u0301')])
def test_text_is_cut_by_cells(text: str, cells: int, expected: str) -> None:
    """Wide letters take two, accents none, colours none and end with the text."""
    assert clip(text, cells) == expected


def test_sparklines_show_the_newest_at_the_right() -> None:
    """Gaps stay gaps, noise stays small."""
    assert sparkline([9.0, 0.0, None, 7.0], 3, bars=ASCII) == '_ #'
    assert sparkline([0.0, 7.0], 4, bars=ASCII) == '  _#'
    assert sparkline([], 3) == sparkline([None, math.nan], 3) == '   '
    assert sparkline([1.0], 0) == ''
    assert sparkline([100.0, 100.1], 2, low=None, span_min=10.0, bars=ASCII) == '__'
    assert sparkline([-5.0, 0.0], 2, bars=ASCII) == '__'


def test_keys_come_in_parts() -> None:
    """A slow line splits them; Esc alone is one too."""
    keys = Keys()
    assert keys.feed(b'q\x1b[A\x1bOBk\x1b[5~') == ['q', 'up', 'down', 'up', 'page up']
    assert not keys.unsure
    assert keys.feed(b'\x1b') == [] and keys.unsure
    assert keys.feed(b'[') == [] and keys.feed(b'B') == ['down']
    assert keys.feed(b'\x1b') == [] and keys.feed(b'') == ['escape'] and keys.feed(b'') == []
    assert keys.feed(b'\x1bw') == ['escape', 'w']
    assert keys.feed(b'\x1b[1;5C\xc3\xa9') == ['', '\xc3', '\xa9']

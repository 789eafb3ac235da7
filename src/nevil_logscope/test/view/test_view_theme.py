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

"""Whoever looks can read the levels and tell them apart, in both themes."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from nevil_logscope.binding import QtWidgets
from nevil_logscope.view.theme import LEVEL_NAMES
from nevil_logscope.view.theme import LEVEL_SIGNS
from nevil_logscope.view.theme import style_sheet
from nevil_logscope.view.theme import Theme
from nevil_logscope.view.theme import THEMES
import numpy as np
import pytest

# Machado, Oliveira, Fernandes 2009, severity 1, of linear RGB.
_VISION = {
    'normal': np.eye(3),
    'protan': np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    'deutan': np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    'tritan': np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]])}
_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                 [0.0193339, 0.1191920, 0.9503041]])
_WHITE = np.array([0.95047, 1.0, 1.08883])
_themes = pytest.mark.parametrize('theme', THEMES.values(), ids=THEMES)


def linear(colour: str) -> Any:
    """Return linear RGB from ``#rrggbb``."""
    values = np.array([int(colour[place:place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return the contrast of WCAG 2."""
    bright = sorted((float(linear(colour) @ _XYZ[1]) for colour in (one, other)), reverse=True)
    return (bright[0] + 0.05) / (bright[1] + 0.05)


def lab(colour: str, vision: str) -> Any:
    """Return CIELAB as somebody sees the colour."""
    seen = np.clip(_VISION[vision] @ linear(colour), 0, 1)
    ratio = _XYZ @ seen / _WHITE
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@_themes
def test_text_has_the_contrast_of_wcag_aa(theme: Theme) -> None:
    """4.5 for text on everything that it is written on, 3 for lights and frames of the focus."""
    for behind in (theme.background, theme.stripe, theme.panel, theme.field):
        for colour in (theme.text, theme.muted, *theme.levels):
            assert contrast(colour, behind) >= 4.5, (colour, behind)
    for colour in (theme.text, theme.levels[2], theme.levels[3], theme.levels[4]):
        assert contrast(colour, theme.selection) >= 4.5, colour
    for light in (*theme.lights, theme.accent):
        assert contrast(light, theme.background) >= 3, light
    assert contrast(theme.hit_text, theme.hit) >= 4.5
    assert contrast(theme.accent_text, theme.accent) >= 4.5
    assert contrast(theme.background, theme.levels[4]) >= 4.5
    assert contrast(theme.background, theme.levels[3]) >= 4.5


@_themes
@pytest.mark.parametrize('vision', _VISION)
def test_levels_differ_for_every_kind_of_colour_vision(theme: Theme, vision: str) -> None:
    """A distance (CIE76) of 20 is seen at a glance."""
    for one, other in combinations(theme.levels, 2):
        distance = float(np.linalg.norm(lab(one, vision) - lab(other, vision)))
        assert distance >= 20, (one, other, distance)


def test_levels_have_signs_of_their_own() -> None:
    """Colour is never all that tells levels apart."""
    assert len(set(LEVEL_SIGNS)) == len(LEVEL_NAMES)


@_themes
def test_style_reaches_only_below_logscope(theme: Theme) -> None:
    """In rqt the other plugins keep their looks."""
    sheet = style_sheet(theme)
    assert '«' not in sheet and '{levels' not in sheet
    selectors = [part.strip() for rule in sheet.split('}')[:-1]
                 for part in rule.split('{')[0].split(',')]
    assert selectors and all(one.startswith('#LogScope') for one in selectors)


def test_themes_are_applied_to_the_widgets(bench: Any) -> None:
    """The background that is painted is the theme's, and the application's style is untouched."""
    for name in ('light', 'dark'):
        if bench.scope.theme.name != name:
            bench.do('theme')
        picture = bench.scope.table.viewport().grab().toImage()
        colours = {picture.pixelColor(x, y).name() for x in (2, 3) for y in range(0, 60, 5)}
        theme = THEMES[name]
        assert colours <= {theme.background, theme.stripe, theme.accent, theme.selection}
        assert {theme.background, theme.stripe} <= colours
    assert QtWidgets.QApplication.instance().styleSheet() == ''

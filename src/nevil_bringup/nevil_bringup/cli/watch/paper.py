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
"""Text as cells of a terminal."""

from __future__ import annotations

import re
import unicodedata

__all__ = ['clip', 'width']

_ESCAPE = re.compile('(\x1b\\[[0-9;]*m)')


def width(text: str) -> int:
    """Return how many cells a text without escape sequences takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def clip(text: str, cells: int) -> str:
    """Return as much of a text as fits; its colours end with it."""
    if len(text) <= cells and text.isascii():
        return text
    made, left = [], cells
    for part in _ESCAPE.split(text):
        if part.startswith('\x1b'):
            made.append(part)
            continue
        for char in part:
            left -= _cells(char)
            if left < 0:
                break
            made.append(char)
        if left < 0:
            break
    return ''.join(made) + ('\x1b[0m' if left < 0 and '\x1b' in text else '')


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in 'WF' else 1

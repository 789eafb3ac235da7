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

"""Many words in a long text at once: by rare pairs of letters first."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping

from nevil_logscope.store import Column
import numpy as np

__all__ = ['WordFinder']


class WordFinder:
    """
    Finds words in lower-case text: one pass over it, whatever their number.

    :param words: each with the mark that says what it means
    :param rare: three letters of a word that few other words have; else its first three
    """

    def __init__(self, words: Mapping[bytes, int], rare: Iterable[bytes]) -> None:
        letters = list(rare)
        self._pairs = np.zeros(1 << 16, bool)
        self._words: dict[int, list[tuple[bytes, int, int]]] = {}
        for word, mark in words.items():
            three = next((three for three in letters if three in word), word[:3])
            self._pairs[three[0] | three[1] << 8] = True
            code = int.from_bytes(three, 'little')
            self._words.setdefault(code, []).append((word, word.index(three), mark))
        self._codes = np.array(sorted(self._words), np.int64)

    def find(self, text: bytes) -> tuple[list[int], list[int]]:
        """Return where words start, and their marks; in no order."""
        padded = text + b'\0\0\0\0'
        buffer = np.frombuffer(padded, np.uint8)
        even = np.frombuffer(padded, '<u2', len(padded) // 2)
        odd = np.frombuffer(padded, '<u2', (len(padded) - 1) // 2, 1)
        places = np.concatenate([np.flatnonzero(self._pairs[even]) * 2,
                                 np.flatnonzero(self._pairs[odd]) * 2 + 1])
        places = places[places < len(text)]
        codes = (buffer[places].astype(np.int64) | buffer[places + 1].astype(np.int64) << 8
                 | buffer[places + 2].astype(np.int64) << 16)
        near: Column = np.searchsorted(self._codes, codes)
        right = self._codes[np.minimum(near, len(self._codes) - 1)] == codes
        starts, marks = [], []
        for place, code in zip(places[right].tolist(), codes[right].tolist()):
            for word, offset, mark in self._words[code]:
                if place >= offset and text.startswith(word, place - offset):
                    starts.append(place - offset)
                    marks.append(mark)
        return starts, marks

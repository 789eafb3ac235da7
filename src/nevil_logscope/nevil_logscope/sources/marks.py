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

"""The flags of a batch, found by words in its whole text."""

from __future__ import annotations

from nevil_logscope.sources.word_finder import WordFinder
from nevil_logscope.store import Column
from nevil_logscope.store import LEVEL_NUMBERS
from nevil_logscope.store import Names
from nevil_nodes.logs import Flag
from nevil_nodes.logs import flags_of
from nevil_nodes.logs.flags import CRASH_WORDS
from nevil_nodes.logs.flags import DIALOGUE_NODES
from nevil_nodes.logs.flags import DIALOGUE_WORDS
from nevil_nodes.logs.whole_lines import CUT_NOTE
import numpy as np

__all__ = ['flags_in']

_WORDS = WordFinder(
    {word.encode(): int(Flag.CRASH) for word in CRASH_WORDS}
    | {word.encode(): int(Flag.DIALOGUE) for word in DIALOGUE_WORDS},
    (b'rro', b'fai', b'sfu', b'xce', b'eba', b'bor', b'eou', b'fus', b'ava', b'rru', b'nva',
     b'ssi', b' fo', b'cce', b'nne', b'gme', b'udi', b'pho', b'eec', b'eak'))
_MAYBE_START = (b'supervising ', b'process started with pid ', b' -> starting')
_BITS = {flag: np.uint8(flag) for flag in Flag}
_ERROR = LEVEL_NUMBERS['ERROR']


def flags_in(text: bytes, ends: Column, level: Column, node: Column, names: Names) -> Column:
    """
    Return the flags of entries: the same as ``flags_of`` says of each.

    :param text: of all, each ended by a newline
    :param ends: where each text ends, its newline included
    """
    flags = np.zeros(len(ends), np.uint8)
    places, marks = _WORDS.find(text.lower())
    rows = np.searchsorted(ends, np.array(places, np.int64), 'right')
    np.bitwise_or.at(flags, rows, np.array(marks, np.uint8))
    flags[level >= _ERROR] |= _BITS[Flag.CRASH]
    for name in DIALOGUE_NODES:
        number = names.nodes.find(name)
        if number is not None:
            flags[node == number] |= _BITS[Flag.DIALOGUE]
    for row in set(_rows(text, _MAYBE_START, ends).tolist()):
        message = text[ends[row - 1] if row else 0:ends[row] - 1].decode('utf-8', 'replace')
        if flags_of('INFO', names.nodes.names[node[row]], message) & Flag.START:
            flags[row] |= _BITS[Flag.START]
    flags[_rows(text, (b'\x0b',), ends)] |= _BITS[Flag.LINES]
    for row in set(_rows(text, (CUT_NOTE,), ends).tolist()):
        if text.endswith(CUT_NOTE, 0, int(ends[row]) - 1):
            flags[row] |= _BITS[Flag.CUT]
    return flags


def _rows(text: bytes, words: tuple[bytes, ...], ends: Column) -> Column:
    """Return the rows that hold one of the words, some of them twice."""
    places: list[int] = []
    find = text.find
    for word in words:
        position = find(word)
        while position >= 0:
            places.append(position)
            position = find(b'\n', position) + 1  # the next of this row does not matter
            position = find(word, position)
    return np.searchsorted(ends, np.array(places, np.int64), 'right')

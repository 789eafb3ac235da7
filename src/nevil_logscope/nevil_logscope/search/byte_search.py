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
Rows of a buffer that hold some bytes: numpy looks for the rarest of them, and then at all of them.

It takes a quarter to a tenth of asking ``bytes.find`` once for each hit, and no copy in small
letters where upper and lower case are one.
"""

from __future__ import annotations

from nevil_logscope.store import Column
import numpy as np

__all__ = ['ByteSearch']

_SMALL = 0x20
# Bytes are counted once, in the beginning of the first text: one segment is like the others.
_COUNTED = 1 << 16
# Up to so many places are looked at one by one; of more, all bytes at once.
_FEW = 0.02


class ByteSearch:
    """
    Looks for some bytes.

    :param needle: in small letters where the case does not matter; not empty
    :param case: upper and lower case differ
    """

    def __init__(self, needle: bytes, case: bool) -> None:
        self._needle = needle
        self._case = case
        # Places in the needle, the rarest byte first.
        self._order: list[int] = []
        size = next(size for size in (8, 4, 2, 1) if size <= len(needle))
        self._kind = f'<u{size}'
        # The needle as numbers, with the bits in which upper and lower case differ.
        small = bytes(_SMALL if self._either(sign) else 0 for sign in needle)
        self._chunks = [(place, self._number(needle, place), self._number(small, place))
                        for place in (*range(0, len(needle) - size, size), len(needle) - size)]

    def rows(self, text: bytes | bytearray, bounds: Column) -> Column:
        """
        Return which rows hold it, as booleans.

        :param bounds: where the rows start, and where the last one ends, in the text
        """
        begin, end = int(bounds[0]), int(bounds[-1])
        buffer = np.frombuffer(text, np.uint8, end - begin, begin)
        last = len(buffer) - len(self._needle) + 1
        if last <= 0:
            return np.zeros(len(bounds) - 1, bool)
        self._count(buffer)
        first, *others = self._order
        maybe = self._equal(buffer[first:first + last], first)
        while others and np.count_nonzero(maybe) > _FEW * last:
            place = others.pop(0)
            maybe &= self._equal(buffer[place:place + last], place)
        starts = (bounds - begin).astype(np.int32)
        if not others and np.count_nonzero(maybe) > _FEW * last:
            every = np.zeros(len(buffer), np.uint8)
            every[:last] = maybe
            return np.asarray(np.bitwise_or.reduceat(every, starts[:-1]) > 0)
        places = np.flatnonzero(maybe).astype(np.int32)
        if others:
            places = self._right(buffer, places, last)
        return _rows_of(places, starts)

    def _right(self, buffer: Column, places: Column, last: int) -> Column:
        """Return which of the places the needle is at."""
        for start, value, small in self._chunks:
            if not len(places):
                break
            seen = np.ndarray((last,), self._kind, buffer, start, (1,))[places]
            places = places[(seen | small if small else seen) == value]
        return places

    def _number(self, signs: bytes, place: int) -> Column:
        return np.frombuffer(signs, self._kind, 1, place)[0]

    def _equal(self, signs: Column, place: int) -> Column:
        sign = self._needle[place]
        if self._either(sign):
            return (signs | np.uint8(_SMALL)) == sign
        return signs == sign

    def _either(self, sign: int) -> bool:
        return not self._case and 97 <= sign <= 122

    def _count(self, buffer: Column) -> None:
        """Find out which of the bytes is the rarest."""
        if self._order:
            return
        counts = np.bincount(buffer[:_COUNTED], minlength=256)

        def often(place: int) -> int:
            sign = self._needle[place]
            return int(counts[sign] + (counts[sign - _SMALL] if self._either(sign) else 0))
        seen: dict[int, int] = {}
        for place, sign in enumerate(self._needle):
            seen.setdefault(sign, place)
        distinct = sorted(seen.values(), key=often)
        self._order = distinct + [place for place in range(len(self._needle))
                                  if place not in distinct]


def _rows_of(places: Column, starts: Column) -> Column:
    """Return which rows have a place, both in order: the fewer are looked for among the others."""
    if 2 * len(places) < len(starts):
        found = np.zeros(len(starts) - 1, bool)
        found[np.searchsorted(starts, places, 'right') - 1] = True
        return found
    ranks = np.searchsorted(places, starts)
    return np.asarray(ranks[1:] > ranks[:-1])

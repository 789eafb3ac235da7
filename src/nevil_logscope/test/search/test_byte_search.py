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

"""Rows are found by their bytes as a look at each of them would."""

from __future__ import annotations

import random

from nevil_logscope.search.byte_search import ByteSearch
import numpy as np
import pytest


@pytest.mark.parametrize('case', [True, False])
def test_rows_are_those_that_hold_the_bytes(case: bool) -> None:
    """At their starts and ends too, and not across two rows."""
    chance = random.Random(3)
    for _ in range(300):
        needle = ''.join(chance.choices('abAB[', k=chance.choice((1, 1, 2, 3, 5, 8, 9, 17))))
        often = chance.choice((0.0, 0.1, 0.9))
        rows = [''.join(chance.choices('abAB[{ @`', k=chance.randrange(12))) + 'é' * chance.choice(
            (0, 0, 1)) + needle.swapcase() * chance.choice((0, 0, 1)) + needle * (
                chance.random() < often) for _ in range(chance.randrange(1, 30))]
        needle = needle if case else needle.lower()
        data = ('before\n' + ''.join(row + '\n' for row in rows)).encode()
        bounds = np.cumsum([7, *(len(row.encode()) + 1 for row in rows)])
        found = ByteSearch(needle.encode(), case).rows(bytearray(data), bounds)
        assert found.tolist() == [needle in (row if case else row.lower()) for row in rows]


def test_a_needle_longer_than_all_rows_is_in_none() -> None:
    """The search ends before it begins."""
    assert ByteSearch(b'longer', True).rows(b'long\n', np.array([0, 5])).tolist() == [False]

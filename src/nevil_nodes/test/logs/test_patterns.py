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

"""Messages as patterns, and what is new in a run."""

from __future__ import annotations

import random

from nevil_nodes.logs import Record
from nevil_nodes.logs.patterns import masked_message
from nevil_nodes.logs.patterns import PatternCount
from nevil_nodes.logs.patterns import patterns
from nevil_nodes.logs.patterns import Run
import pytest

SECOND = 1_000_000_000


@pytest.mark.parametrize(('message', 'pattern'), [
    ('goal 7 reached after 2.53 s', 'goal * reached after * s'),
    ('opened /dev/ttyUSB0 at 0x7ffe12', 'opened * at *'),
    ('session 550e8400-e29b-41d4-a716-446655440000 ended', 'session * ended'),
    ('commit 3f2a9bc1 is built in ~/ws/src/x', 'commit * is built in *'),
    ('battery at -12.5e3 V\nmore', 'battery at * V'),
    ('no number here', 'no number here')])
def test_what_varies_is_taken_out(message: str, pattern: str) -> None:
    """Numbers, ids and paths; words stay, and further lines do not count."""
    assert masked_message(message) == pattern


def run(seed: int, more: list[str]) -> Run:
    """Return a run of 20 000 records of 40 patterns, with some more."""
    chance = random.Random(seed)
    records = [Record(number * SECOND // 20, 'INFO', 'arm',
                      '', f'step {"abcdefgh"[number % 8]} of joint {"vwxyz"[number % 5]} took '
                          f'{chance.random():.3f} ms') for number in range(20_000)]
    records += [Record(1000 * SECOND + number, 'WARNING', 'arm', '', message)
                for number, message in enumerate(more)]
    count = PatternCount()
    count.add(records)
    return count.run()


def test_what_is_new_comes_first_and_what_has_become_frequent_next() -> None:
    """Three new ones among forty old ones, and one that came a hundred times as often."""
    before = run(1, ['slip 1'])
    new = ['motor 3 is hot', 'gear 1 grinds', 'bus 0 is off']
    found = patterns(run(2, [*new, *(f'slip {number}' for number in range(100))]), before)
    assert {one.pattern for one in found[:3]} == {masked_message(text) for text in new}
    assert [one.mark for one in found[:3]] == ['new'] * 3
    assert (found[3].pattern, found[3].mark, found[3].count) == ('slip *', 'x100', 100)
    assert not any(one.mark for one in found[4:]) and len(found) == 44
    assert found[3].trend[-1] == 100 and sum(found[4].trend) == found[4].count


def test_nothing_is_new_where_nothing_is_compared() -> None:
    """The first run is no news as a whole."""
    assert not any(one.mark for one in patterns(run(1, [])))

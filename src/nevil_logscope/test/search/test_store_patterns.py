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

"""The patterns of the store are those of records, whatever segments they lie in."""

from __future__ import annotations

import random
import re

from nevil_logscope.search.store_patterns import last_starts
from nevil_logscope.search.store_patterns import pattern_regex
from nevil_logscope.search.store_patterns import PatternFinder
from nevil_logscope.store import Batch
from nevil_logscope.store import Entry
from nevil_logscope.store import Store
from nevil_nodes.logs import flags_of
from nevil_nodes.logs import Record
from nevil_nodes.logs.patterns import masked_message
from nevil_nodes.logs.patterns import PatternCount

SECOND = 1_000_000_000


def stored(records: list[Record]) -> Store:
    """Return a store of records."""
    store = Store(1_000_000)
    store.append(Batch.of_entries([Entry(
        0, one.at_ns, one.level, one.node, one.component, 'files',
        int(flags_of(one.level, one.node, one.message)), one.message)
        for one in records], store.names))
    return store


def made(count: int) -> list[Record]:
    """Return records of several nodes, some of several lines."""
    chance = random.Random(3)
    return [Record(1000 * SECOND + number * 7_000_000, chance.choice(['INFO', 'ERROR']),
                   chance.choice(['arm', 'camera']), '',
                   chance.choice(['step {} of /x/y{}', 'über {}', 'lost {}\n  at {}']).format(
                       chance.randrange(10 ** 6), number)) for number in range(count)]


def test_a_store_says_what_its_records_say() -> None:
    """Counts, trends and times; of a part of it too."""
    records = made(30_000)
    finder = PatternFinder(stored(records))
    for first, stop in ((0, 30_000), (0, 0), (8_191, 8_193), (10_000, 29_999)):
        count = PatternCount()
        count.add(records[first:stop])
        assert finder.run(first, stop) == count.run()


def test_the_last_two_starts_of_a_system_are_found() -> None:
    """They divide runs; starts of nodes do not."""
    records = made(10)
    for place in (2, 5, 7):
        records[place] = records[place]._replace(
            node='nevil', message='supervising robbie in /x')
    records[8] = records[8]._replace(message='process started with pid [12]')
    assert last_starts(stored(records)) == [5, 7]
    assert last_starts(stored(made(3))) == []


def test_the_messages_of_a_pattern_are_found_by_its_expression() -> None:
    """What is a star in the message itself is one too."""
    for record in made(300):
        pattern = masked_message(record.message)
        assert re.search(pattern_regex(pattern), record.message)
    assert not re.search(pattern_regex('step * of *'), 'other step 1 of 2')

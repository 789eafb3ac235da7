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
``/rosout`` in bags.

The MCAP files were written by the ``mcap`` library, in three ways of compression, in chunks, with
messages of another topic between those of ``/rosout``.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
import shutil
import sqlite3

from nevil_nodes.logs import Record
from nevil_nodes.logs.bag import Bag
from nevil_nodes.logs.bag import is_bag
from nevil_nodes.logs.rosout_message import rosout_record
import pytest
from rcl_interfaces.msg import Log
from rclpy.serialization import serialize_message

BAGS = Path(__file__).parent / 'bags'
START_NS = 1_795_370_043_123_456_789
LEVELS = ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')


def message(number: int) -> bytes:
    """Return a message as a recorder gets it."""
    at_ns = START_NS + number * 1_000_000_000
    log = Log(level=10 * (1 + number // 3 % 5), name='nav.planner',
              msg=f'goal {number} é\nsecond line', file='a.cpp', function='plan', line=7)
    log.stamp.sec, log.stamp.nanosec = divmod(at_ns, 1_000_000_000)
    return bytes(serialize_message(log))


def record(number: int) -> Record:
    """Return what that message says."""
    return Record(START_NS + number * 1_000_000_000, LEVELS[number // 3 % 5], 'nav.planner',
                  'plan', f'goal {number} é\nsecond line')


def read(path: Path) -> list[Record]:
    """Return what a bag holds."""
    bag = Bag(str(path))
    try:
        return list(bag.records())
    finally:
        bag.close()


def new_bag(path: Path) -> sqlite3.Connection:
    """Return a base with the tables of rosbag2_storage_sqlite3."""
    base = sqlite3.connect(path)
    base.executescript(
        'CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, '
        'serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL, '
        'type_description_hash TEXT NOT NULL);'
        'CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, '
        'timestamp INTEGER NOT NULL, data BLOB NOT NULL);'
        'CREATE INDEX timestamp_idx ON messages (timestamp ASC);'
        "INSERT INTO topics VALUES (1, '/scan', 'sensor_msgs/msg/LaserScan', 'cdr', '', '');"
        "INSERT INTO topics VALUES (2, '/rosout', 'rcl_interfaces/msg/Log', 'cdr', '', '');")
    return base


@pytest.mark.parametrize('name', ['plain', 'zstd', 'lz4'])
def test_an_mcap_file_gives_its_rosout(name: str) -> None:
    """However its chunks are compressed; where what unpacks them is missing, it is named."""
    needed = {'zstd': 'zstandard', 'lz4': 'lz4'}.get(name)
    if needed and find_spec(needed) is None:
        with pytest.raises(OSError, match=f'pip install {needed}'):
            read(BAGS / f'{name}.mcap')
        return
    assert read(BAGS / f'{name}.mcap') == [record(number) for number in (0, 3, 6, 9)]


def test_an_mcap_file_is_read_while_it_is_written(tmp_path: Path) -> None:
    """At any length it gives what is whole, each once, and waits for the rest."""
    whole = (BAGS / 'plain.mcap').read_bytes()
    path = tmp_path / 'live.mcap'
    path.write_bytes(whole[:8])
    bag = Bag(str(path))
    found = []
    for stop in range(8, len(whole), 97):
        path.write_bytes(whole[:stop])
        found += list(bag.records())
    path.write_bytes(whole)
    found += list(bag.records())
    bag.close()
    assert found == [record(number) for number in (0, 3, 6, 9)]


def test_a_damaged_mcap_file_says_so(tmp_path: Path) -> None:
    """It is an error with a reason, not nothing."""
    path = tmp_path / 'x.mcap'
    path.write_bytes(b'this is something else altogether')
    with pytest.raises(OSError, match='is no MCAP file'):
        read(path)


def test_a_bag_of_sqlite_gives_its_rosout_and_what_is_recorded_later(tmp_path: Path) -> None:
    """A recorder goes on to write while it is read."""
    path = tmp_path / 'x_0.db3'
    base = new_bag(path)
    base.execute('INSERT INTO messages VALUES (1, 1, 5, ?)', (b'scan',))
    base.execute('INSERT INTO messages VALUES (2, 2, 6, ?)', (message(0),))
    base.commit()
    bag = Bag(str(path))
    assert list(bag.records()) == [record(0)]
    base.execute('INSERT INTO messages VALUES (3, 2, 7, ?)', (message(3),))
    base.execute('INSERT INTO messages VALUES (4, 2, 8, ?)', (b'\0\1\0\0short',))
    base.commit()
    assert list(bag.records()) == [record(3)] and bag.strange == 1
    bag.close()
    base.close()
    (tmp_path / 'y.db3').write_bytes(b'no database at all, whatever its name says')
    with pytest.raises(OSError, match='is not a readable bag'):
        read(tmp_path / 'y.db3')


def test_a_message_without_a_time_has_that_of_its_recording() -> None:
    """As a publisher that uses simulated time before the clock runs leaves it."""
    data = bytes(serialize_message(Log(level=20, name='a', msg='b')))
    assert rosout_record(data, 7) == Record(7, 'INFO', 'a', '', 'b')


def test_bags_are_known_by_their_names(tmp_path: Path) -> None:
    """Both kinds that ros2 bag records."""
    shutil.copy(BAGS / 'plain.mcap', tmp_path)
    assert is_bag(tmp_path / 'plain.mcap') and is_bag('a/x_0.db3') and not is_bag('x.log')

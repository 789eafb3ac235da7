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

"""Logs of many formats are understood: time, level, node and lines of 99 of 100 records."""

from __future__ import annotations

from datetime import timezone
import os
from pathlib import Path

from nevil_nodes.logs import Record
from nevil_nodes.logs import Tail
from nevil_nodes.logs.reader import RecordReader
import pytest
from quality.log_corpus import Format
from quality.log_corpus import FORMATS
from quality.log_corpus import NEAR_S
from quality.log_corpus import NODES
from quality.log_corpus import records

COUNT = 300


def read(path: Path) -> list[Record]:
    """Return what a file says."""
    reader = RecordReader('robot', timezone.utc, NEAR_S)
    tail = Tail(path)
    lines = list(tail.lines())
    tail.close()
    reader.observe(lines)
    found = [record for line in lines for record in reader.feed(line)] + reader.finish()
    return sorted(found, key=lambda record: record.at_ns)


def expected(form: Format) -> list[tuple[int, str, str]]:
    """Return time, level and node of what was written."""
    last_ns = 1 << 62
    return [(0 if form.unit_ns == last_ns else record.at_ns // form.unit_ns * form.unit_ns,
             record.level if form.levels else _level_said(record.message), _node(form, record))
            for record in records(COUNT)]


def _level_said(message: str) -> str:
    return 'ERROR' if message.startswith('ERROR: ') else 'INFO'


def _node(form: Format, record: Record) -> str:
    if form.name == 'glog':
        return 'talker'
    return record.node if form.nodes else 'robot'


def score(form: Format, folder: Path) -> float:
    """Return the share of records that are right in time, level, node and lines."""
    path = folder / 'robot.log'
    path.write_bytes(form.encode(''.join(form.write(one) + '\n' for one in records(COUNT))))
    os.utime(path, (NEAR_S, NEAR_S))
    found = read(path)
    right = 0
    have = {(one.at_ns, one.level, one.node, _words(one.message)) for one in found}
    for (at_ns, level, node), record in zip(expected(form), records(COUNT)):
        first = record.message if form.lines else record.message.partition('\n')[0]
        wanted = [one for one in have if one[:3] == (at_ns, level, node)]
        if form.name == 'logfmt':
            right += bool(wanted)
        else:
            right += any(_words(first) <= one[3] if not form.lines else _words(first) == one[3]
                         for one in wanted)
    return right / COUNT


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@pytest.mark.parametrize('form', FORMATS, ids=[form.name for form in FORMATS])
def test_a_format_is_understood(form: Format, tmp_path: Path) -> None:
    """Time, level, node and all lines of 99 of 100 records are right."""
    assert score(form, tmp_path) >= 0.99


def test_no_line_joins_the_record_of_another_process(tmp_path: Path) -> None:
    """What several processes print at once stays apart, tracebacks included."""
    streams: dict[str, list[str]] = {
        f'{name.split(".")[0]}-{number}': [] for number, name in enumerate(NODES)}
    for number, process in enumerate(list(streams) * 40):
        name = process.rpartition('-')[0]
        streams[process] += [
            f'[ERROR] [{1_795_370_043 + number}.5] [{name}]: {process} failed {number}',
            'Traceback (most recent call last):', f'  File "{process}.py", line {number}',
            f'ValueError: {process}']
    lines = [f'[ros2-9] [{process}] {line}' for several in zip(*streams.values())
             for process, line in zip(streams, several)]
    (tmp_path / 'x.log').write_text('\n'.join([*lines, '']))
    found = read(tmp_path / 'x.log')
    assert len(found) == 120
    for record in found:
        process = record.message.split()[0]
        assert record.node == process.rpartition('-')[0] and record.level == 'ERROR'
        assert record.message.count('\n') == 3
        assert record.message.endswith(f'ValueError: {process}')
        assert f'"{process}.py"' in record.message


def test_a_process_that_prints_without_heads_has_a_record_a_line(tmp_path: Path) -> None:
    """A simulator's output is neither one record nor part of a node's."""
    (tmp_path / 'x.log').write_text(
        '[INFO] [launch]: All log files\n'
        '[talker-1] [INFO] [1795370043.5] [talker]: one\n'
        '[gzserver-2] Gazebo starts\n[gzserver-2]   details\n[gzserver-2] ready\n'
        '[talker-1] more of one\n'
        '[gzserver-2] Traceback (most recent call last):\n[talker-1] [INFO] [1795370044.5] '
        '[talker]: two\n[gzserver-2]   File "x"\n[gzserver-2] KeyError: 1\n[gzserver-2] on\n')
    found = {(one.node, one.level, one.message) for one in read(tmp_path / 'x.log')}
    assert found == {
        ('launch', 'INFO', 'All log files'), ('talker', 'INFO', 'one\nmore of one'),
        ('gzserver-2', 'INFO', 'Gazebo starts\n  details'), ('gzserver-2', 'INFO', 'ready'),
        ('gzserver-2', 'ERROR', 'Traceback (most recent call last):\n  File "x"\nKeyError: 1'),
        ('talker', 'INFO', 'two'), ('gzserver-2', 'INFO', 'on')}


def test_a_time_of_day_is_of_the_day_that_it_was_written(tmp_path: Path) -> None:
    """A line that is written long after the file was opened is not one of yesterday."""
    reader = RecordReader('robot', timezone.utc, NEAR_S)
    start_ns = int(NEAR_S) // 86400 * 86400 * 1_000_000_000
    found = []
    for day in range(3):
        for hour in (6, 18):
            reader.written(start_ns / 1e9 + day * 86400 + hour * 3600)
            found += reader.feed(f'[{hour:02d}:00:00.250] [info] [arm] hello')
    found += reader.finish()
    assert [one.at_ns - start_ns for one in found] == [
        (day * 24 + hour) * 3_600_000_000_000 + 250_000_000
        for day in range(3) for hour in (6, 18)]

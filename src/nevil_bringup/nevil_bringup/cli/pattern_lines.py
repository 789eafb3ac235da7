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

"""Print the patterns of log records: what is new, or far more frequent, first."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import asdict
import json

from nevil_bringup.cli.watch.sparks import sparkline
from nevil_bringup.printing.terminal import paint
from nevil_bringup.printing.terminal import printable
from nevil_bringup.printing.terminal import table
from nevil_nodes.logs import Predicate
from nevil_nodes.logs import Record
from nevil_nodes.logs.patterns import BINS
from nevil_nodes.logs.patterns import Found
from nevil_nodes.logs.patterns import PatternCount
from nevil_nodes.logs.patterns import patterns
from nevil_nodes.logs.patterns import Run

__all__ = ['pattern_lines', 'patterns_since', 'starts_run']

_STARTERS = ('nevil', 'system')
_STARTS = 'supervising '
_RIGHT = frozenset({1, 2})


def patterns_since(
    records: Sequence[Record], since_ns: int | None, keep: Predicate,
) -> tuple[list[Found], bool]:
    """
    Return the patterns of the last run, and whether there was another one to compare with.

    :param records: in order of time, starts of runs among them whether they are kept or not
    :param keep: which of them are counted
    :param since_ns: compare what is since then with what is before; None is the last start
    """
    starts = [place for place, record in enumerate(records) if starts_run(record)]
    if since_ns is not None:
        before = [record for record in records if record.at_ns < since_ns]
        now: Sequence[Record] = records[len(before):]
    elif starts:
        before, now = list(records[:starts[-1]]), records[starts[-1]:]
        earlier = starts[-2] if len(starts) > 1 else 0
        before = before[earlier:]
    else:
        before, now = [], records
    found = patterns(_counted(filter(keep, now)),
                     _counted(filter(keep, before)) if before else None)
    return found, bool(before)


def starts_run(record: Record) -> bool:
    """Return whether a record says that the system starts."""
    return record.node in _STARTERS and record.message.startswith(_STARTS)


def pattern_lines(found: Sequence[Found], *, as_json: bool, coloured: bool) -> Iterable[str]:
    """Return a line for each pattern; with JSON an object each."""
    if as_json:
        return [json.dumps(asdict(one) | {'mark': one.mark}, ensure_ascii=False) for one in found]
    rows = [['', 'COUNT', '/MIN', 'TREND', 'LEVEL', 'NODE', 'PATTERN']]
    rows += [[one.mark, str(one.count), f'{one.per_minute:.1f}', sparkline(one.trend, BINS),
              one.level, printable(one.node), printable(one.pattern)] for one in found]
    lines = ['  '.join(row).rstrip() for row in table(rows, _RIGHT)]
    return [lines[0], *(paint(line, 'failed', coloured and bool(one.mark))
                        for line, one in zip(lines[1:], found))]


def _counted(records: Iterable[Record]) -> Run:
    count = PatternCount()
    count.add(records)
    return count.run()

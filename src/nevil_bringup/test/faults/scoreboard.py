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

"""The sum of the fault matrix: for a terminal, and as tables for docs/health.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any

from row import Absent
from row import Result

__all__ = ['by_signal', 'line', 'markdown', 'passed', 'plain', 'spread', 'summary']


def line(result: Result) -> str:
    """Return how one row went, in a line, and each problem in one more."""
    word = 'skipped' if result.skipped else 'ok' if result.held else 'FAILED'
    text = (f'{word:8}{result.row.number:>4}  {result.row.title:48}  '
            f'{_seconds(result.latency_s):>8}  {result.took_s:5.1f} s')
    details = [result.skipped] if result.skipped else result.problems + [
        f'false alarm: {text}' for text in result.false_alarms]
    return '\n'.join([text, *(f'              {detail}' for detail in details)])


def passed(results: Sequence[Result]) -> bool:
    """Return whether every row that ran has held, and one has run."""
    ran = [result for result in results if not result.skipped]
    return bool(ran) and all(result.held for result in ran)


def summary(results: Sequence[Result]) -> list[tuple[str, str]]:
    """Return the sums, each with its name."""
    ran = [result for result in results if not result.skipped]
    faults = [result for result in ran if result.row.signal]
    noticed = [result for result in faults if result.latency_s is not None]
    punctual = [result for result in noticed
                if (result.latency_s or 0.0) <= result.row.within_s]
    minutes = sum(result.node_s for result in ran) / 60
    due = sum(result.row.restarts for result in ran)
    return [
        ('rows that held', f'{sum(result.held for result in ran)} of {len(ran)}'),
        ('faults detected, by the right health signal', f'{len(noticed)} of {len(faults)}'),
        ('detected within the target', f'{len(punctual)} of {len(faults)}'),
        ('restarts for the failures that require one',
         f'{sum(result.restarts for result in ran)} for {due}'),
        ('alerts for the faults that require one',
         f'{sum(result.alerts for result in ran)} for {sum(one.row.alerts for one in ran)}'),
        ('false alarms', f'{sum(len(result.false_alarms) for result in ran)} '
                         f'in {minutes:.0f} node-minutes'),
    ]


def markdown(results: Sequence[Result], absent: Sequence[Absent]) -> str:
    """Return everything as tables."""
    lines = ['| | |', '| --- | --- |']
    lines += [f'| {name} | {value} |' for name, value in summary(results)]
    lines += ['', '| signal | faults | median | worst |', '| --- | --- | --- | --- |']
    for signal, latencies in by_signal(results).items():
        lines.append(f'| {signal} | {len(latencies)} | {_seconds(median(latencies))} | '
                     f'{_seconds(max(latencies))} |')
    lines += ['', '| row | fault | signal | detected after | target | recovered after | '
              'restarts | |',
              '| --- | --- | --- | --- | --- | --- | --- | --- |']
    for result in results:
        row = result.row
        word = 'not run' if result.skipped else 'holds' if result.held else '**fails**'
        aim = _seconds(row.within_s) if row.signal else ''
        lines.append(
            f'| {row.number} | {row.title} | {row.signal or "none"} | '
            f'{_seconds(result.latency_s)} | {aim} | {_seconds(result.recovery_s)} | '
            f'{result.restarts} | {word} |')
    gone = [(row.number, row.title, row.reason) for row in absent]
    gone += [(result.row.number, result.row.title, result.skipped)
             for result in results if result.skipped]
    lines += ['', '| row | not run with these | why |', '| --- | --- | --- |']
    lines += [f'| {number} | {title} | {why} |' for number, title, why in gone]
    return '\n'.join(lines)


def by_signal(results: Sequence[Result]) -> dict[str, list[float]]:
    """Return the latencies of each signal."""
    found: dict[str, list[float]] = defaultdict(list)
    for result in results:
        if result.latency_s is not None:
            found[result.row.signal].append(result.latency_s)
    return dict(sorted(found.items()))


def plain(result: Result) -> dict[str, Any]:
    """Return a result as plain data."""
    return {
        'number': result.row.number, 'title': result.row.title, 'signal': result.row.signal,
        'aim_s': result.row.within_s, 'latency_s': result.latency_s,
        'recovery_s': result.recovery_s, 'alerts': result.alerts, 'restarts': result.restarts,
        'problems': result.problems, 'false_alarms': result.false_alarms,
        'skipped': result.skipped, 'node_s': result.node_s, 'took_s': result.took_s}


def spread(latencies: Sequence[float]) -> str:
    """Return count, median and worst."""
    return (f'{len(latencies)} noticed, median {_seconds(median(latencies))}, '
            f'worst {_seconds(max(latencies))}')


def _seconds(value: float | None) -> str:
    if value is None:
        return ''
    return f'{value * 1000:.0f} ms' if value < 1 else f'{value:.1f} s'

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

"""What must hold whatever happens to a robot. Pure: what was seen goes in, problems come out."""

from __future__ import annotations

from collections import Counter
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
import re
from typing import Any

__all__ = [
    'doubles', 'grown', 'growth_kb', 'Ledger', 'Process', 'strangers', 'unresolved', 'unsettled',
    'untidy', 'Usage',
]

# What a part may use more than after its first rounds: pools of an allocator, a log that rotates.
_MORE_MB = 12.0
_MORE_OF = 12
# What counts as flat: an allocator takes memory in steps.
_STEP_MB = 0.75
_FLAT_KB = 0.25
# Until then the pools of the middleware and of the allocators fill.
_FULL_AFTER = 300
_TRACEBACK = re.compile(r'^.*(?:Traceback \(most recent|never retrieved|unknown event).*$', re.M)


@dataclass(frozen=True, kw_only=True)
class Process:
    """
    A living process of the robot.

    :param started: in ticks since boot; with the pid it names one process
    :param unit: '' for a part of Nevil
    """

    pid: int
    started: int
    parent: int
    unit: str = ''
    generation: str = ''


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a part uses."""

    memory_mb: float
    files: int
    threads: int


def doubles(first: Iterable[Process], second: Iterable[Process]) -> list[str]:
    """
    Return the units of which two generations lived at one moment.

    A look takes its time: what ended during the first is not there at the second, so only those
    that are in both have lived at the same time.
    """
    there = {(process.pid, process.started) for process in second}
    generations: dict[str, dict[str, int]] = defaultdict(dict)
    for process in first:
        if process.unit and (process.pid, process.started) in there:
            generations[process.unit].setdefault(process.generation, process.pid)
    return [f'{unit} runs twice: ' + ', '.join(
        f'generation {generation} (pid {pid})' for generation, pid in sorted(found.items()))
        for unit, found in sorted(generations.items()) if len(found) > 1]


def strangers(processes: Iterable[Process], status: Mapping[str, Any],
              own: Iterable[int] = ()) -> list[str]:
    """
    Return what runs beside the robot that its status tells of.

    :param own: processes of the one who looks
    """
    known = {status.get(part) for part in ('pid', 'spawner_pid', 'capture_pid', 'health_pid')}
    known |= {node['pid'] for node in status['nodes']} | set(own)
    below = {process.pid: process.parent for process in processes}

    def belongs(process: Process) -> bool:
        pid = process.pid
        while pid not in known and pid in below:
            pid = below[pid]
        return pid in known and (pid != status.get('pid') or process.pid == pid)
    return [f'pid {process.pid} ({process.unit or "no unit"}, generation '
            f'{process.generation or "-"}) belongs to nobody'
            for process in processes if not belongs(process)]


def unsettled(status: Mapping[str, Any]) -> list[str]:
    """Return what is not yet as it must be after every recovery."""
    if not status.get('pid'):
        return ['no supervisor runs']
    found = [f'{part} is not there' for part in ('spawner_pid', 'capture_pid', 'health_pid')
             if not status.get(part)]
    for node in status['nodes']:
        if node['state'] != 'ready':
            found.append(f'{node["name"]} is {node["state"]}: {node["reason"]}')
        elif node['held'] or node['muted'] or node['paused_by']:
            found.append(f'{node["name"]} is held, muted or paused')
        elif node['health'] == 'unhealthy':
            found.append(f'{node["name"]} is unhealthy: {node["cause"]}')
    return found


def unresolved(status: Mapping[str, Any]) -> list[str]:
    """Return the incidents that are open; those of the machine itself are not looked at."""
    machine = ('/cpu', '/memory', '/disk', '/load', '/monitor_lag')
    return [f'{alert["key"]}: {alert["text"]}' for alert in status.get('alerts', ())
            if alert['state'] != 'resolved' and alert['key'] not in machine]


def grown(first: Mapping[str, Usage], last: Mapping[str, Usage], restarts: int,
          kb_a_restart: float) -> list[str]:
    """
    Return the parts that use more and more.

    :param kb_a_restart: memory that is allowed for each restart in between
    """
    found = []
    for part, usage in last.items():
        before = first[part]
        if usage.memory_mb > before.memory_mb + _MORE_MB + restarts * kb_a_restart / 1024:
            found.append(f'{part}: memory grew from {before.memory_mb:.1f} to '
                         f'{usage.memory_mb:.1f} MB in {restarts} restarts')
        for what in ('files', 'threads'):
            was, now = getattr(before, what), getattr(usage, what)
            if now > was + _MORE_OF:
                found.append(f'{part}: {what} grew from {was} to {now}')
    return found


def growth_kb(found: Mapping[str, Sequence[Usage]], restarts: int) -> list[str]:
    """
    Return the parts that go on growing after the first 300 restarts of a soak.

    :param found: what was used, at equal distances
    """
    problems = []
    for part, usages in found.items():
        full = ceil(_FULL_AFTER * (len(usages) - 1) / restarts)
        later = usages[max(len(usages) // 4, min(full, len(usages) // 2)):]
        grown_mb = min(one.memory_mb for one in later[-2:]) - later[0].memory_mb
        kb = 1024 * grown_mb / (restarts * (len(later) - 1) / (len(usages) - 1))
        if grown_mb > _STEP_MB and kb > _FLAT_KB:
            problems.append(f'{part} grows by {kb:.1f} kB a restart')
        if later[-1].files > later[0].files or later[-1].threads > later[0].threads:
            problems.append(f'{part}: {later[0]} became {later[-1]}')
    return problems


def untidy(log: str) -> list[str]:
    """Return the lines of a log that tell of an error inside Nevil."""
    return [f'in the log: {line}' for line in _TRACEBACK.findall(log)]


class Ledger:
    """Counts what a supervisor tells of the nodes, to compare it with its status."""

    def __init__(self, status: Mapping[str, Any]) -> None:
        """Begin with what the status says at the beginning."""
        self._first = {node['name']: node for node in status['nodes']}
        self._starts: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Count a change of state."""
        if event['event'] != 'state' or event['old'] in (None, event['new']):
            return
        self._starts[event['node']] += event['new'] == 'starting'
        self._failures[event['node']] += event['new'] == 'backoff'

    @property
    def failures(self) -> int:
        """Return how often a node was to be started again by its policy."""
        return sum(self._failures.values())

    def problems(self, status: Mapping[str, Any]) -> list[str]:
        """Return where starts or restarts were counted twice, or not at all."""
        found = []
        for node in status['nodes']:
            name, first = node['name'], self._first[node['name']]
            starts = node['generation'] - first['generation']
            restarts = node['restarts'] - first['restarts']
            if starts != self._starts[name]:
                found.append(f'{name}: {starts} new generations in {self._starts[name]} starts')
            if restarts != self._failures[name]:
                found.append(
                    f'{name}: {restarts} restarts counted for {self._failures[name]} failures')
        return found

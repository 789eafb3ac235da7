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


"""What the processes of the units use, read from /proc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import os

from nevil_health.monitor.cgroups import Cgroups

__all__ = ['Family', 'Process', 'ResourceSampler', 'Usage', 'read_processes', 'state_of']

_TICKS_PER_S = os.sysconf('SC_CLK_TCK')
_SLOW_S = 60.0
_SAME_MB = 0.5
_PAGE_MB = os.sysconf('SC_PAGE_SIZE') / 2**20


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process table; ``state`` as in proc(5), ``rss_mb`` shared pages included."""

    pid: int
    parent: int
    session: int
    state: str
    cpu_s: float
    threads: int
    started: int
    rss_mb: float


@dataclass(frozen=True, slots=True)
class Usage:
    """
    What a unit's processes use together.

    :param cpu_percent: of one core, since the sample before (the first: since their start)
    :param memory_mb: proportional set size: pages shared with others count by share, so that the
        units' numbers add up; resident size where it may not be read
    :param memory_limit_mb: of its cgroup, where it has one of its own
    :param fds: open files of the process that has most of them, and ``fds_limit`` how many it may
        have; None where that may not be read
    """

    cpu_percent: float
    memory_mb: float
    memory_limit_mb: float | None
    threads: int
    fds: int | None
    fds_limit: int | None
    processes: int
    state: str


@dataclass(frozen=True, slots=True)
class _Slow:
    """What the kernel must walk through a process for: a millisecond each, with many mappings."""

    until: float
    rss_mb: float
    pss_mb: float
    memory_limit_mb: float | None
    fds_limit: int | None


class ResourceSampler:
    """Samples the process trees of units; remembers the sample before."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._before: dict[tuple[int, int], float] = {}
        self._at: float | None = None
        self._slow: dict[tuple[int, int], _Slow] = {}
        self._cgroups = Cgroups()

    def sample(self, pids: Mapping[str, int], at: float) -> dict[str, Usage]:
        """
        Return what each unit uses; units whose process is gone are left out.

        :param pids: the leading process of each unit
        :param at: seconds since boot, sleep included, as the kernel counts process starts
        """
        table = read_processes()
        family = Family(table)
        after: dict[tuple[int, int], float] = {}
        usages = {}
        for unit, pid in pids.items():
            if pid in table:
                tree = family.tree_of(pid)
                after.update(((one.pid, one.started), one.cpu_s) for one in tree)
                usages[unit] = self._usage(tree, at)
        self._before, self._at = after, at
        self._slow = {key: slow for key, slow in self._slow.items() if key in after}
        return usages

    def _usage(self, tree: list[Process], at: float) -> Usage:
        leader = tree[0]
        age_s = at - leader.started / _TICKS_PER_S
        known = (leader.pid, leader.started) in self._before
        elapsed_s = at - self._at if known and self._at is not None else age_s
        used_s = sum(one.cpu_s - self._before.get((one.pid, one.started), 0.0) for one in tree)
        slow = [self._slow_of(one, at) for one in tree]
        fds, its = max((_fds(one.pid), index) for index, one in enumerate(tree))
        return Usage(
            cpu_percent=round(max(0.0, 100 * used_s / max(elapsed_s, 0.01)), 1),
            memory_mb=round(sum(one.pss_mb for one in slow), 1),
            memory_limit_mb=slow[0].memory_limit_mb, threads=sum(one.threads for one in tree),
            fds=fds if fds >= 0 else None, fds_limit=slow[its].fds_limit, processes=len(tree),
            state=leader.state)

    def _slow_of(self, one: Process, at: float) -> _Slow:
        """Return what is costly to read, as it was lately, unless its memory has changed."""
        key = one.pid, one.started
        slow = self._slow.get(key)
        if slow is None or slow.until < at or abs(one.rss_mb - slow.rss_mb) > _SAME_MB:
            # Not all at the same time: the first turn of each is shorter by chance of its pid.
            until = at + _SLOW_S * (1.0 if slow else (one.pid % 16 + 1) / 16)
            slow = self._slow[key] = _Slow(
                until, one.rss_mb, _pss_mb(one), self._cgroups.memory_limit_mb(one.pid),
                _fds_limit(one.pid))
        return slow


def read_processes() -> dict[int, Process]:
    """Return the process table of this machine, as far as it is visible."""
    table = {}
    for name in os.listdir('/proc'):
        if name.isdecimal():
            try:
                with open(f'/proc/{name}/stat', 'rb') as file:
                    table[int(name)] = _parse(int(name), file.read())
            except (FileNotFoundError, ProcessLookupError):
                continue
    return table


class Family:
    """Who descends from whom in a process table."""

    def __init__(self, table: Mapping[int, Process]) -> None:
        """Sort the table by parents and by sessions."""
        self._table = table
        self._children: dict[int, list[int]] = {}
        self._sessions: dict[int, list[int]] = {}
        for one in table.values():
            self._children.setdefault(one.parent, []).append(one.pid)
            self._sessions.setdefault(one.session, []).append(one.pid)

    def tree_of(self, pid: int) -> list[Process]:
        """Return a process, first, with its descendants and the rest of its session."""
        members = dict.fromkeys([pid, *self._sessions.get(pid, ())])
        todo = list(members)
        while todo:
            for child in self._children.get(todo.pop(), ()):
                if child not in members:
                    members[child] = None
                    todo.append(child)
        return [self._table[member] for member in members]


def state_of(pid: int) -> str | None:
    """Return the state of a process, a letter as in proc(5); None if there is none."""
    try:
        with open(f'/proc/{pid}/stat', 'rb') as file:
            return _parse(pid, file.read()).state
    except OSError:
        return None


def _parse(pid: int, line: bytes) -> Process:
    # The command name may hold anything, blanks and parentheses too; it ends with the last ')'.
    fields = line[line.rindex(b')') + 2:].split()
    return Process(
        pid=pid, state=fields[0].decode(), parent=int(fields[1]), session=int(fields[3]),
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS_PER_S, threads=int(fields[17]),
        started=int(fields[19]), rss_mb=int(fields[21]) * _PAGE_MB)


def _pss_mb(process: Process) -> float:
    try:
        with open(f'/proc/{process.pid}/smaps_rollup', 'rb') as file:
            for line in file:
                if line.startswith(b'Pss:'):
                    return int(line.split()[1]) / 1024
    except OSError:  # gone, or not ours
        pass
    return process.rss_mb


def _fds(pid: int) -> int:
    """Return the number of open files; -1 where it may not be read."""
    try:
        return len(os.listdir(f'/proc/{pid}/fd'))
    except OSError:
        return -1


def _fds_limit(pid: int) -> int | None:
    try:
        with open(f'/proc/{pid}/limits', 'rb') as file:
            for line in file:
                if line.startswith(b'Max open files'):
                    return int(line.split()[3])
    except (OSError, ValueError):  # gone, not ours, or 'unlimited'
        pass
    return None

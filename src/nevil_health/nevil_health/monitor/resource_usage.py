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

"""What the processes of the units use, read by psutil."""

from __future__ import annotations

from collections.abc import Mapping
import resource

from nevil_health.monitor.cgroups import Cgroups
from nevil_health.monitor.process_table import Entry
from nevil_health.monitor.process_table import ProcessTable
from nevil_nodes.lazy_dataclass import dataclass
import psutil

__all__ = ['ResourceSampler', 'Usage', 'state_of']

# Reading the proportional set size walks all pages of a process, the resident size is a counter.
_SLOW_S = 60.0
# Below that a changed resident size is noise, and the last proportional size still right.
_SAME_MB = 0.5
# As proc(5) writes them; what the supervisor and people know.
_LETTERS = {
    psutil.STATUS_RUNNING: 'R', psutil.STATUS_SLEEPING: 'S', psutil.STATUS_DISK_SLEEP: 'D',
    psutil.STATUS_STOPPED: 'T', psutil.STATUS_TRACING_STOP: 't', psutil.STATUS_ZOMBIE: 'Z',
    psutil.STATUS_DEAD: 'X', psutil.STATUS_IDLE: 'I', psutil.STATUS_PARKED: 'P'}


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
    """
    What is costly to read, as last observed.

    For the proportional size the kernel walks through all mappings of a process: 1.5 ms of CPU
    for a node with rclpy loaded, ten times as much as everything else of it together.
    """

    until: float
    rss_mb: float
    pss_mb: float
    memory_limit_mb: float | None


@dataclass(frozen=True, slots=True)
class _Look:
    """What one process uses now."""

    state: str
    cpu_s: float
    threads: int
    fds: int
    fds_limit: int | None
    slow: _Slow


class ResourceSampler:
    """Samples the process trees of units; remembers the sample before."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._table = ProcessTable()
        self._before: dict[psutil.Process, float] = {}
        self._after: dict[psutil.Process, float] = {}
        self._at: float | None = None
        self._slow: dict[psutil.Process, _Slow] = {}
        self._cgroups = Cgroups()

    def sample(self, pids: Mapping[str, int], at: float) -> dict[str, Usage]:
        """
        Return what each unit uses; units whose process is gone are left out.

        :param pids: the leading process of each unit
        :param at: seconds since boot, sleep included, as the kernel counts process starts
        """
        self._table.refresh()
        self._after = {}
        usages = {}
        for unit, pid in pids.items():
            looks = {entry: look for entry in self._table.tree_of(pid)
                     if (look := self._look_at(entry, at)) is not None}
            leader = next(iter(looks), None)
            if leader is not None and leader.process.pid == pid:
                usages[unit] = self._usage(leader, looks, at)
        self._before, self._at = self._after, at
        self._slow = {one: slow for one, slow in self._slow.items() if one in self._after}
        return usages

    def _usage(self, leader: Entry, looks: Mapping[Entry, _Look], at: float) -> Usage:
        known = leader.process in self._before and self._at is not None
        elapsed_s = at - (self._at if known and self._at is not None else leader.started_s)
        used_s = sum(look.cpu_s - self._before.get(entry.process, 0.0)
                     for entry, look in looks.items())
        most = max(looks.values(), key=lambda look: look.fds)
        return Usage(
            cpu_percent=round(max(0.0, 100 * used_s / max(elapsed_s, 0.01)), 1),
            memory_mb=round(sum(look.slow.pss_mb for look in looks.values()), 1),
            memory_limit_mb=looks[leader].slow.memory_limit_mb,
            threads=sum(look.threads for look in looks.values()),
            fds=most.fds if most.fds >= 0 else None, fds_limit=most.fds_limit,
            processes=len(looks), state=looks[leader].state)

    def _look_at(self, entry: Entry, at: float) -> _Look | None:
        """Return what a process uses; None if it is gone, and maybe another has its pid."""
        one = entry.process
        try:
            if not one.is_running():
                self._table.replace(entry)
                return None
            with one.oneshot():
                cpu = one.cpu_times()
                state = _LETTERS.get(one.status(), '?')
                look = _Look(
                    state, cpu.user + cpu.system, one.num_threads(), _fds(one, state),
                    _fds_limit(one), self._slow_of(one, state, at))
        except psutil.Error:  # it has ended meanwhile
            return None
        self._after[one] = look.cpu_s
        return look

    def _slow_of(self, one: psutil.Process, state: str, at: float) -> _Slow:
        """Return what is costly to read, as last observed unless its memory has changed."""
        rss_mb = one.memory_info().rss / 2**20
        slow = self._slow.get(one)
        if slow is None or slow.until < at or abs(rss_mb - slow.rss_mb) > _SAME_MB:
            # Not all at the same time: the first turn of each is shorter by chance of its pid.
            until = at + _SLOW_S * (1.0 if slow else (one.pid % 16 + 1) / 16)
            slow = self._slow[one] = _Slow(
                until, rss_mb, 0.0 if state == 'Z' else _pss_mb(one, rss_mb),
                self._cgroups.memory_limit_mb(one.pid))
        return slow


def state_of(pid: int) -> str | None:
    """Return the state of a process, a letter as in proc(5); None if there is none."""
    try:
        return _LETTERS.get(psutil.Process(pid).status(), '?')
    except psutil.Error:
        return None


def _pss_mb(one: psutil.Process, rss_mb: float) -> float:
    try:
        return float(one.memory_full_info().pss) / 2**20
    except psutil.AccessDenied:  # not ours
        return rss_mb


def _fds(one: psutil.Process, state: str) -> int:
    """Return the number of open files; -1 where it may not be read."""
    if state == 'Z':  # it has none, but only root may see that
        return 0
    try:
        return one.num_fds()
    except psutil.AccessDenied:
        return -1


def _fds_limit(one: psutil.Process) -> int | None:
    try:
        limit = one.rlimit(psutil.RLIMIT_NOFILE)[0]
    except psutil.AccessDenied:
        return None
    return limit if limit != resource.RLIM_INFINITY else None

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

"""Memory limits of control groups, version 1 and 2."""

from __future__ import annotations

from pathlib import Path

__all__ = ['Cgroups']

_ROOT = Path('/sys/fs/cgroup')
# What the kernel says where there is no limit: the largest number of whole pages.
_UNLIMITED = 1 << 62


class Cgroups:
    """
    Finds the limits of processes that have a group other than ours.

    A limit of the group in which the whole robot runs is none of a single node.

    :param root: where control groups are mounted
    :param proc: where the process table is mounted
    """

    def __init__(self, root: Path = _ROOT, proc: Path = Path('/proc')) -> None:
        """Look up our own group."""
        self._root, self._proc = root, proc
        self._own = self._group_of('self')

    def memory_limit_mb(self, pid: int) -> float | None:
        """Return the limit of the group of a process; None without a group or limit of its own."""
        group = self._group_of(str(pid))
        if group is None or group == self._own:
            return None
        try:
            limit = int((self._root / group).read_bytes())
        except (OSError, ValueError):  # not visible from here, or 'max'
            return None
        return limit / 2**20 if limit < _UNLIMITED else None

    def _group_of(self, pid: str) -> str | None:
        """Return the file with the memory limit, below the root."""
        try:
            lines = (self._proc / pid / 'cgroup').read_text().splitlines()
        except OSError:
            return None
        found = None
        for line in lines:  # number:controllers:path; version 2 has number 0 and no controllers
            _, controllers, path = line.split(':', 2)
            if 'memory' in controllers.split(','):
                return f'memory{path}/memory.limit_in_bytes'
            if not controllers:
                found = f'{path[1:]}/memory.max' if path != '/' else 'memory.max'
        return found

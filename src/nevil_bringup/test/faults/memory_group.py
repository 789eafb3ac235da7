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

"""A memory cgroup of its own for a process, where this machine lets us make one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path

from quality.waiting import wait_for

__all__ = ['cannot', 'memory_group']

_LIMITS = ('memory.limit_in_bytes', 'memory.max')


def _parents() -> list[Path]:
    """Return the folders of our own memory group, of cgroup v1 and v2."""
    found = []
    for line in Path('/proc/self/cgroup').read_text().splitlines():
        _, controllers, path = line.split(':', 2)
        if controllers == 'memory':
            found.append(Path('/sys/fs/cgroup/memory' + path))
        elif not controllers:
            found.append(Path('/sys/fs/cgroup' + path))
    return found


@contextmanager
def memory_group(mb: int) -> Iterator[Path | None]:
    """Give a new group with that limit, or None where none can be made; it must be empty then."""
    for parent in _parents():
        group = parent / f'nevil-test-{os.getpid()}'
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            limits = [group / name for name in _LIMITS if (group / name).exists()]
            if limits:
                limits[0].write_text(str(mb * 2**20))
                yield group
                return
        finally:
            wait_for(lambda: _removed(group), 10)
    yield None


def cannot() -> str:
    """Return why no group can be made here, '' where one can."""
    with memory_group(64) as group:
        return '' if group else 'no memory cgroup can be made here (needs root, or delegation)'


def _removed(group: Path) -> bool:
    try:
        group.rmdir()
    except OSError:
        return False
    return True

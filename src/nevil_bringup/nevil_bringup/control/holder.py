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

"""Who supervises a project, wherever its runtime folder is."""

from __future__ import annotations

from collections.abc import Iterator
import fcntl
import os
from pathlib import Path
import pwd
from typing import NamedTuple

from nevil_bringup.paths import ProjectPaths

__all__ = ['Holder', 'holder_of', 'user_name']

_GONE = ' (deleted)'  # as the kernel marks what was removed while it is open


class Holder(NamedTuple):
    """
    The process that supervises a project (no dataclass: see ``ProjectPaths``).

    :param pid: 0 if the kernel does not show it
    :param uid: the user that it runs as
    :param runtime: its runtime folder, None where we may not look
    """

    pid: int
    uid: int
    runtime: Path | None

    @property
    def user(self) -> str:
        """Return the name of its user."""
        return user_name(self.uid)

    def __str__(self) -> str:
        """Return who it is and how to end it."""
        if not self.pid:
            return 'a process that cannot be seen from here (another container?)'
        return (f"pid {self.pid} of user {self.user}; 'kill {self.pid}' asks it to stop,"
                f" 'kill -9 {self.pid}' kills it and all its processes")


def user_name(uid: int) -> str:
    """Return the name of a user, the number of one that has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def holder_of(paths: ProjectPaths) -> Holder | None:
    """
    Return the living supervisor of a project that is ours, None where there is none.

    Ours are those of this user; at a project of this user, and for root, also those of root and of
    the owner. Each holds the lock file in its runtime folder.
    """
    me = os.geteuid()
    try:
        owner = paths.project.stat().st_uid
    except OSError:
        return None
    shared = me in (0, owner)
    ours = {me, 0, owner} if shared else {me}
    end = f'/{paths.runtime.name}/{paths.lock.name}'
    flocks = list(_flocks())
    for pid in dict.fromkeys(pid for pid, _ in flocks):
        if pid != os.getpid() and _uid(pid) in ours:
            for path in _open_files(pid):
                if path.removesuffix(_GONE).endswith(end):
                    return Holder(pid, _uid(pid), Path(path.removesuffix(_GONE)).parent)
    if shared and _is_locked(paths.project):
        # By inode alone: on btrfs, for one, the device in /proc/locks is not st_dev.
        inode = paths.project.stat().st_ino
        pid = next((pid for pid, found in flocks if found == inode), 0)
        return Holder(pid, _uid(pid), None) if pid != os.getpid() else None
    return None


def _flocks() -> Iterator[tuple[int, int]]:
    """Yield the process and the inode of each exclusive lock, which every user may see."""
    try:
        with open('/proc/locks', encoding='ascii') as file:
            fields = [line.split() for line in file]
    except OSError:
        return
    for _, kind, _, access, pid, place, *_ in (line for line in fields if line[1] != '->'):
        if (kind, access) == ('FLOCK', 'WRITE'):
            yield int(pid), int(place.rpartition(':')[2])


def _open_files(pid: int) -> Iterator[str]:
    try:
        for name in os.listdir(f'/proc/{pid}/fd'):
            yield os.readlink(f'/proc/{pid}/fd/{name}')
    except OSError:
        return  # it has ended, or is another user's


def _uid(pid: int) -> int:
    try:
        return os.stat(f'/proc/{pid}').st_uid
    except OSError:
        return -1


def _is_locked(project: Path) -> bool:
    try:
        fd = os.open(project, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    finally:
        os.close(fd)
    return False

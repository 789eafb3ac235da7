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

"""One supervisor a project: a lock that the kernel frees at any death."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
import time
from typing import Any

from nevil_bringup.paths import ProjectPaths

__all__ = [
    'ANOTHER_RUNS', 'ProjectLock', 'lock_holder', 'logscope_status', 'project_holder', 'try_lock']

ANOTHER_RUNS = 3  # exit status of a supervisor that finds its project locked
# Who asks for the holder takes a shared lock for a moment (lock_holder), which is in our way.
_TRIES = 5
_BETWEEN_TRIES_S = 0.02


class ProjectLock:
    """
    The exclusive right to supervise a project, held as long as the process lives.

    The project's own folder is locked first: where runtime folders are depends on the login and
    on variables, and one can be removed. The user and root meet there too. A user to whom the
    project does not belong has a copy of the robot of their own.

    :param path: file with the pid of the holder, in the runtime folder
    """

    def __init__(self, path: Path, project: Path) -> None:
        """Remember the places; nothing is locked yet."""
        self._path = path
        self._project = project
        self._fd = self._folder_fd = self._project_fd = -1

    def acquire(self) -> bool:
        """
        Take the lock and write our pid into it.

        The folder is locked as well, for all who ask: systemd-tmpfiles, which removes what is old
        from /tmp, leaves alone what is in a locked folder, so a robot may run for months.

        :returns: False when another living process holds it
        :raises OSError: the file cannot be made (no permission, full disk)
        """
        if not self._lock_project():
            return False
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            locked = try_lock(fd)
        except OSError as error:
            text = (f'{error.strerror}: no file can be locked there; set NEVIL_RUNTIME_DIR to'
                    ' a folder on a local disk')
            raise OSError(error.errno, text, str(self._path)) from None
        if not locked:
            os.close(fd)
            os.close(self._project_fd)
            return False
        os.ftruncate(fd, 0)
        # Only for messages: who holds it is decided by the lock, so a stale pid does no harm.
        os.pwrite(fd, f'{os.getpid()}\n'.encode(), 0)
        self._fd = fd
        self._folder_fd = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._folder_fd, fcntl.LOCK_SH)
        return True

    def _lock_project(self) -> bool:
        fd = os.open(self._project, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if os.geteuid() not in (0, os.fstat(fd).st_uid) or try_lock(fd):
                self._project_fd = fd
                return True
        except OSError:  # a file system of another machine may have no locks of folders
            self._project_fd = fd
            return True
        os.close(fd)
        return False

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would race with the next owner."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            for fd in (self._folder_fd, self._fd, self._project_fd):
                os.close(fd)
            self._fd = -1


def try_lock(fd: int) -> bool:
    """Lock, looking again for a moment: ``lock_holder`` holds the file while it looks."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(_BETWEEN_TRIES_S)
    return False


def lock_holder(path: Path) -> int | None:
    """Return the pid of the process that holds the lock, None where nobody does, 0 unknown."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(fd, 32, 0).strip()
        return int(text) if text.isdigit() else 0
    finally:
        os.close(fd)
    return None


def project_holder(project: Path) -> int | None:
    """
    Return the pid of the supervisor that holds a project's folder, None where nobody does.

    The kernel tells it of other users' processes too.
    """
    try:
        inode = str(project.stat().st_ino)
        with open('/proc/locks', encoding='ascii') as file:
            fields = [line.split() for line in file]
    except OSError:
        return None
    for _, kind, _, access, pid, place, *_ in (line for line in fields if line[1] != '->'):
        # By inode alone: on btrfs, for one, the device in /proc/locks is not st_dev.
        if (kind, access) == ('FLOCK', 'WRITE') and place.rpartition(':')[2] == inode:
            return int(pid)
    return None


def logscope_status(paths: ProjectPaths) -> dict[str, Any]:
    """Return which process of the project's LogScope runs, for the status."""
    pid = lock_holder(paths.logscope)
    return {'running': pid is not None, 'pid': pid or None}

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

__all__ = ['ANOTHER_RUNS', 'ProjectLock', 'lock_holder', 'logscope_status', 'try_lock']

ANOTHER_RUNS = 3  # exit status of a supervisor that finds its project locked
_TRIES = 5
_BETWEEN_TRIES_S = 0.02


class ProjectLock:
    """The exclusive right to supervise a project, held as long as the process lives."""

    def __init__(self, path: Path) -> None:
        """Remember the path; nothing is locked yet."""
        self._path = path
        self._fd = self._folder_fd = -1

    def acquire(self) -> bool:
        """
        Take the lock and write our pid into it.

        The folder is locked as well, for all who ask: systemd-tmpfiles, which removes what is old
        from /tmp, leaves alone what is in a locked folder, so a robot may run for months.

        :returns: False when another living process holds it
        :raises OSError: the file cannot be made (no permission, full disk)
        """
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not try_lock(fd):
            os.close(fd)
            return False
        os.ftruncate(fd, 0)
        os.pwrite(fd, f'{os.getpid()}\n'.encode(), 0)
        self._fd = fd
        self._folder_fd = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._folder_fd, fcntl.LOCK_SH)
        return True

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would race with the next owner."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._folder_fd)
            os.close(self._fd)
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


def logscope_status(paths: ProjectPaths) -> dict[str, Any]:
    """Return which process of the project's LogScope runs, for the status."""
    pid = lock_holder(paths.logscope)
    return {'running': pid is not None, 'pid': pid or None}

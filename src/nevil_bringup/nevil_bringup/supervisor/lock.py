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

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import pwd
import time
from typing import Any

from nevil_bringup.control.holder import holder_of
from nevil_bringup.paths import ProjectPaths

__all__ = ['ANOTHER_RUNS', 'ProjectLock', 'lock_holder', 'logscope_status', 'try_lock']

ANOTHER_RUNS = 3  # exit status of a supervisor that finds its project locked
# Who asks for the holder takes a shared lock for a moment (lock_holder), which is in our way.
_TRIES = 5
_BETWEEN_TRIES_S = 0.02


class ProjectLock:
    """
    The exclusive right to supervise a project, held as long as the process lives.

    It depends on the user and the project only: where runtime folders are depends on the login and
    on variables, and one can be removed. The owner of a project and root meet at the project's own
    folder. A user to whom the project does not belong has a copy of the robot of their own, and
    looks for it while nobody else of that user does.
    """

    def __init__(self, paths: ProjectPaths) -> None:
        """Remember the places; nothing is locked yet."""
        self._paths = paths
        self._fds: list[int] = []

    def acquire(self) -> bool:
        """
        Take the lock and write our pid into its file in the runtime folder.

        :returns: False when another living process holds it
        :raises OSError: the file cannot be made (no permission, full disk)
        """
        with _one_at_a_time():
            if self._lock_project() and self._lock_file(self._paths.lock):
                return True
        self._close()
        return False

    def move(self, path: Path) -> None:
        """
        Hold a new file too, since the folder of the old one is gone.

        :raises OSError: it cannot be made
        """
        self._lock_file(path)

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would race with the next owner."""
        if self._fds:
            os.ftruncate(self._fds[1], 0)
        self._close()

    def _lock_project(self) -> bool:
        """Return whether no supervisor of this user, of the owner or of root has the project."""
        fd = os.open(self._paths.project, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._fds.append(fd)
        if os.geteuid() not in (0, os.fstat(fd).st_uid):
            return holder_of(self._paths) is None
        try:
            return try_lock(fd)
        except OSError:  # a file system of another machine may have no locks of folders
            return holder_of(self._paths) is None

    def _lock_file(self, path: Path) -> bool:
        """
        Lock the file that says who we are.

        The folder is locked as well, for all who ask: systemd-tmpfiles, which removes what is old
        from /tmp, leaves alone what is in a locked folder, so a robot may run for months.
        """
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._fds.append(fd)
        try:
            if not try_lock(fd):
                return False
        except OSError as error:
            text = (f'{error.strerror}: no file can be locked there; set NEVIL_RUNTIME_DIR to'
                    ' a folder on a local disk')
            raise OSError(error.errno, text, str(path)) from None
        os.ftruncate(fd, 0)
        # Only for messages: who holds it is decided by the lock, so a stale pid does no harm.
        os.pwrite(fd, f'{os.getpid()}\n'.encode(), 0)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        self._fds.append(folder)
        fcntl.flock(folder, fcntl.LOCK_SH)
        return True

    def _close(self) -> None:
        while self._fds:
            os.close(self._fds.pop())


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let no other start of this user come between looking and locking."""
    fd = -1
    try:
        fd = os.open(pwd.getpwuid(os.geteuid()).pw_dir, os.O_RDONLY | os.O_CLOEXEC)
        try_lock(fd)
    except (KeyError, OSError):
        pass  # no home folder, or no locks of folders there
    try:
        yield
    finally:
        if fd >= 0:
            os.close(fd)


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

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

"""One supervisor a project, whatever way the last one died."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
import signal
import subprocess
import sys

from nevil_bringup.supervisor.lock import lock_holder
from nevil_bringup.supervisor.lock import project_holder
from nevil_bringup.supervisor.lock import ProjectLock
import pytest

_HOLD = (
    'import sys; from pathlib import Path; from nevil_bringup.supervisor.lock import ProjectLock;'
    'lock = ProjectLock(*map(Path, sys.argv[1:])); print(lock.acquire(), flush=True);'
    'sys.stdin.read()')


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the folder of a project."""
    folder = tmp_path / 'project'
    folder.mkdir()
    return folder


def _hold(path: Path, project: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen([sys.executable, '-c', _HOLD, str(path), str(project)], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == 'True\n'
    return holder


def test_second_owner_is_refused_and_the_first_is_named(tmp_path: Path, project: Path) -> None:
    """Two starts of one project at once: one wins, the other can say who has it."""
    path = tmp_path / 'lock'
    with _hold(path, project) as holder:
        assert ProjectLock(path, project).acquire() is False
        assert lock_holder(path) == holder.pid


def test_nobody_clears_away_the_folder_of_a_living_owner(tmp_path: Path, project: Path) -> None:
    """Those who remove old files from /tmp ask for this lock before they enter a folder."""
    cleaner = os.open(tmp_path, os.O_RDONLY)
    with _hold(tmp_path / 'lock', project) as holder:
        with pytest.raises(BlockingIOError):
            fcntl.flock(cleaner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.kill()
    fcntl.flock(cleaner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(cleaner)


def test_killed_owner_leaves_no_lock_in_the_way(tmp_path: Path, project: Path) -> None:
    """The kernel frees the lock at SIGKILL; the file that remains means nothing."""
    path = tmp_path / 'lock'
    with _hold(path, project) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(timeout=10)
    assert path.exists()
    assert lock_holder(path) is None
    lock = ProjectLock(path, project)
    assert lock.acquire() is True
    lock.release()


def test_released_lock_can_be_taken_again(tmp_path: Path, project: Path) -> None:
    """An ordered end gives the project back at once."""
    path = tmp_path / 'lock'
    first, second = ProjectLock(path, project), ProjectLock(path, project)
    assert first.acquire() is True
    first.release()
    assert second.acquire() is True
    second.release()


def test_missing_file_means_nobody_holds_it(tmp_path: Path, project: Path) -> None:
    """A project that never ran has no lock file."""
    assert lock_holder(tmp_path / 'lock') is None


def test_a_second_supervisor_is_refused_wherever_its_runtime_folder_is(
        tmp_path: Path, project: Path) -> None:
    """From cron there is no /run/user/UID, and variables and clean-ups move the folder."""
    with _hold(tmp_path / 'lock', project) as holder:
        assert project_holder(project) == holder.pid
        assert ProjectLock(tmp_path / 'other', project).acquire() is False
        (tmp_path / 'lock').unlink()
        assert ProjectLock(tmp_path / 'lock', project).acquire() is False
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(timeout=10)
    assert project_holder(project) is None
    lock = ProjectLock(tmp_path / 'other', project)
    assert lock.acquire() is True
    lock.release()


def test_where_no_file_can_be_locked_the_file_and_the_way_out_are_named(
        tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems of other machines have no locks: ENOLCK."""
    def flock(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
    monkeypatch.setattr(fcntl, 'flock', flock)
    with pytest.raises(OSError, match='NEVIL_RUNTIME_DIR') as caught:
        ProjectLock(tmp_path / 'lock', project).acquire()
    assert caught.value.filename == str(tmp_path / 'lock')

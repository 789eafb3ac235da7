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

from collections.abc import Iterator
import errno
import fcntl
import os
from pathlib import Path
import signal
import subprocess
import sys
import tempfile

from nevil_bringup.control.holder import Holder
from nevil_bringup.control.holder import holder_of
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.lock import lock_holder
from nevil_bringup.supervisor.lock import ProjectLock
import pytest

# Root gives itself up first, and may be looked at as any process of that user (PR_SET_DUMPABLE).
_HOLD = (
    'import ctypes, os, sys; from pathlib import Path;'
    'from nevil_bringup.paths import ProjectPaths;'
    'from nevil_bringup.supervisor.lock import ProjectLock; import encodings.ascii;'
    'os.setuid(int(sys.argv[1])); ctypes.CDLL(None).prctl(4, 1);'
    'lock = ProjectLock(ProjectPaths(*map(Path, sys.argv[2:])));'
    'print(lock.acquire(), flush=True); sys.stdin.read()')
_NOBODY = 65534


@pytest.fixture
def paths(tmp_path: Path) -> ProjectPaths:
    """Return the places of a project; its folder and a runtime folder are there."""
    return _places(tmp_path, 'runtime')


@pytest.fixture
def everybodys() -> Iterator[Path]:
    """Return a folder that every user may look into."""
    with tempfile.TemporaryDirectory(dir='/tmp') as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def _places(folder: Path, runtime: str) -> ProjectPaths:
    found = ProjectPaths(folder / 'robbie', folder / runtime / 'robbie-0', folder, folder)
    found.project.mkdir(exist_ok=True)
    found.runtime.mkdir(parents=True, exist_ok=True)
    return found


def _hold(paths: ProjectPaths, user: int | None = None, *,
          takes: bool = True) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, '-c', _HOLD, str(os.getuid() if user is None else user),
         *map(str, paths)], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == f'{takes}\n'
    return holder


def _kill(holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(timeout=10)


def test_second_owner_is_refused_and_the_first_is_named(paths: ProjectPaths) -> None:
    """Two starts of one project at once: one wins, the other can say who has it."""
    with _hold(paths) as holder:
        assert ProjectLock(paths).acquire() is False
        assert lock_holder(paths.lock) == holder.pid
        assert holder_of(paths) == Holder(holder.pid, os.getuid(), paths.runtime)


def test_nobody_clears_away_the_folder_of_a_living_owner(paths: ProjectPaths) -> None:
    """Those who remove old files from /tmp ask for this lock before they enter a folder."""
    cleaner = os.open(paths.runtime, os.O_RDONLY)
    with _hold(paths) as holder:
        with pytest.raises(BlockingIOError):
            fcntl.flock(cleaner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.kill()
    fcntl.flock(cleaner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(cleaner)


def test_killed_owner_leaves_no_lock_in_the_way(paths: ProjectPaths) -> None:
    """The kernel frees the lock at SIGKILL; the file that remains means nothing."""
    with _hold(paths) as holder:
        _kill(holder)
    assert paths.lock.exists()
    assert lock_holder(paths.lock) is None
    assert holder_of(paths) is None
    lock = ProjectLock(paths)
    assert lock.acquire() is True
    lock.release()


def test_released_lock_can_be_taken_again(paths: ProjectPaths) -> None:
    """An ordered end gives the project back at once."""
    first, second = ProjectLock(paths), ProjectLock(paths)
    assert first.acquire() is True
    first.release()
    assert second.acquire() is True
    second.release()


def test_missing_file_means_nobody_holds_it(paths: ProjectPaths) -> None:
    """A project that never ran has no lock file."""
    assert lock_holder(paths.lock) is None
    assert holder_of(paths) is None


def test_a_second_supervisor_is_refused_wherever_its_runtime_folder_is(
        tmp_path: Path, paths: ProjectPaths) -> None:
    """From cron there is no /run/user/UID, and variables and clean-ups move the folder."""
    elsewhere = _places(tmp_path, 'elsewhere')
    with _hold(paths) as holder:
        assert holder_of(elsewhere) == Holder(holder.pid, os.getuid(), paths.runtime)
        assert ProjectLock(elsewhere).acquire() is False
        paths.lock.unlink()
        assert holder_of(elsewhere) == Holder(holder.pid, os.getuid(), paths.runtime)
        assert ProjectLock(paths).acquire() is False
        _kill(holder)
    lock = ProjectLock(elsewhere)
    assert lock.acquire() is True
    lock.release()


@pytest.mark.skipif(os.getuid() != 0, reason='needs root to be somebody else')
def test_a_user_to_whom_the_project_does_not_belong_has_one_copy_of_it(everybodys: Path) -> None:
    """An installed project: wherever the runtime folder is, and beside the owner's."""
    theirs, moved = _places(everybodys, 'theirs'), _places(everybodys, 'moved')
    for place in (theirs, moved):
        os.chown(place.runtime, _NOBODY, _NOBODY)
    owners = _places(everybodys, 'owners')
    with _hold(theirs, _NOBODY) as first:
        with _hold(moved, _NOBODY, takes=False) as second:
            _kill(second)
        with _hold(owners) as owner:
            assert holder_of(owners) == Holder(owner.pid, 0, owners.runtime)
            _kill(owner)
        _kill(first)
    with _hold(moved, _NOBODY) as again:
        _kill(again)


@pytest.mark.skipif(os.getuid() != 0, reason='needs root to be somebody else')
def test_root_and_the_owner_of_a_project_exclude_each_other(everybodys: Path) -> None:
    """Each starts the same robot, with the same devices."""
    roots, owners = _places(everybodys, 'roots'), _places(everybodys, 'owners')
    for path in (owners.project, owners.runtime):
        os.chown(path, _NOBODY, _NOBODY)
    with _hold(roots) as holder:
        with _hold(owners, _NOBODY, takes=False) as second:
            _kill(second)
        _kill(holder)
    with _hold(owners, _NOBODY) as holder:
        assert holder_of(roots) == Holder(holder.pid, _NOBODY, owners.runtime)
        assert ProjectLock(roots).acquire() is False
        _kill(holder)


def test_where_no_file_can_be_locked_the_file_and_the_way_out_are_named(
        paths: ProjectPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems of other machines have no locks: ENOLCK."""
    def flock(fd: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
    monkeypatch.setattr(fcntl, 'flock', flock)
    with pytest.raises(OSError, match='NEVIL_RUNTIME_DIR') as caught:
        ProjectLock(paths).acquire()
    assert caught.value.filename == str(paths.lock)

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

"""
Kill what is left of a run when its spawner is gone.

What belongs to a run is known by NEVIL_RUN_ID in the environment it was started with. Orphans that
cleared their environment are found too if this process is the subreaper that adopted them: they
are our children in a session that is not ours.
"""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import signal
import time

from nevil_bringup.spawner.procfs import all_pids
from nevil_bringup.spawner.procfs import children
from nevil_bringup.spawner.procfs import cookie
from nevil_bringup.spawner.procfs import descendants
from nevil_bringup.spawner.procfs import kill_if
from nevil_bringup.spawner.procfs import stat

__all__ = ['OWN_PIDS', 'continue_stopped', 'leftovers', 'runs_of', 'sweep']

# Children of this process that lead a session of their own and are no orphans of a run.
OWN_PIDS: set[int] = set()
# A killed process is gone a moment later, and only its parent gets a signal.
_RETRY_S = 0.01


def leftovers(run_id: str) -> list[int]:
    """Return the living processes of a run, anywhere on this machine."""
    found = []
    for pid in all_pids():
        about = cookie(pid)
        if about is not None and about.run_id == run_id and pid != os.getpid():
            found.append(pid)
    return found


def runs_of(project: Path) -> set[str]:
    """Return the runs of a project, by us or by whom it belongs to, that still have processes."""
    wanted = b'NEVIL_PROJECT=' + os.fsencode(project)
    users = {os.geteuid(), project.stat().st_uid}
    found = set()
    for pid in all_pids():
        about = cookie(pid)
        place = Path(f'/proc/{pid}')
        try:
            if (about is not None and place.stat().st_uid in users
                    and wanted in (place / 'environ').read_bytes().split(b'\0')):
                found.add(about.run_id)
        except OSError:
            continue  # ended meanwhile
    return found


def continue_stopped(run_id: str) -> None:
    """
    Continue every stopped process of a run whose supervisor is gone.

    A part that was stopped then would never see that end, and stay for good.
    """
    for pid in leftovers(run_id):
        found = stat(pid)
        if found is not None and found.state == 'T':
            try:
                os.kill(pid, signal.SIGCONT)
            except OSError:
                continue  # ended meanwhile, or another user's


def sweep(run_id: str, timeout_s: float = 2.0, *, parts_end_s: float = 0.0) -> int:
    """
    Kill every process of a run and reap those that we adopted; return when none is left.

    It blocks, usually for a few milliseconds. Our own helpers stay. Another user's processes and
    those stuck in the kernel are left after the timeout.

    :param parts_end_s: how long parts of Nevil may take to end by themselves: without a supervisor
        capture writes the last words
    :returns: how many processes were killed
    """
    killed: set[int] = set()
    began = time.monotonic()
    continue_stopped(run_id)
    while True:
        left, late_s = 0, time.monotonic() - began
        for pid in leftovers(run_id):
            if pid in OWN_PIDS:
                continue
            left += 1
            if kill_if(pid, _is_of(run_id, parts=late_s >= parts_end_s)):
                killed.add(pid)
        for pid in _adopted():
            # From the leaves: killing the parent first would make orphans of children not looked
            # at yet.
            for below in [*reversed(descendants(pid)), pid]:
                if kill_if(below, _is_alive):
                    killed.add(below)
            left += not _reap(pid)
        if not left or late_s > timeout_s:
            return len(killed)
        time.sleep(_RETRY_S)


def _adopted() -> list[int]:
    """Return our children that came from elsewhere."""
    session = os.getsid(0)
    found = []
    for pid in children(os.getpid()):
        about = stat(pid)
        if about is not None and about.session != session and pid not in OWN_PIDS:
            found.append(pid)
    return found


def _reap(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _is_alive(pid: int) -> bool:
    about = stat(pid)
    return about is not None and about.alive


def _is_of(run_id: str, *, parts: bool) -> Callable[[int], bool]:
    """Return what identifies the processes of a run: of its nodes only, or of Nevil too."""
    def check(pid: int) -> bool:
        about = cookie(pid)
        return about is not None and about.run_id == run_id and (parts or about.unit != '')
    return check

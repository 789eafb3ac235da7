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

"""One process of the run, from its order to the report of its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
import os
import signal

from nevil_bringup.spawner.procfs import cookie
from nevil_bringup.spawner.procfs import descendants
from nevil_bringup.spawner.procfs import has_environment
from nevil_bringup.spawner.procfs import holds_pipe
from nevil_bringup.spawner.procfs import kill_if
from nevil_bringup.spawner.procfs import signal_group
from nevil_bringup.spawner.procfs import stat
from nevil_bringup.spawner.protocol import StartOrder

__all__ = ['Unit', 'is_stale', 'kill_tree']

# A process without an environment may be between two programs; after so many looks it has none.
_LOOKS = 5


@dataclass(slots=True, eq=False)
class Unit:
    """
    A process that we created and have not reaped.

    :param report: read end of the pipe with the result of its set-up; -1 when that is known
    :param pipe: inode of its output pipe
    :param held: signals ordered before it was set up
    :param kept: output descriptors for a fork, while it is the standby that is to become the unit
    :param answer_by: when the standby must have answered
    :param looks: how often we looked for what it left behind
    :param give_up_at: when its end is reported even if survivors cannot be killed; 0 while it runs
    """

    order: StartOrder
    pid: int
    report: int
    pipe: int
    held: list[int] = field(default_factory=list)
    kept: tuple[int, ...] = ()
    answer_by: float = 0.0
    survivors: set[int] = field(default_factory=set)
    looks: int = 0
    give_up_at: float = 0.0

    def signal(self, signum: int) -> None:
        """
        Signal its process group.

        Its pid is ours until it is reaped, so neither pid nor group can be another's.
        """
        if self.report >= 0:
            self.held.append(signum)
            return
        signal_group(self.pid, signum)

    def poll(self) -> os.waitid_result | None:
        """Return how it ended, None while it runs; it stays unreaped."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)

    def kill_survivors(self, orphans: list[int], run_id: str) -> bool:
        """
        Kill what it left behind.

        :param orphans: children of ours that are no unit: whatever outlives its parent becomes one
        :returns: whether nothing is left; False calls for another look
        """
        self.looks += 1
        owned = {pid: self._owns(pid, run_id) for pid in orphans}
        for pid, own in owned.items():
            if own:
                self.survivors.update(kill_tree(pid))
        self.signal(signal.SIGKILL)
        return all(own is False for own in owned.values())

    def _owns(self, pid: int, run_id: str) -> bool | None:
        """
        Return whether an orphan is one of this unit: by group, cookie or output.

        :returns: None if that needs another look: it died since it was listed, so its children
            are not in that list, or it is just executing something and shows no environment
        """
        about = stat(pid)
        if about is None or not about.alive:
            return None
        # The cheapest evidence first: environment and descriptors are only read for what has left
        # both.
        if self.pid in (about.group, about.session):
            return True
        found = cookie(pid)
        if found is not None and found.unit:
            return (found.run_id, found.unit, found.generation) == (
                run_id, self.order.unit, str(self.order.generation))
        if holds_pipe(pid, self.pipe):
            return True
        about = stat(pid)
        if about is None or not about.alive:
            return None
        return None if self.looks < _LOOKS and not has_environment(pid) else False


def is_stale(pid: int, units: Iterable[Unit]) -> bool:
    """Return whether an adopted process belongs to a start that has ended."""
    found = cookie(pid)
    return found is not None and found.unit != '' and all(
        (unit.order.unit, str(unit.order.generation)) != (found.unit, found.generation)
        for unit in units)


def kill_tree(root: int) -> set[int]:
    """
    Kill a child of ours and everything below it.

    :returns: the processes that were hit
    """
    below = descendants(root)
    hit = {pid for pid in below if kill_if(pid, lambda pid: _is_below(pid, root))}
    try:
        os.kill(root, signal.SIGKILL)  # our own unreaped child: the pid cannot be another's
        hit.add(root)
    except (ProcessLookupError, PermissionError):
        pass
    return hit


def _is_below(pid: int, root: int) -> bool:
    """Return whether a living process still descends from the root."""
    about = stat(pid)
    if about is None or not about.alive:
        return False
    while about is not None and about.parent > 1:
        if about.parent == root:
            return True
        about = stat(about.parent)
    return False

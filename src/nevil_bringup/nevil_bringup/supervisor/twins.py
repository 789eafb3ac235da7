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
End what somebody else has started as a node of the robot: two of them would both give orders.

That there are two is known by their heartbeats, which anybody may send, so a pid that stands in
one is not believed: ended is only who executes the command line of the node, as our user and in
our ROS domain. Whoever wants to run a node by hand holds it first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import logging
import os
import signal

from nevil_bringup.spawner.procfs import all_pids
from nevil_bringup.spawner.procfs import command_line
from nevil_bringup.spawner.procfs import environment
from nevil_bringup.supervisor.robot import Robot

__all__ = ['Twins']

_log = logging.getLogger('supervisor')
# Seconds between two steps of its end.
_PATIENCE_S = 2.0
_STEPS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


class Twins:
    """Looks for processes that are a node too, and ends them."""

    def __init__(self, robot: Robot, argv_of: Callable[[str], Sequence[str]],
                 environ: Mapping[str, str], run_id: str) -> None:
        """
        Know of none.

        :param argv_of: gives the command line of a unit
        :param environ: of the robot
        :param run_id: whatever was started in this run is none
        """
        self._robot, self._argv_of = robot, argv_of
        self._domain, self._run_id = environ.get('ROS_DOMAIN_ID', '0'), run_id

    def look(self, node: str) -> None:
        """Handle that more than one process beats under the name of a node."""
        unit = self._robot.unit_of[node]
        view = self._robot.view_of(unit)
        if view.held or view.pid is None or self._robot.shutting_down:
            return
        found = [one for pid in all_pids() if (one := self._pinned(pid, unit)) is not None]
        for pid, pin in found:
            _log.warning(
                '%s: process %d runs it too, ending it: it was started by hand, and '
                'Nevil runs the node as process %d (nevil node hold %s allows both)',
                node, pid, view.pid, node)
            self._end(pin, _STEPS)
        if not found:
            _log.warning(
                '%s: another process sends heartbeats under its name and is left running: it was '
                'started in another way, by another user or on another machine', node)

    def _pinned(self, pid: int, unit: str) -> tuple[int, int] | None:
        """Return a process and a descriptor that keeps its number, if it is to be ended."""
        try:
            pin = os.pidfd_open(pid)
            if self._is_twin(pid, unit):
                return pid, pin
            os.close(pin)
        except OSError:
            pass  # it has just ended
        return None

    def _is_twin(self, pid: int, unit: str) -> bool:
        if not _executes(command_line(pid), tuple(self._argv_of(unit))) or (
                os.stat(f'/proc/{pid}').st_uid != os.geteuid()):
            return False
        about = environment(pid)
        return (about.get('ROS_DOMAIN_ID', '0') == self._domain
                and about.get('NEVIL_RUN_ID') != self._run_id)

    def _end(self, pin: int, steps: Sequence[signal.Signals]) -> None:
        try:
            signal.pidfd_send_signal(pin, steps[0])
        except ProcessLookupError:
            steps = ()
        if steps[1:]:
            asyncio.get_running_loop().call_later(_PATIENCE_S, self._end, pin, steps[1:])
        else:
            os.close(pin)


def _executes(words: tuple[str, ...], argv: tuple[str, ...]) -> bool:
    """Return whether a command line is that of a unit, as it is or as the kernel shows it."""
    if not words or not argv:
        return False
    name, wanted = os.path.basename(words[0]), os.path.basename(argv[0])
    same = name == wanted or name.startswith('python') and wanted.startswith('python')
    return same and words[1:] == argv[1:] or words == (*_interpreter(argv[0]), *argv)


def _interpreter(path: str) -> list[str]:
    """Return what the kernel puts before the path of a script."""
    try:
        with open(path, 'rb') as file:
            first = file.readline(256)
    except OSError:
        return []
    words = os.fsdecode(first[2:]).split() if first.startswith(b'#!') else []
    return words[1:] if words and os.path.basename(words[0]) == 'env' else words

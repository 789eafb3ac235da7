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

"""The robot of a story on this machine: its files, and what is seen of it."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from contextlib import suppress
import json
import os
from pathlib import Path
import shutil
import subprocess
import tempfile
from typing import Any

from nevil_bringup.spawner.procfs import cookie
from nevil_bringup.spawner.procfs import stat
from robot import Robot
from rules import Process
from rules import Usage
from stage import Stage
from story import Member

__all__ = ['look', 'placed', 'Place', 'usage']

# Short times, so that a round takes seconds. What the machine does meanwhile is not looked at.
_ROOT = """\
version: "3.0"
launch: {parallel_launch: true, ready_timeout: 90.0}
system: {health_check_interval: 0.5, shutdown_timeout: 1.0, max_log_size_mb: 1}
monitoring:
  heartbeat_timeout: 2.0
  alerts: {high_cpu_percent: 0, high_memory_percent: 100, high_disk_percent: 0}
"""
_RUNTIME = {'restart_policy': 'always', 'restart_delay': 0.1, 'startup_timeout': 20.0,
            'stable_after': 20.0, 'max_restarts': 8}
_KEYS: dict[str, dict[str, Any]] = {
    'nevil': {'resources': {'max_threads': 60, 'max_file_descriptors': 120, 'max_memory_mb': 250,
                            'on_exceeded': 'restart'}},
    'plain': {'creation': {'package': 'chaos', 'executable': 'plain'},
              'liveness': {'parameters': True, 'period': 1.0}},
    'program': {'creation': {'package': 'chaos', 'executable': 'program'},
                'readiness': {'log': 'program is up'}},
}
_PROGRAMS = {
    'plain': """\
#!/usr/bin/env python3
import rclpy
from rclpy.executors import ExternalShutdownException
rclpy.init()
try:
    rclpy.spin(rclpy.create_node('plain'))
except (KeyboardInterrupt, ExternalShutdownException):
    pass
""",
    'program': """\
#!/bin/sh
echo program is up
while :; do sleep 1; done
"""}
_DISK_MB = 96


class Place:
    """A robot, its folder, and the disk that this is on."""

    def __init__(self, folder: Path, domain: int, members: Sequence[Member],
                 runtime: Mapping[str, Any]) -> None:
        """Write the files; nothing runs yet."""
        self.disk = folder
        self._runtime = {**_RUNTIME, **runtime}
        self.stage = Stage(Robot(folder, domain), _ROOT, {}, bystanders=())
        self.robot = self.stage.robot
        self.robot.environ['AMENT_PREFIX_PATH'] = (
            f'{folder / "prefix"}:{os.environ["AMENT_PREFIX_PATH"]}')
        programs = folder / 'prefix' / 'lib' / 'chaos'
        programs.mkdir(parents=True)
        for name, text in _PROGRAMS.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        for member in members:
            self._add(member)

    def _add(self, member: Member) -> None:
        keys = {**_KEYS[member.kind], 'dependencies': {'requires': list(member.requires)},
                'runtime': self._runtime}
        if member.kind == 'nevil':
            self.stage.add(member.name, keys)
            return
        folder = self.robot.project / 'nodes' / member.name
        folder.mkdir(parents=True)
        (folder / '.nodes').write_text(json.dumps(keys))  # JSON is YAML

    @property
    def has_own_disk(self) -> bool:
        """Return whether its disk can be filled without harm to anybody else."""
        return os.path.ismount(self.disk)


@contextmanager
def placed(domain: int, members: Sequence[Member],
           runtime: Mapping[str, Any] | None = None) -> Iterator[Place]:
    """
    Give a robot in a short folder, on a disk of its own for who may mount one.

    :param runtime: keys for all nodes, laid over the usual ones
    """
    folder = Path(tempfile.mkdtemp(prefix='nc-', dir='/tmp'))
    own_disk = os.geteuid() == 0 and subprocess.run(
        ['mount', '-t', 'tmpfs', '-o', f'size={_DISK_MB}m', 'none', folder],
        stderr=subprocess.DEVNULL, check=False).returncode == 0
    place = Place(folder, domain, members, runtime or {})
    try:
        yield place
    finally:
        for pid in place.robot.processes():
            with suppress(ProcessLookupError):  # it may end by itself meanwhile
                os.kill(pid, 9)
        if own_disk:
            subprocess.run(['umount', '--lazy', folder], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def look(robot: Robot) -> list[Process]:
    """Return the living processes of a robot."""
    found = []
    for pid in robot.processes():
        about, mark = stat(pid), cookie(pid)
        if about is not None and about.alive:
            found.append(Process(
                pid=pid, started=about.started, parent=about.parent,
                unit=mark.unit if mark else '', generation=mark.generation if mark else ''))
    return found


def usage(pid: int) -> Usage:
    """
    Return what a process uses; of memory, what is in no file.

    Private memory would fall and rise with each process that is forked from it: they share pages.
    """
    rollup = Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
    anonymous_kb = sum(int(line.split()[1]) for line in rollup if line.startswith('Anonymous:'))
    return Usage(memory_mb=anonymous_kb / 1024, files=len(os.listdir(f'/proc/{pid}/fd')),
                 threads=len(os.listdir(f'/proc/{pid}/task')))

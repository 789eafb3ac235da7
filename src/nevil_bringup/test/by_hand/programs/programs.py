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
Small programs, each one habit of ordinary Python, and what each of them notes.

A program is a function that gets the node. It runs by hand in ``plain.py`` and under Nevil in
``probe_node.py``, and notes what it finds with ``note()``; the notes are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
import importlib
import json
import os
import sys
import threading
import time
from typing import Any

__all__ = [
    'NEVIL_WAYS', 'Program', 'Run', 'find', 'in_a_fork', 'note', 'program', 'programs_of',
    'unique', 'until',
]

MODULES = ('forks', 'ends', 'finds', 'hears', 'speaks', 'rosy')
ALL_WAYS = ('by hand', 'executed', 'forked', 'standby')
NEVIL_WAYS = ('executed', 'forked', 'standby')


@dataclass(frozen=True, kw_only=True)
class Program:
    """
    One program.

    :param where: ``start`` (before the node spins), ``loop`` (a thread beside it) or ``callback``
    :param sent: a POSIX signal that it gets once it has printed READY
    :param ends: how the process ends: exit code, or minus the signal
    :param ways: a program that says what only a Nevil node is has no way by hand
    :param expects: what it notes; None leaves it to the comparison
    """

    name: str
    work: Callable[[Any], object]
    where: str
    sent: int = 0
    ends: int = 0
    ways: tuple[str, ...] = ALL_WAYS
    expects: Any = None
    env: Mapping[str, str] = field(default_factory=dict)


def program(where: str = 'loop', **options: Any) -> Callable[[Any], Any]:
    """Make a function a program; its return value is noted, unless it is None."""
    def register(work: Any) -> Any:
        module = sys.modules[work.__module__]
        name = f'{module.__name__}.{work.__name__}'
        module.__dict__.setdefault('PROGRAMS', {})[name] = Program(
            name=name, work=work, where=where, **options)
        return work
    return register


def programs_of(module: str) -> dict[str, Program]:
    """Return the programs of a module."""
    found: dict[str, Program] = importlib.import_module(module).PROGRAMS
    return found


def find(name: str) -> Program:
    """Return a program by its name."""
    return programs_of(name.partition('.')[0])[name]


def note(value: object) -> None:
    """Note a value; from any process and at any time."""
    with open(os.environ['NOTES'], 'a', encoding='utf-8') as file:
        file.write(json.dumps(value) + '\n')


def unique(name: str) -> str:
    """Return a ROS name that no other run of a program has."""
    return f'{name}_{os.environ["RUN_NUMBER"]}'


def until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread or process does."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def in_a_fork(work: Callable[[], object]) -> int:
    """Return the exit code of a fork of this process, which the work ends."""
    pid = os.fork()
    if pid == 0:
        work()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Run:
    """One run of a program in a node."""

    def __init__(self, node: Any) -> None:
        """Choose the program by the environment."""
        self.program = find(os.environ['PROGRAM'])
        self.done = threading.Event()
        self.error: SystemExit | None = None
        self._node = node
        self._began = False

    def run(self, where: str) -> None:
        """Run the program, once, if this is the place for it."""
        if where != self.program.where or self._began:
            return
        self._began = True
        try:
            value = self.program.work(self._node)
            if value is not None:
                note(value)
        except SystemExit as error:
            if where == 'callback':
                raise
            self.error = error
        except BaseException as error:
            note(f'failed: {error!r}')
            raise
        finally:
            self.done.set()

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

"""How each kind of fault is made on a robot that runs."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from contextlib import ExitStack
import json
import os
import shutil
import signal
import subprocess
import sys
from typing import Any

from scene import Place
from story import Fault

__all__ = ['Acts']

_COMMAND_S = 90.0
# What a victim is told: the switch, the thread in which it acts, arguments. See victim_node.py.
_SWITCHES: dict[str, tuple[str, str, Mapping[str, Any]]] = {
    'exit': ('exit', 'own', {'code': 3}),
    'hang': ('hang', 'executor', {}),
    'hold_gil': ('hold_gil', 'own', {}),
    'end_leader': ('end_leader', 'main_loop', {}),
    'leak_threads': ('leak_threads', 'own', {'per_s': 100, 'most': 80}),
    'leak_files': ('leak_files', 'own', {'per_s': 200, 'most': 150}),
    'leak_memory': ('allocate', 'own', {'mb': 300}),
    'flood': ('flood', 'own', {'lines': 20000}),
    'children': ('children', 'own', {}),
    'deaf': ('ignore_signals', 'main_loop', {}),
}
_SIGNALS = {'kill': signal.SIGKILL, 'abort': signal.SIGABRT, 'stop': signal.SIGSTOP,
            'kill_part': signal.SIGKILL, 'stop_part': signal.SIGSTOP,
            'terminate_part': signal.SIGTERM}
_STARTS: dict[str, dict[str, Any]] = {
    'start_raises': {'at': 'configure', 'kind': 'raise', 'times': 2},
    'start_hangs': {'at': 'import', 'kind': 'hang', 'times': 1}}
_DOMAIN = {'deactivate': ('change', 'deactivate'), 'shut_down': ('change', 'shutdown'),
           'illegal': ('race', '10')}


class Acts:
    """
    Makes faults, and takes back those that do not end by themselves.

    :ivar problems: commands that took too long, or showed a traceback
    """

    def __init__(self, place: Place) -> None:
        """Begin with nothing done."""
        self._place = place
        self._robot = place.robot
        self._lasting = ExitStack()
        self._running: list[subprocess.Popen[str]] = []
        self.problems: list[str] = []

    def make(self, fault: Fault, status: Mapping[str, Any]) -> None:
        """
        Make a fault; where its target has no process at the moment there is nothing to do.

        :param status: of the robot when it was well last, or later
        """
        kind = fault.kind
        if kind in _SIGNALS:
            self._signal(self._pid(fault.target, status), _SIGNALS[kind])
        elif kind in _SWITCHES:
            self._order(fault.target, *_SWITCHES[kind])
        elif kind in _STARTS:
            self._place.stage.fault_at_start(node=fault.target, **_STARTS[kind])
            self._signal(self._pid(fault.target, status), signal.SIGKILL)
        elif kind in _DOMAIN:
            what, word = _DOMAIN[kind]
            node = 'nevil_health' if fault.target == 'health' else fault.target
            self._running.append(self._place.stage.outsider(what, node, word))
        else:
            ways: dict[str, Callable[[Fault], None]] = {
                'operate': self._operate, 'two_starts': self._two_starts,
                'restart_all': lambda fault: self._command('restart', '--no-wait'),
                'stop_and_start': self._stop_and_start, 'full_disk': self._full_disk,
                'remove_runtime': self._remove_runtime, 'hogs': self._hogs}
            ways[kind](fault)

    def end(self) -> None:
        """Wait for what was begun, and take back what lasts."""
        self._lasting.close()
        for process in self._running:
            try:
                said, _ = process.communicate(timeout=_COMMAND_S)
            except subprocess.TimeoutExpired:
                process.kill()
                said, _ = process.communicate()
                self.problems.append(f'{process.args!r} was not done after {_COMMAND_S:g} s')
            if said and 'Traceback' in said and 'outsider.py' not in str(process.args):
                self.problems.append(f'{process.args!r} said: {said}')
        self._running.clear()

    @property
    def pids(self) -> list[int]:
        """Return the processes that belong to no robot, but look like it."""
        return [process.pid for process in self._running]

    def _pid(self, target: str, status: Mapping[str, Any]) -> int:
        parts = {'supervisor': 'pid', 'spawner': 'spawner_pid', 'capture': 'capture_pid',
                 'health': 'health_pid'}
        if target in parts:
            return status.get(parts[target]) or 0
        return next((node['pid'] for node in status.get('nodes', ()) if node['name'] == target),
                    None) or 0

    def _signal(self, pid: int, number: int) -> None:
        # The status is some seconds old: who has the number now must be of this robot.
        if pid and pid in self._robot.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def _order(self, node: str, switch: str, where: str, args: Mapping[str, Any]) -> None:
        path = self._robot.project / f'orders-{node}'
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK), 'w') as orders:
                orders.write(json.dumps({'switch': switch, 'where': where, 'args': args}) + '\n')
        except OSError:
            pass  # nobody listens at the moment

    def _command(self, *words: str) -> None:
        self._running.append(subprocess.Popen(
            [sys.executable, '-m', 'nevil_bringup', *words, '--project', str(self._robot.project)],
            env=self._robot.environ, cwd=self._robot.project, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))

    def _operate(self, fault: Fault) -> None:
        for verb in fault.verbs:
            self._command('node', verb, fault.target)

    def _two_starts(self, _fault: Fault) -> None:
        for _ in range(2):
            self._command('start', '--no-wait')

    def _stop_and_start(self, _fault: Fault) -> None:
        self._command('stop')
        self._command('start', '--no-wait')

    def _full_disk(self, _fault: Fault) -> None:
        if not self._place.has_own_disk:
            return
        filler = self._place.disk / 'filler'
        try:
            with filler.open('wb', buffering=0) as file:
                while True:
                    file.write(bytes(1 << 16))
        except OSError:
            pass
        self._lasting.callback(filler.unlink, missing_ok=True)

    def _remove_runtime(self, _fault: Fault) -> None:
        shutil.rmtree(self._place.disk / 'r', ignore_errors=True)

    def _hogs(self, _fault: Fault) -> None:
        self._lasting.enter_context(self._place.stage.hogs(2, 10.0))

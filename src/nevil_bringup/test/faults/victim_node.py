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
A node with switches: each makes one fault, when its project's file of orders says so.

It is copied into a project as ``nodes/<name>/victim_node.py``. A thread of its own reads the
orders, so that they arrive however the node hangs. What is to go wrong during the start is in
the file ``start-<name>`` and holds for as many starts as that says.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import ctypes
import json
import os
from pathlib import Path
import random
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

from nevil_nodes.node import NevilNode
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.event_handler import UnsupportedEventTypeError
from rclpy.lifecycle import LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

_NAME = Path(__file__).parent.name
_PROJECT = Path(__file__).parents[2]
_SYS_EXIT = {'x86_64': 60, 'aarch64': 93}


def _take_start_fault() -> dict[str, Any]:
    """Return what should go wrong with this start, and count it."""
    path = _PROJECT / f'start-{_NAME}'
    try:
        fault: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    fault['times'] -= 1
    if fault['times'] > 0:
        path.write_text(json.dumps(fault))
    else:
        path.unlink()
    return fault


def _note() -> None:
    """Write down when the fault is made, by both clocks; the file is there as a whole or not."""
    path = _PROJECT / f'made-{_NAME}'
    path.with_suffix('.new').write_text(f'{time.monotonic()} {time.time()}')
    path.with_suffix('.new').rename(path)


_start_fault = _take_start_fault()


def _fail(place: str) -> None:
    """Make the fault that is due at this place of the start."""
    if _start_fault.get('at') != place:
        return
    _note()
    kind = _start_fault['kind']
    if kind == 'hang':
        time.sleep(1000)
    elif kind == 'slow':
        time.sleep(_start_fault['seconds'])
    elif kind == 'raise':
        raise RuntimeError('made by the test')
    elif kind == 'exit':
        os._exit(_start_fault['code'])
    elif kind == 'no_events':
        _refuse_events()


def _refuse_events() -> None:
    """Be on a middleware that does not tell a publisher who hears it."""
    create = PublisherEventCallbacks.create_event_handlers

    def create_some(self: Any, *args: Any, **keys: Any) -> Any:
        if self.matched:
            raise UnsupportedEventTypeError('made by the test')
        return create(self, *args, **keys)
    PublisherEventCallbacks.create_event_handlers = create_some


_fail('import')


class VictimNode(NevilNode):
    """Does a little work, and what it is told."""

    def __init__(self) -> None:
        """Be well."""
        super().__init__(_NAME)
        _fail('construct')
        self.in_executor: deque[Callable[[], Any]] = deque()
        self.in_main_loop: deque[Callable[[], Any]] = deque()
        self.guard = self.create_guard_condition(self.run_in_executor)
        self.callback_s = 0.0
        self.errors = 0.0
        self.owed = 0.0
        self.quiet = False
        self.check_result: Any = True
        self.check_delay_s = 0.0
        self.kept: list[Any] = []

    def initialize(self) -> None:
        """Listen to orders."""
        _fail('configure')
        path = _PROJECT / f'orders-{_NAME}'
        if not path.exists():
            os.mkfifo(path)
        threading.Thread(target=self.obey, args=(path,), daemon=True).start()

    def main_loop(self) -> None:
        """Say something to itself, ten times a second."""
        self.shutdown_event.wait(0.1)
        while self.in_main_loop:
            self.in_main_loop.popleft()()
        if not self.quiet:
            self.owed += self.errors
            wrong = self.owed >= 1
            self.owed -= wrong
            self.publish(f'{_NAME}_says', {'data': 7} if wrong else {'data': 'well'})

    def on_says(self, message: Any) -> None:
        """Handle what it said itself."""
        time.sleep(self.callback_s)

    def check(self) -> Any:
        """Return what it is told to."""
        time.sleep(self.check_delay_s)
        if self.check_result == 'raise':
            raise RuntimeError('made by the test')
        return self.check_result

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Refuse, if that is the fault of this start."""
        if (_start_fault.get('at'), _start_fault.get('kind')) == ('configure', 'refuse'):
            _note()
            return TransitionCallbackReturn.FAILURE
        return super().on_configure(state)

    def obey(self, path: Path) -> None:
        """Carry out the orders, one JSON object a line: switch, thread to do it in, arguments."""
        # For reading and writing: there is always a writer, so it never ends.
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CLOEXEC)) as orders:
            while True:
                order = json.loads(orders.readline())
                switch = getattr(self, f'switch_{order["switch"]}')

                def made(switch: Any = switch, order: Any = order) -> None:
                    _note()
                    switch(**order['args'])
                if order['where'] == 'executor':
                    self.in_executor.append(made)
                    self.guard.trigger()
                elif order['where'] == 'main_loop':
                    self.in_main_loop.append(made)
                else:
                    made()

    def run_in_executor(self) -> None:
        """Do what is to be done in the thread of the callbacks."""
        while self.in_executor:
            self.in_executor.popleft()()

    def switch_signal(self, number: int) -> None:
        """Send a signal to itself."""
        os.kill(os.getpid(), number)

    def switch_exit(self, code: int) -> None:
        """End without any ceremony."""
        os._exit(code)

    def switch_sys_exit(self, code: int) -> None:
        """End as a program does."""
        sys.exit(code)

    def switch_end_leader(self) -> None:
        """End the main thread alone: the process is a zombie that goes on."""
        ctypes.CDLL(None).syscall(_SYS_EXIT[os.uname().machine], 0)

    def switch_hang(self) -> None:
        """Wait for a lock that nobody gives back."""
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    def switch_loop(self, seconds: float = 1e9) -> None:
        """Keep this thread busy."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass

    def switch_hold_gil(self) -> None:
        """Sleep in C without letting any other thread of Python run."""
        ctypes.PyDLL(None).sleep(1000)

    def switch_raise(self, times: int) -> None:
        """Raise in this and the next rounds of the main loop."""
        if times > 1:
            self.in_main_loop.append(lambda: self.switch_raise(times - 1))
        raise RuntimeError('made by the test')

    def beats_through(self, publish: Callable[[Any, Any], None]) -> None:
        """Let every beat from now on be published by this."""
        sender = self._nevil.heartbeat
        publisher = sender._publisher
        sender._publisher = SimpleNamespace(publish=lambda beat: publish(publisher, beat))

    def switch_lose_beats(self, share: float) -> None:
        """Lose a share of the heartbeats on their way."""
        self.beats_through(lambda publisher, beat: (
            None if random.random() < share else publisher.publish(beat)))

    def switch_delay_beats(self, seconds: float) -> None:
        """Deliver each heartbeat late, by up to so many seconds."""
        self.beats_through(lambda publisher, beat: threading.Timer(
            random.uniform(0, seconds), publisher.publish, (beat,)).start())

    def switch_runaway(self, per_s: float, seconds: float) -> None:
        """Beat far too often."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._nevil.heartbeat.beat()
            time.sleep(1 / per_s)

    def switch_burn(self, seconds: float = 1e9) -> None:
        """Keep the machine busy in child processes: on a busy one, a single one gets little."""
        for _ in range(4):
            self.kept.append(subprocess.Popen(
                ['timeout', str(seconds), 'sh', '-c', 'while :; do :; done']))

    def switch_spikes(self, on_s: float, off_s: float) -> None:
        """Be busy now and then."""
        while True:
            self.switch_loop(on_s)
            time.sleep(off_s)

    def switch_allocate(self, mb: int) -> None:
        """Use that much memory more."""
        self.kept.append(os.urandom(1024 * 1024) * mb)

    def switch_leak(self, mb_per_s: float) -> None:
        """Use more and more memory."""
        while True:
            self.kept.append(os.urandom(int(mb_per_s * 1024 * 102.4)))
            time.sleep(0.1)

    def switch_leak_threads(self, per_s: float, most: int) -> None:
        """Leave threads behind."""
        for _ in range(most):
            threading.Thread(target=self.shutdown_event.wait, daemon=True).start()
            time.sleep(1 / per_s)

    def switch_leak_files(self, per_s: float, most: int) -> None:
        """Leave files open."""
        for _ in range(most):
            self.kept.append(open(os.devnull))
            time.sleep(1 / per_s)

    def switch_flood(self, lines: int) -> None:
        """Print far too much."""
        for number in range(lines):
            print('flood', number, 'x' * 200)

    def switch_children(self) -> None:
        """Start children, one of them in a session of its own, that obey no signal."""
        for setsid in ('', 'setsid '):
            self.kept.append(subprocess.Popen(
                ['sh', '-c', f'trap "" INT TERM; {setsid}sleep 600 & wait; wait']))

    def switch_ignore_signals(self) -> None:
        """Obey neither SIGINT nor SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def switch_set(self, **attributes: Any) -> None:
        """Be slow, make errors, be unwell: see the attributes."""
        for name, value in attributes.items():
            setattr(self, name, value)

    def switch_nothing(self) -> None:
        """Make no fault at all, for a look at the harness itself."""

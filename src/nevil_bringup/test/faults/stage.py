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

"""A robot of victims and bystanders, and what is done to it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
import json
import os
from pathlib import Path
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from typing import Any

from nevil_bringup.control.client import ControlClient
from nevil_health.control.fields import build
from nevil_health.control.fields import plain
from nevil_health.control.names import request_type
from quality.ros import DDS
from quality.waiting import wait_for
from robot import Robot
from watch import Heard
from watch import Watch

__all__ = ['BYSTANDERS', 'SCALED', 'Stage', 'staged', 'VICTIM']

VICTIM = 'victim'
BYSTANDERS = ('bystander_a', 'bystander_b')
HERE = Path(__file__).parent
# Everything faster than by default, so that a test takes seconds; what the machine itself does
# meanwhile, with other tests on it, is not looked at.
SCALED = """\
version: "3.0"
launch: {parallel_launch: true, ready_timeout: 60.0}
system: {health_check_interval: 0.5, shutdown_timeout: 1.0}
monitoring:
  heartbeat_timeout: 2.0
  alerts: {high_cpu_percent: 100, high_memory_percent: 100, high_disk_percent: 100}
"""
_RUNTIME = {'restart_delay': 0.1, 'startup_timeout': 20.0}
_MESSAGES = """\
node_name: {name}
publishes:
  - {{topic: {name}_says, message_type: std_msgs/msg/String}}
subscribes:
  - {{topic: {name}_says, message_type: std_msgs/msg/String, callback: on_says}}
"""


class Stage:
    """One robot, what is heard of it, and the ways to harm it."""

    def __init__(self, robot: Robot, root: str, victims: Mapping[str, Mapping[str, Any]],
                 bystanders: Iterable[str] = BYSTANDERS) -> None:
        """
        Write the project; nothing runs yet.

        :param root: its root ``.nodes``
        :param victims: keys of the ``.nodes`` of each, laid over the usual ones
        """
        self.robot = robot
        self.watch: Watch
        self.socket: Path
        self.injected_at = 0.0
        self.victims = tuple(victims)
        self.notes: dict[str, Any] = {}
        (robot.project / '.nodes').write_text(root)
        for name, keys in {**victims, **dict.fromkeys(bystanders, {})}.items():
            self.add(name, keys)

    def add(self, name: str, keys: Mapping[str, Any]) -> None:
        """Add a node that has switches."""
        folder = self.robot.project / 'nodes' / name
        folder.mkdir(parents=True)
        shutil.copy(HERE / 'victim_node.py', folder)
        # JSON is YAML.
        (folder / '.nodes').write_text(json.dumps({
            'node_name': name,
            'creation': {'class_name': 'VictimNode', 'module_path': 'victim_node.py'},
            **keys, 'runtime': {**_RUNTIME, **keys.get('runtime', {})}}))
        (folder / '.messages').write_text(_MESSAGES.format(name=name))

    # -- what is there ---------------------------------------------------------------------

    def open(self) -> None:  # noqa: A003
        """Listen to the supervisor that runs."""
        found = wait_for(lambda: list(self.robot.project.parent.glob('r/*/control.sock')), 20)
        self.socket = found[0]
        self.watch = Watch(self.socket)

    def nodes(self) -> dict[str, dict[str, Any]]:
        """Return what ``nevil status --json`` says of each node."""
        return {node['name']: node for node in self.robot.status().get('nodes', [])}

    def pid(self, name: str = VICTIM) -> int:
        """Return the process of a node, as soon as it has one; a command would take its time."""
        def known() -> Any:
            nodes = self.request('status')['nodes']
            return next(node['pid'] for node in nodes if node['name'] == name)
        return int(wait_for(known, 10))

    def incidents(self, node: str = VICTIM) -> list[Heard]:
        """Return the incidents of a node since the fault was made."""
        return [heard for heard in self.watch.incidents(self.injected_at).values()
                if heard.event['alert']['node'] == node]

    def text(self, node: str = VICTIM) -> str:
        """Return what was said of a node: its alerts and their causes."""
        return '\n'.join(str(heard.event['alert']['text']) for heard in self.incidents(node))

    def wait_state(self, node: str, state: str, timeout_s: float = 30.0) -> Heard | None:
        """Return the first time since the fault that a node came into a state."""
        return self.watch.wait(
            lambda event: event['event'] == 'state' and event['node'] == node
            and event['new'] == state, timeout_s, self.injected_at)

    def mark_log(self) -> None:
        """Look only at what the victim says from now on."""
        self.notes['said'] = self.log_path().stat().st_size

    def said(self, text: str) -> bool:
        """Return whether the victim has said something since the mark."""
        with self.log_path().open('rb') as file:
            file.seek(self.notes['said'])
            return text.encode() in file.read()

    def log_path(self) -> Path:
        """Return the log of the victim."""
        return self.robot.project / 'logs' / f'{VICTIM}.log'

    def evidence(self) -> str:
        """Return what was recorded of the victim's crashes."""
        return ''.join(path.read_text(errors='replace') for path in sorted(
            (self.robot.project / 'logs' / 'crash').glob(f'{VICTIM}*')))

    def processes_like(self, text: str) -> int:
        """Return how many living processes of the robot have this in their command line."""
        lines = []
        for pid in self.robot.processes():
            try:
                lines.append(Path(f'/proc/{pid}/cmdline').read_bytes().replace(b'\0', b' '))
            except OSError:
                continue
        return sum(line.startswith(text.encode()) for line in lines)

    # -- what is done ----------------------------------------------------------------------

    def order(self, switch: str, where: str = 'own', node: str = VICTIM, **args: Any) -> float:
        """
        Throw a switch of a victim.

        :param where: the thread in which it acts: executor, main_loop, or one of its own
        :returns: when the fault was made, by the victim's own word
        """
        made = self.robot.project / f'made-{node}'
        made.unlink(missing_ok=True)
        fifo = os.open(self.robot.project / f'orders-{node}', os.O_WRONLY | os.O_NONBLOCK)
        with os.fdopen(fifo, 'w') as orders:  # ENXIO when nobody listens
            orders.write(json.dumps({'switch': switch, 'where': where, 'args': args}) + '\n')
        return self.made(node)

    def made(self, node: str = VICTIM, timeout_s: float = 20.0) -> float:
        """Wait for a victim's note of its fault and return when it was made."""
        path = self.robot.project / f'made-{node}'
        wait_for(path.exists, timeout_s)
        self.injected_at, self.notes['wall_s'] = map(float, path.read_text().split())
        return self.injected_at

    def fault_at_start(self, at: str, kind: str, *, node: str = VICTIM, times: int = 1,
                       **args: Any) -> None:
        """Let the next starts of a victim go wrong."""
        (self.robot.project / f'start-{node}').write_text(
            json.dumps({'at': at, 'kind': kind, 'times': times, **args}))

    def request(self, verb: str, **args: Any) -> dict[str, Any]:
        """Ask the supervisor for something that a verb of the CLI would wait for."""
        with ControlClient(self.socket) as client:
            found: dict[str, Any] = plain(client.request(build(request_type(verb), args)))
            return found

    def restart(self, name: str = VICTIM) -> None:
        """Restart a victim as its operator, for a fault that is to come at its start."""
        self.request('restart_node', name=name)

    def kill(self, pid: int, number: int) -> float:
        """Send a signal, and return when."""
        self.injected_at = time.monotonic()
        os.kill(pid, number)
        return self.injected_at

    @contextmanager
    def hogs(self, count: int, seconds: float) -> Iterator[None]:
        """Keep the machine busy, for so long at most."""
        processes = [subprocess.Popen(['timeout', str(seconds), 'sh', '-c', 'while :; do :; done'],
                                      stdin=subprocess.DEVNULL) for _ in range(count)]
        try:
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()

    def use_own_clock(self) -> None:
        """Let the robot have a wall clock of its own."""
        clock = self.robot.project.parent / 'clock'
        clock.touch()
        self.step_clock(0)
        subprocess.run(['cc', '-shared', '-fPIC', '-o', f'{clock}.so', HERE / 'clock_step.c',
                        '-ldl'], check=True)
        self.robot.environ.update(LD_PRELOAD=f'{clock}.so', NEVIL_TEST_CLOCK=str(clock))

    def step_clock(self, seconds: int) -> None:
        """Set that clock to so many seconds from the machine's."""
        with (self.robot.project.parent / 'clock').open('r+b') as file:
            file.write(struct.pack('q', seconds))

    def now(self) -> float:
        """Note that the fault is made now, and return when."""
        self.injected_at = time.monotonic()
        return self.injected_at

    def outsider(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a program that speaks ROS 2 and is no part of the robot (see outsider.py)."""
        return subprocess.Popen(
            [sys.executable, str(HERE / 'outsider.py'), *arguments],
            env={**self.robot.environ, **DDS}, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE)

    def tell(self, *arguments: str) -> str:
        """Run an outsider to its end and return what it said."""
        process = self.outsider(*arguments)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
        return said


@contextmanager
def staged(root: str, victims: Mapping[str, Mapping[str, Any]], domain: int) -> Iterator[Stage]:
    """Give a robot in a short folder, end it, and fail when anything of it is left."""
    folder = Path(tempfile.mkdtemp(prefix='nf-', dir='/tmp'))
    robot = Robot(folder, domain)
    try:
        yield Stage(robot, root, victims)
        robot.end()
    finally:
        for pid in robot.processes():
            os.kill(pid, 9)
        shutil.rmtree(folder, ignore_errors=True)

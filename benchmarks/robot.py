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

"""A robot for the benchmarks: N equal NevilNodes that publish, and an observer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

__all__ = ['LAUNCH', 'Observer', 'Robot', 'executed', 'launched', 'started', 'table', 'wait_until']

# Whether ros2 launch can be the peer.
LAUNCH = find_spec('ros2launch') is not None

_NODE = """\
import os
import time

from nevil_framework.base_node import NevilNode


class {cls}(NevilNode):
    def __init__(self):
        super().__init__('{name}')
        self.first = 0

    def initialize(self):
        pass

    def main_loop(self):
        if not self.first:
            self.first = time.monotonic_ns()
        self.publish('probe', {{'data': f'{name} {{os.getpid()}} {{self.first}}'}})
        self.shutdown_event.wait(0.05)

    def cleanup(self):
        pass
"""
_MESSAGES = """\
node_name: {name}
publishes:
  - topic: probe
    message_type: std_msgs/msg/String
    qos: {{depth: 10}}
"""
_NODES = """\
node_name: {name}
runtime: {{restart_policy: always, restart_delay: 0.0, max_restarts: 1000}}
"""
_ROOT = """\
version: "3.0"
name: bench
launch: {parallel_launch: true, ready_timeout: 120.0, standby: true}
"""
_LAUNCH = """\
from launch import LaunchDescription
from launch.actions import ExecuteProcess


def generate_launch_description():
    return LaunchDescription([
        ExecuteProcess(cmd=line, respawn=True, output='log') for line in {lines!r}])
"""
_OBSERVER = """\
import sys, time
import rclpy
from rclpy.qos import QoSProfile
from std_msgs.msg import String

rclpy.init()
node = rclpy.create_node('observer')
seen = set()

def heard(message):
    now = time.monotonic_ns()
    name, pid, first = message.data.split()
    if pid not in seen:
        seen.add(pid)
        print(name, pid, first, now, flush=True)

node.create_subscription(String, 'probe', heard, QoSProfile(depth=1000))
print('observing', flush=True)
try:
    rclpy.spin(node)
except KeyboardInterrupt:
    pass
"""


class Robot:
    """A generated project and an environment of its own (domain, runtime and state folders)."""

    def __init__(self, nodes: int, folder: Path, domain: int) -> None:
        """Write the project of that many nodes."""
        self.project = folder / 'bench'
        self.names = [f'probe{index:02d}' for index in range(nodes)]
        self.environ = {
            **os.environ, 'ROS_DOMAIN_ID': str(domain),
            'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
            'NEVIL_RUNTIME_DIR': str(folder / 'run'), 'NEVIL_STATE_DIR': str(folder / 'state')}
        for name in self.names:
            place = self.project / 'nodes' / name
            place.mkdir(parents=True)
            values = {'name': name, 'cls': f'Probe{name[5:]}Node'}
            (place / f'{name}_node.py').write_text(_NODE.format(**values))
            (place / '.messages').write_text(_MESSAGES.format(**values))
            (place / '.nodes').write_text(_NODES.format(**values))
        (self.project / '.nodes').write_text(_ROOT)

    def nevil(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb of the command line on this project."""
        return subprocess.run(
            [sys.executable, '-m', 'nevil_bringup', *arguments, '--project', str(self.project)],
            env=self.environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False)

    def command_line(self, name: str) -> list[str]:
        """Return the command line of one node, as ``nevil validate --plan`` prints it."""
        return [sys.executable, '-m', 'nevil_nodes.run', '--project', str(self.project),
                '--node', name]

    def pids(self) -> dict[str, int]:
        """Return the pid of each node from ``nevil status``."""
        status: dict[str, Any] = json.loads(self.nevil('status', '--json').stdout)
        return {node['name']: node['pid'] for node in status['nodes'] if node['pid']}


class Observer:
    """A plain rclpy subscriber in a process of its own, running before the robot starts."""

    def __init__(self, robot: Robot) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen([sys.executable, '-c', _OBSERVER], env=robot.environ,
                                         text=True, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._lines = self._process.stdout
        if self._lines.readline() != 'observing\n':
            raise RuntimeError('the observer did not start')

    def next(self) -> tuple[str, int, int, int]:
        """Return name, pid, time of first sending and first hearing (ns) of the next process."""
        name, pid, first, heard = self._lines.readline().split()
        return name, int(pid), int(first), int(heard)

    def close(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=20)


@contextmanager
def robot_of(nodes: int, domain: int) -> Iterator[tuple[Robot, Observer]]:
    """Give a robot and its observer, and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix='nb-'))
    robot = Robot(nodes, folder, domain)
    observer = Observer(robot)
    try:
        yield robot, observer
    finally:
        observer.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(robot: Robot) -> Iterator[None]:
    """Start the robot with Nevil, stop it at the end."""
    result = robot.nevil('start')
    if result.returncode:
        raise RuntimeError(result.stdout)
    try:
        yield
    finally:
        robot.nevil('stop')


@contextmanager
def executed(robot: Robot) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Execute each node's command line in the background, end them at the end."""
    nodes = {name: subprocess.Popen(robot.command_line(name), env=robot.environ,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
             for name in robot.names}
    try:
        yield nodes
    finally:
        for node in nodes.values():
            node.send_signal(signal.SIGINT)
        for node in nodes.values():
            node.wait(timeout=60)


@contextmanager
def launched(robot: Robot) -> Iterator[None]:
    """Let ros2 launch execute each node's command line, again after each end."""
    file = robot.project / 'all.launch.py'
    file.write_text(_LAUNCH.format(lines=[robot.command_line(name) for name in robot.names]))
    launch = subprocess.Popen(
        [sys.executable, '-c', 'import sys; from ros2cli.cli import main; sys.exit(main())',
         'launch', str(file)], env={**robot.environ, 'ROS_LOG_DIR': str(robot.project / 'log')},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True)
    try:
        yield
    finally:
        os.killpg(launch.pid, signal.SIGINT)
        launch.wait(timeout=60)


def wait_until(observer: Observer, names: list[str]) -> None:
    """Wait until a message of each node has been received."""
    missing = set(names)
    while missing:
        missing.discard(observer.next()[0])


def table(title: str, header: list[str], rows: list[list[str]]) -> None:
    """Print a table in Markdown."""
    print(f'\n{title}\n')
    for row in [header, ['---'] * len(header), *rows]:
        print('| ' + ' | '.join(row) + ' |')
    sys.stdout.flush()


def now() -> float:
    """Return monotonic seconds, comparable between processes."""
    return time.monotonic()

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

"""The real ``ros2 launch`` on a robot of a test's own, and what it printed."""

from __future__ import annotations

from collections.abc import Callable
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any

from quality.waiting import wait_for
from robot import Robot

__all__ = ['LAUNCH_FILE', 'Launched', 'PLAIN']

ROS2 = (sys.executable, '-c', 'import sys; from ros2cli.cli import main; sys.exit(main())')
LAUNCH_FILE = Path(__file__).resolve().parents[2] / 'launch' / 'nevil.launch.py'

# An ordinary ROS 2 node, no NevilNode.
PLAIN = """\
import rclpy
rclpy.init()
node = rclpy.create_node('plain')
node.create_publisher(__import__('std_msgs.msg', fromlist=['String']).String, 'chatter', 10)
node.get_logger().info('hello from plain')
try:
    rclpy.spin(node)
except (KeyboardInterrupt, rclpy.executors.ExternalShutdownException):
    pass
"""


class Launched:
    """A launch that runs or has run."""

    def __init__(self, robot: Robot) -> None:
        """Start nothing yet."""
        self.robot = robot
        self.folder = robot.project.parent
        self.output = self.folder / 'launch.out'
        self.environ = {**robot.environ, 'ROS_LOG_DIR': str(self.folder / 'log'),
                        'PYTHONWARNINGS': 'ignore'}
        self.process: subprocess.Popen[bytes] | None = None

    def script(self, name: str, text: str) -> Path:
        """Write a file beside the project."""
        path = self.folder / name
        path.write_text(text)
        return path

    def ros2(self, *arguments: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a command of ``ros2`` to its end."""
        return subprocess.run(
            [*ROS2, *arguments], env=self.environ, cwd=self.folder, text=True, check=False,
            timeout=timeout_s, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def graph(self, *arguments: str) -> str:
        """Return what a command of ``ros2`` prints that has looked around for long enough."""
        return self.ros2(*arguments, '--no-daemon', '--spin-time', '3').stdout

    def start(self, *arguments: str, **options: Any) -> None:
        """Launch the project."""
        self.start_file(LAUNCH_FILE, f'project:={self.robot.project}', *arguments, **options)

    def start_file(self, file: Path, *arguments: str, **options: Any) -> None:
        """Launch a file, in a session of its own and without a terminal unless told otherwise."""
        with open(self.output, 'wb') as output:
            self.process = subprocess.Popen(
                [*ROS2, 'launch', str(file), *arguments], **{
                    'env': self.environ, 'cwd': self.folder, 'stdin': subprocess.DEVNULL,
                    'stdout': output, 'stderr': output, 'start_new_session': True, **options})

    def nevil_launch(self, *arguments: str, **options: Any) -> None:
        """Bring up a launch file with ``nevil launch``."""
        with open(self.output, 'wb') as output:
            self.process = subprocess.Popen(
                [sys.executable, '-m', 'nevil_bringup', 'launch', *arguments], **{
                    'env': self.environ, 'cwd': self.folder, 'stdin': subprocess.DEVNULL,
                    'stdout': output, 'stderr': output, 'start_new_session': True, **options})

    def nevil(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb where no project is."""
        return subprocess.run(
            [sys.executable, '-m', 'nevil_bringup', *arguments], env=self.environ,
            cwd=self.folder, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def any_status(self) -> dict[str, Any]:
        """Return the status of the launch file that runs, empty where none does."""
        text = self.nevil('status', '--json').stdout
        status = json.loads(text) if text.startswith('{') else {}
        assert isinstance(status, dict)
        return status

    def text(self) -> str:
        """Return what was printed so far."""
        return self.output.read_text(errors='replace')

    def wait_text(self, text: str, timeout_s: float = 30.0) -> None:
        """Wait until something was printed."""
        self.wait(lambda: text in self.text(), text, timeout_s)

    def wait_ready(self) -> None:
        """Wait until every node of the robot is ready."""
        self.wait_text('is ready')

    def wait(self, condition: Callable[[], Any], what: str = '', timeout_s: float = 30.0) -> Any:
        """Wait for a condition; show the output when it does not come about."""
        try:
            return wait_for(condition, timeout_s)
        except AssertionError as error:
            raise AssertionError(f'{what}: {error}\n{self.text()}') from None

    def end(self, number: int = signal.SIGINT, timeout_s: float = 20.0) -> int:
        """Send launch a signal, to its pid alone, and return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout_s)

    def nodes_pids(self) -> dict[str, int]:
        """Return the pids of the nodes."""
        return {node['name']: node['pid'] for node in self.robot.status()['nodes']}

    def command_line(self, name: str) -> str:
        """Return the command line of a node's process as ps shows it."""
        raw = Path('/proc', str(self.nodes_pids()[name]), 'cmdline').read_bytes()
        return os.fsdecode(raw.replace(b'\0', b' ')).strip()

    def clean_up(self) -> None:
        """End what still runs, and check that nothing is left."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self.robot.end()

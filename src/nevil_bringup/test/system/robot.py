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

"""A generated project under a real supervisor, with everything of its own and nothing left."""

from __future__ import annotations

import json
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import Any

from quality.processes import is_stopped
from quality.processes import started_in
from quality.waiting import wait_for

__all__ = ['ENDS_LATE', 'LEAVES_CHILD', 'NODE', 'Robot', 'stop']

# A node that does what the file `orders` in its project says, each line once.
NODE = """\
import os
import pathlib
import signal
import subprocess
import sys

from nevil_framework.base_node import NevilNode


class {cls}(NevilNode):
    def __init__(self):
        super().__init__('{name}')

    def initialize(self):
        scope = {{**globals(), 'self': self}}
        for order in {orders!r}:
            exec(order, scope)

    def main_loop(self):
        self.shutdown_event.wait(0.05)

    def cleanup(self):
        pathlib.Path('cleaned-{name}').touch()
"""

# Orders. Ends when it is let, so that a stop is under way for as long as the test wants.
ENDS_LATE = ("""
def cleanup():
    import time
    pathlib.Path('ending').touch()
    while not pathlib.Path('end').exists():
        time.sleep(0.01)
    pathlib.Path('cleaned-camera').touch()
self.cleanup = cleanup""",)
LEAVES_CHILD = (
    'subprocess.Popen(["sh", "-c", "setsid sleep 300 & echo $! > sleeper"]).wait()',)


def stop(pid: int) -> None:
    """Stop a process, and see it stopped."""
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: is_stopped(pid))


class Robot:
    """One project, its environment, its command line."""

    def __init__(self, folder: Path, domain: int) -> None:
        """
        Make an empty project.

        :ivar prefix: what stands before each command, to run it as somebody else
        """
        self.prefix: list[str] = []
        self.project = folder / 'robot'
        self.project.mkdir()
        (self.project / '.nodes').write_text('version: "3.0"\nlaunch: {parallel_launch: true}\n')
        self.environ = {
            **os.environ, 'ROS_DOMAIN_ID': str(domain), 'NO_COLOR': '1',
            'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
            'NEVIL_RUNTIME_DIR': str(folder / 'r'), 'NEVIL_STATE_DIR': str(folder / 's')}

    def node(self, name: str, nodes: str = '', *, orders: tuple[str, ...] = ()) -> None:
        """
        Add a node.

        :param nodes: further lines of its ``.nodes``
        :param orders: Python statements that it executes in initialize()
        """
        folder = self.project / 'nodes' / name
        folder.mkdir(parents=True)
        cls = ''.join(part.capitalize() for part in name.split('_')) + 'Node'
        (folder / f'{name}_node.py').write_text(NODE.format(cls=cls, name=name, orders=orders))
        (folder / '.nodes').write_text(f'node_name: {name}\n{nodes}')
        (folder / '.messages').write_text(f'node_name: {name}\n')

    def nevil(self, *arguments: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a verb."""
        return subprocess.run(
            [*self.prefix, sys.executable, '-m', 'nevil_bringup', *arguments,
             '--project', str(self.project)],
            env=self.environ, cwd=self.project, text=True, timeout=timeout_s, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Run a verb that takes its time."""
        return subprocess.Popen(
            [*self.prefix, sys.executable, '-m', 'nevil_bringup', *arguments,
             '--project', str(self.project)],
            env=self.environ, cwd=self.project, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def start(self, *arguments: str) -> None:
        """Start it; fail with what was said when that fails."""
        result = self.nevil('start', *arguments)
        assert result.returncode == 0, result.stdout + self.all_logs()

    def status(self) -> dict[str, Any]:
        """Return the status, or an empty object when nothing runs."""
        text = self.nevil('status', '--json').stdout
        status = json.loads(text) if text.startswith('{') else {}
        assert isinstance(status, dict)
        return status

    def of(self, name: str) -> dict[str, Any]:
        """Return the status of one node."""
        for node in self.status().get('nodes', []):
            if node['name'] == name:
                return dict(node)
        return {}

    def wait_state(self, name: str, state: str, timeout_s: float = 30.0) -> dict[str, Any]:
        """Wait until a node is in a state and return its status."""
        def reached() -> dict[str, Any]:
            node = self.of(name)
            return node if node.get('state') == state else {}
        found: dict[str, Any] = wait_for(reached, timeout_s)
        return found

    def wait_restarted(self, name: str, generation: int) -> dict[str, Any]:
        """Wait until a node is ready in a later generation."""
        def reached() -> dict[str, Any]:
            node = self.of(name)
            return node if node['state'] == 'ready' and node['generation'] > generation else {}
        found: dict[str, Any] = wait_for(reached)
        return found

    def log(self) -> str:
        """Return the system's log."""
        path = self.project / 'logs' / 'system.log'
        return path.read_text(errors='replace') if path.exists() else ''

    def all_logs(self) -> str:
        """Return every log, each below its name."""
        return ''.join(f'\n{path.name}:\n{path.read_text(errors="replace")}'
                       for path in sorted((self.project / 'logs').glob('*.log')))

    def processes(self) -> list[int]:
        """Return every living process of this robot, found by what it inherited."""
        return started_in(self.environ)

    def leave_child(self) -> int:
        """
        Kill supervisor and spawner together; the child of a node with ``LEAVES_CHILD`` stays.

        :returns: its pid
        """
        status = self.status()
        sleeper = int((self.project / 'sleeper').read_text())
        stop(status['spawner_pid'])
        os.kill(status['pid'], signal.SIGKILL)
        os.kill(status['spawner_pid'], signal.SIGKILL)
        wait_for(lambda: self.processes() == [sleeper], what=self.processes)
        return sleeper

    def end(self) -> None:
        """Stop it whatever state it is in, and check that nothing is left."""
        try:
            self.nevil('stop')
        finally:
            left = self.processes()
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        assert not left, f'processes left: {left}'

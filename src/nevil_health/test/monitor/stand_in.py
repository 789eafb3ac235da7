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


"""A supervisor's end of the control socket, and nodes with switches, for tests of the monitor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

from quality.waiting import wait_for

VICTIM = Path(__file__).with_name('victim.py')


class Server:
    """
    Speaks the control protocol with one health node at a time and keeps what it says.

    ``answers`` holds what a verb is answered with, None for nothing at all; ``hang_up_at`` is the
    verb that ends the connection.
    """

    def __init__(self, path: Path) -> None:
        """Listen."""
        self.path = path
        self.requests: list[dict[str, Any]] = []
        self.attached = 0
        self.answers: dict[str, dict[str, Any] | None] = {}
        self.hang_up_at = ''
        self._connection: socket.socket | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the connection and the listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.drop()
        self._thread.join(5)
        self.path.unlink()

    def drop(self) -> None:
        """End the connection, as a supervisor does that dies."""
        if self._connection is not None:
            try:
                self._connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def send(self, message: dict[str, Any]) -> None:
        """Send an event."""
        assert self._connection is not None
        self._connection.sendall(json.dumps(message).encode() + b'\n')

    def expect(self, *units: dict[str, Any], timeout_s: float = 30.0,
               interval_s: float = 5.0, **more: Any) -> None:
        """Send the list of what is running."""
        self.send({'event': 'expect', 'units': list(units), 'heartbeat_timeout_s': timeout_s,
                   'health_check_interval_s': interval_s, **more})

    def order(self, label: str, *nodes: str, generation: int = 1, **more: Any) -> None:
        """Order a transition of a unit, named after its first node."""
        self.send({'event': 'transition', 'unit': nodes[0], 'generation': generation,
                   'nodes': list(nodes), 'label': label, **more})

    def readings(self, kind: str = '') -> list[tuple[str, str, int]]:
        """Return the readings so far."""
        return [(one['kind'], one['unit'], one['generation']) for one in self._args('verdict')
                if not kind or one['kind'] == kind]

    def samples(self) -> list[dict[str, Any]]:
        """Return the samples so far."""
        return [one['nodes'] for one in self._args('samples')]

    def sample(self, node: str) -> dict[str, Any]:
        """Return the last sample of a node; empty before the first."""
        return next((one[node] for one in reversed(self.samples()) if node in one), {})

    def system(self) -> dict[str, Any]:
        """Return the last sample of the machine; empty before the first."""
        return next((one['system'] for one in reversed(self._args('samples'))
                     if 'system' in one), {})

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Return the readings of a kind with all their fields."""
        return [one for one in self._args('verdict') if one['kind'] == kind]

    def transitions(self) -> list[tuple[str, str]]:
        """Return label and problem of the transitions so far."""
        return [(one['label'], one['problem']) for one in self._args('transitioned')]

    def _args(self, verb: str) -> list[dict[str, Any]]:
        return [one['args'] for one in list(self.requests) if one['verb'] == verb]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile('rb') as lines:
                self._connection = connection
                try:
                    for line in lines:
                        self._answer(json.loads(line))
                except OSError:
                    pass

    def _answer(self, request: dict[str, Any]) -> None:
        self.requests.append(request)
        self.attached += request['verb'] == 'attach_health'
        if request['verb'] == self.hang_up_at:
            self.drop()
            return
        answer = self.answers.get(request['verb'], {'ok': True, 'result': {}})
        if answer is not None:
            self.send({'id': request['id'], **answer})


class Process:
    """A process of a test, its output in a file."""

    def __init__(self, argv: list[str], env: dict[str, str], log: Path) -> None:
        """Start it in a session of its own."""
        self.log = log
        with log.open('ab') as output:
            self._process = subprocess.Popen(
                argv, env=env, stdin=subprocess.PIPE, stdout=output, stderr=output,
                start_new_session=True)
        self.pid = self._process.pid

    def tell(self, line: str) -> None:
        """Write a line to its input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b'\n')
        self._process.stdin.flush()

    def signal(self, number: int) -> None:
        """Send a signal to it."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it and whatever it started."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()

    def text(self) -> str:
        """Return its output so far."""
        return self.log.read_text(encoding='utf-8', errors='replace')


class Scene:
    """A stand-in supervisor, the real health node, and victims."""

    def __init__(self, folder: Path, domain: int) -> None:
        """Start supervisor and health node."""
        self.folder = folder
        self.domain = domain
        self.health_argv = [sys.executable, '-m', 'nevil_health.monitor']
        self.env = {**os.environ, 'ROS_DOMAIN_ID': str(domain), 'PYTHONUNBUFFERED': '1',
                    'ROS_LOG_DIR': str(folder), 'NEVIL_SOCKET': str(folder / 's')}
        self.processes: list[Process] = []
        self.server = Server(folder / 's')
        try:
            self.health = self.start_health()
        except BaseException:
            self.close()
            raise

    def start_health(self) -> Process:
        """Start the health node and wait until it has attached."""
        before = self.server.attached
        health = self.start(self.health_argv, 'health')
        wait_for(lambda: self.server.attached > before)
        return health

    def victim(self, name: str, generation: int = 1, *more: str) -> Process:
        """Start a node with switches; it beats ten times a second."""
        return self.start(self.victim_argv(name, generation, *more), name)

    def victim_argv(self, name: str, generation: int = 1, *more: str) -> list[str]:
        """Return the command line of such a node."""
        return [sys.executable, str(VICTIM), name, '--generation', str(generation), *more]

    def start(self, argv: list[str], name: str) -> Process:
        """Start a process that ends with the scene."""
        process = Process(argv, self.env, self.folder / f'{name}.log')
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            process.kill()
        self.server.close()


def unit_of(process: Process, *nodes: str, generation: int = 1, **more: Any) -> dict[str, Any]:
    """Return a unit of an ``expect`` event."""
    return {'unit': nodes[0], 'generation': generation, 'pid': process.pid,
            'nodes': list(nodes), 'kind': 'python', 'muted': False, **more}


@contextmanager
def scene(folder: Path, domain: int) -> Iterator[Scene]:
    """Set a scene and clear it away."""
    one = Scene(folder, domain)
    try:
        yield one
    finally:
        one.close()

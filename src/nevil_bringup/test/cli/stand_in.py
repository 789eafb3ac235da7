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

"""A small server that speaks the control protocol from threads, in place of a supervisor."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import socket
import threading
from typing import Any

from nevil_health.control.fields import parse_object
from nevil_health.control.fields import to_line

__all__ = ['StandIn', 'document', 'node']


def node(name: str, state: str = 'ready', **more: Any) -> dict[str, Any]:
    """Return a node of a status document."""
    return {'name': name, 'state': state, 'pid': 4243 if state == 'ready' else None,
            'generation': 1, 'uptime_s': 311.0 if state == 'ready' else None, 'restarts': 0,
            'cpu_percent': 1.25 if state == 'ready' else None,
            'memory_mb': 41.3 if state == 'ready' else None, 'reason': '', 'paused_by': None,
            'muted': False, **more}


def document(state: str, *nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a status document."""
    return {'project': 'robbie', 'directory': '/x/robbie', 'state': state, 'nodes': list(nodes),
            'alerts': [], 'logscope': {'running': False, 'pid': None},
            'logs': [{'name': 'camera', 'path': '/x/camera.log', 'bytes': 12345}],
            'pid': 4242, 'uptime_s': 312.0, **more}


class StandIn:
    """
    Answers requests until closed.

    :ivar status: the document that ``status`` returns
    :ivar asked: every request but ``ping`` and ``status``
    :ivar handlers: what to do for a verb; an exception's text is the refusal
    """

    def __init__(self, path: Path, status: dict[str, Any]) -> None:
        """Listen."""
        self.status = status
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.handlers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            'ping': lambda _: {'pid': self.status['pid'], 'project': self.status['project']},
            'status': lambda _: self.status,
            'history': lambda _: {'nodes': {}},
        }
        self.on_subscribe: list[dict[str, Any]] = []
        self.changed = threading.Condition()
        self._subscribers: list[socket.socket] = []
        self._connections: list[socket.socket] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(path))
        self._listener.listen()
        self._path = path
        threading.Thread(target=self._accept, daemon=True).start()

    def send(self, event: dict[str, Any]) -> None:
        """Send an event to every subscriber."""
        for subscriber in list(self._subscribers):
            try:
                subscriber.sendall(to_line(event))
            except OSError:
                self._subscribers.remove(subscriber)

    def state(self, name: str, new: str, *, at: float = 0.0, **more: Any) -> None:
        """Send the event of a node's new state."""
        self.send({'event': 'state', 'at': at, 'node': name, 'old': 'starting', 'new': new,
                   'reason': '', 'level': 'INFO', **more})

    def wait_for(self, verb: str, count: int = 1) -> None:
        """Wait until a verb was asked for that often."""
        with self.changed:
            assert self.changed.wait_for(
                lambda: sum(asked == verb for asked, _ in self.asked) >= count, 20), self.asked

    def close(self) -> None:
        """End all connections and remove the socket."""
        self._path.unlink(missing_ok=True)
        for connection in [self._listener, *self._connections]:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile('rb') as lines:
                for line in lines:
                    request = parse_object(line)
                    if request['verb'] == 'subscribe':
                        self._subscribers.append(connection)
                        for event in self.on_subscribe:
                            connection.sendall(to_line(event))
                    connection.sendall(to_line({'id': request['id'], **self._answer(request)}))
                    self._note(request)
        except (OSError, ValueError):
            pass  # the client is gone

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        handler = self.handlers.get(request['verb'])
        try:
            return {'ok': True, 'result': handler(request['args']) if handler else {}}
        except RuntimeError as refusal:
            return {'ok': False, 'error': str(refusal)}

    def _note(self, request: dict[str, Any]) -> None:
        if request['verb'] not in ('ping', 'status'):
            with self.changed:
                self.asked.append((request['verb'], request['args']))
                self.changed.notify_all()

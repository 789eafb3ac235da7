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

"""The client's side of the control socket."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import socket
import threading
from typing import Any

from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import Disconnected
from nevil_bringup.control.client import NotRunning
from nevil_bringup.control.client import Refused
from nevil_bringup.control.client import Unreachable
from nevil_health.control.events import StateChanged
from nevil_health.control.operations import Operated
from nevil_health.control.operations import StopNode
from nevil_health.control.session import Ping
from nevil_health.control.session import Pong
from nevil_health.control.session import Subscribe
from nevil_health.control.status import GetStatus
from place import Place
import pytest
from stand_in import document
from stand_in import node
from stand_in import StandIn

Serve = Callable[[dict[str, Any]], StandIn]


def test_request_returns_the_result(place: Place, serve: Serve) -> None:
    """One line out, one line in."""
    serve(document('ready', node('camera')))
    with ControlClient(place.paths.socket) as client:
        assert client.request(GetStatus()).nodes[0].name == 'camera'
        assert client.request(Ping()) == Pong(pid=4242, project='robbie')


def test_events_before_an_answer_are_kept_in_order(place: Place, serve: Serve) -> None:
    """A state may change while a request is on its way."""
    server = serve(document('ready'))
    with ControlClient(place.paths.socket) as client:
        client.request(Subscribe())

        def answer(_: dict[str, Any]) -> dict[str, Any]:
            server.state('camera', 'stopping')
            server.state('camera', 'stopped')
            return {'changed': True}
        server.handlers['stop_node'] = answer
        server.wait_for('subscribe')
        assert client.request(StopNode(name='camera')) == Operated(changed=True)
        events = [client.next_event(1.0), client.next_event(1.0)]
        states = [event.new for event in events if isinstance(event, StateChanged)]
        assert states == ['stopping', 'stopped']
        assert client.next_event(0.01) is None


def test_refusal_is_an_error_with_the_supervisors_text(place: Place, serve: Serve) -> None:
    """The supervisor knows why, the user reads it."""
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("there is no node 'cam'; did you mean 'camera'?")
    serve(document('ready')).handlers['stop_node'] = refuse
    with ControlClient(place.paths.socket) as client:
        with pytest.raises(Refused, match="^there is no node 'cam'; did you mean 'camera'.$"):
            client.request(StopNode(name='cam'))


def test_a_large_answer_comes_whole(place: Place, serve: Serve) -> None:
    """A thousand nodes make a status of hundreds of kilobytes."""
    nodes = [node(f'node_{number}', reason='x' * 1000) for number in range(1000)]
    serve(document('ready', *nodes))
    with ControlClient(place.paths.socket) as client:
        found = client.request(GetStatus()).nodes
    assert [(one.name, one.reason) for one in found] == [
        (one['name'], one['reason']) for one in nodes]


def test_no_socket_and_a_socket_without_a_listener_are_not_running(place: Place) -> None:
    """A supervisor that was killed leaves its socket behind."""
    with pytest.raises(NotRunning):
        ControlClient(place.paths.socket)
    place.paths.runtime.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(os.fspath(place.paths.socket))
    with pytest.raises(NotRunning):
        ControlClient(place.paths.socket)


def test_silence_ends_after_the_timeout(place: Place, serve: Serve) -> None:
    """A hung supervisor must not hang the command line."""
    release = threading.Event()
    server = serve(document('ready'))
    server.handlers['status'] = lambda _: {} if release.wait(20) else {}
    with ControlClient(place.paths.socket, 0.05) as client:
        with pytest.raises(Unreachable, match=r'^no answer from the supervisor within 0\.05 s$'):
            client.request(GetStatus())
    release.set()


def test_an_end_while_waiting_is_told(place: Place, serve: Serve) -> None:
    """The supervisor may die between two words."""
    server = serve(document('ready'))
    with ControlClient(place.paths.socket) as client:
        client.request(Subscribe())
        server.wait_for('subscribe')
        server.close()
        with pytest.raises(Disconnected):
            client.next_event(5.0)
        with pytest.raises(Disconnected):
            client.request(GetStatus())


@pytest.mark.parametrize('line', [b'not json\n', b'[1]\n', b'\xff\xfe\n'])
def test_what_is_no_protocol_is_an_error(tmp_path: Path, line: bytes) -> None:
    """Another program may own the path."""
    path = tmp_path / 's'
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))
        listener.listen()
        client = ControlClient(path, 5.0)
        connection, _ = listener.accept()
        connection.sendall(line)
        with client, connection, pytest.raises(Unreachable, match='is not understood'):
            client.request(Ping())


def test_a_path_too_long_names_the_way_out(tmp_path: Path) -> None:
    """The limit of 107 bytes for the path of a socket is not the user's fault."""
    with pytest.raises(Unreachable, match='set NEVIL_RUNTIME_DIR to a shorter path'):
        ControlClient(tmp_path / ('x' * 120))

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

"""The health node's line to the supervisor."""

from __future__ import annotations

import json
import os
from pathlib import Path
import queue
import socket
from typing import Any

from nevil_health.control.events import Settled
from nevil_health.monitor.control_link import Attached
from nevil_health.monitor.control_link import ControlLink
from nevil_health.monitor.control_link import Detached
from nevil_health.monitor.control_link import LinkNews


def _attach_of(listener: socket.socket) -> tuple[socket.socket, dict[str, Any]]:
    """Return the next connection and what it says first."""
    connection, _ = listener.accept()
    connection.settimeout(5)
    return connection, json.loads(connection.makefile('rb').readline())


def test_refused_attach_is_tried_again(tmp_path: Path) -> None:
    """A health node may be faster than the news that it was started; it must not stay outside."""
    said: queue.SimpleQueue[LinkNews] = queue.SimpleQueue()
    link = ControlLink(str(tmp_path / 's'), said.put)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.settimeout(5)
        listener.bind(str(tmp_path / 's'))
        listener.listen()
        link.start()
        try:
            for ok in (False, True):
                connection, request = _attach_of(listener)
                assert (request['verb'], request['args']) == (
                    'attach_health', {'pid': os.getpid()})
                with connection:
                    connection.sendall(json.dumps({
                        'id': request['id'], 'ok': ok, 'error': 'who are you?'}).encode() + b'\n')
                    assert said.get(timeout=5) == Attached()
                    if not ok:
                        assert said.get(timeout=5) == Detached('who are you?')
                        continue
                    connection.sendall(b'{"event": "settled", "state": "ready"}\n')
                    assert said.get(timeout=5) == Settled(state='ready')
        finally:
            link.stop()

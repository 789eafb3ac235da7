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


"""An introduction asks everybody else on this host to answer once more."""

from __future__ import annotations

import select
import socket
import subprocess
import sys

from nevil_nodes.introduction import introduce

NEIGHBOUR = (
    'import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); '
    's.bind(("127.0.0.1", int(sys.argv[1]))); print("up", flush=True); '
    'sys.stdout.buffer.write(s.recv(65536))')


def bound(port: int) -> socket.socket:
    """Return a socket that listens on a port of this host."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(('127.0.0.1', port))
    return one


def test_an_introduction_goes_to_everybody_else_in_the_domain(domain: int) -> None:
    """It names our address, so that the answers come to us; other domains are left alone."""
    base = 7400 + 250 * domain
    with bound(base + 210) as own, bound(base + 260) as foreign, subprocess.Popen(
            [sys.executable, '-c', NEIGHBOUR, str(base + 212)],
            stdout=subprocess.PIPE) as neighbour:
        try:
            assert neighbour.stdout is not None
            assert neighbour.stdout.readline() == b'up\n'
            assert introduce(domain) == 1
            message = neighbour.stdout.read()
        finally:
            neighbour.kill()
        assert message.startswith(b'RTPS\x02\x03\x01\x0f')
        locator = (base + 210).to_bytes(4, 'little') + bytes(12) + bytes([127, 0, 0, 1])
        assert locator in message
        assert not select.select([own, foreign], [], [], 0)[0]


def test_without_a_participant_nothing_is_sent(domain: int) -> None:
    """A process that is in no domain has nothing to introduce."""
    assert introduce(domain) == 0
    assert introduce(domain, pid=2**22 + 1) == 0

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


"""A goodbye names the participant that is meant, and reaches everybody in its domain."""

from __future__ import annotations

import socket

from nevil_nodes.farewell import same_process
from nevil_nodes.farewell import say_goodbye
import pytest

OWN = bytes.fromhex('010f aabb 0100 1234 00000000')
GONE = bytes.fromhex('010f aabb 3412 5678 00000000')


@pytest.mark.parametrize(('prefix', 'pid', 'same'), [
    (GONE, 0x1234, True),
    (GONE, 0x51234, True),                                      # only half of it is there
    (GONE, 0x1235, False),
    (bytes.fromhex('010f aabc 3412 5678 00000000'), 0x1234, False),  # another host
    (bytes.fromhex('0110 aabb 3412 5678 00000000'), 0x1234, False),  # another DDS
    (b'', 0x1234, False)])
def test_a_participant_is_known_by_host_and_process(prefix: bytes, pid: int, same: bool) -> None:
    """Who is told to be gone must be the one that has ended."""
    assert same_process(prefix, OWN, pid) is same


def test_a_goodbye_goes_to_the_whole_domain_and_no_further(domain: int) -> None:
    """What it does to those who hear it is tested by ``test_departures.py``."""
    base = 7400 + 250 * domain
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM) as foreign:
        one.bind(('127.0.0.1', base + 210))
        foreign.bind(('127.0.0.1', base + 260))
        foreign.setblocking(False)
        assert say_goodbye(domain, GONE) == 1
        message = one.recv(65536)
        assert message.startswith(b'RTPS\x02\x03\x01\x0f' + GONE)
        assert message.count(GONE) == 2
        with pytest.raises(BlockingIOError):
            foreign.recv(65536)

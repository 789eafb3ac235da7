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


"""
Say goodbye in the name of a participant whose process was killed.

Fast DDS drops it only when its lease is over, and keeps two entries for each of its writers in
each reader that had matched it, for ever (2.14, ``RTPSReader::remove_persistence_guid``): some kB
for each kill, in every process of the domain. One that has said goodbye is forgotten at once and
wholly, and is no ghost in the ROS graph (ADR 5).
"""

from __future__ import annotations

import socket
import struct

from nevil_nodes.introduction import discovery_ports
from nevil_nodes.introduction import HOST
from nevil_nodes.introduction import VENDOR

__all__ = ['PREFIX_BYTES', 'same_process', 'say_goodbye']

# Of a GUID, what names the participant (RTPS 9.3.1).
PREFIX_BYTES = 12
# It is above every number that the participant has used, so nobody takes it for an old message.
_LAST = 2**31 - 1
_DISPOSED_AND_UNREGISTERED = 3


def same_process(prefix: bytes, other: bytes, pid: int) -> bool:
    """
    Return whether a participant was that of a process on the host of another one.

    Fast DDS makes the prefix of vendor, host, the lower half of the pid, and chance.
    """
    return prefix[:4] == other[:4] == VENDOR + other[2:4] and (
        prefix[4:6] == struct.pack('<H', pid & 0xffff))


def say_goodbye(domain_id: int, prefix: bytes) -> int:
    """
    Tell the participants of this host that one of them is no more.

    :param prefix: of its GUID
    :returns: how many were told
    """
    message, told = _goodbye(prefix), 0
    try:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        return 0  # no descriptors are left; the lease remains
    with sender:
        for port, _ in discovery_ports(domain_id):
            try:
                told += sender.sendto(message, (HOST, port)) > 0
            except OSError:
                pass  # it may have ended; the lease remains
    return told


def _goodbye(prefix: bytes) -> bytes:
    """Return an RTPS message: DATA(p[UD]), as a participant sends it when it is destroyed."""
    quality = b''.join(struct.pack('<HH', number, len(value)) + value for number, value in (
        (0x0070, prefix + b'\x00\x00\x01\xc1'),             # key: its GUID
        (0x0071, struct.pack('>I', _DISPOSED_AND_UNREGISTERED)),
        (0x0001, b'')))
    data = (struct.pack('<HH', 0, 16) + b'\x00\x01\x00\xc7' + b'\x00\x01\x00\xc2'
            + struct.pack('<iI', 0, _LAST) + quality)
    header = b'RTPS\x02\x03' + VENDOR + prefix
    return header + struct.pack('<BBH', 0x15, 0x03, len(data)) + data

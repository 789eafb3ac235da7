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
Introduce a process that has just joined ROS 2 to those of this host, for fast discovery.

Fast DDS announces a new participant before it reads its own sockets (2.14,
``RTPSParticipantImpl::enable``): the others answer within a tenth of a millisecond, the answers
are thrown away, and the next come with their periodic announcements, up to 3 s later. So a message
in the name of a participant that does not exist, but has the address of the new one, asks all of
them to answer once more. It offers no endpoint and is forgotten after its lease (ADR 5).
"""

from __future__ import annotations

from collections.abc import Iterator
import os
import socket
import struct

__all__ = ['discovery_ports', 'HOST', 'INVENTED', 'introduce', 'VENDOR']

HOST = '127.0.0.1'
# The participant does not exist: the others are to forget it soon.
_LEASE_NS = 200_000_000
# eProsima's vendor id in RTPS, which Fast DDS uses.
VENDOR = b'\x01\x0f'
# How the GUIDs of invented participants begin, to distinguish them from real ones.
INVENTED = VENDOR + b'nevil'


def introduce(domain_id: int, pid: int | None = None) -> int:
    """
    Ask the participants of this host to announce themselves to a process.

    With ports chosen otherwise than in the RTPS standard nothing is sent.

    :param pid: the process; None for this one
    :returns: how many were asked; 0 where the process has no participant yet, or no neighbours
    """
    own = _sockets_of(pid)
    ports = {port: inode in own for port, inode in discovery_ports(domain_id)}
    others = [port for port, ours in ports.items() if not ours]
    asked = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for new in (port for port, ours in ports.items() if ours):
            message = _announcement(new)
            for port in others:
                try:
                    asked += sender.sendto(message, (HOST, port)) > 0
                except OSError:
                    pass  # it may have ended; the periodic announcement remains
    return asked


def _sockets_of(pid: int | None) -> frozenset[str]:
    """Return the inodes of the sockets of a process, as far as it is ours to know."""
    folder = f'/proc/{pid or "self"}/fd'
    found = set()
    try:
        for name in os.listdir(folder):
            try:
                kind, _, inode = os.readlink(f'{folder}/{name}').partition(':')
            except FileNotFoundError:  # the listing's own descriptor
                continue
            if kind == 'socket':
                found.add(inode.strip('[]'))
    except OSError:
        pass
    return frozenset(found)


def discovery_ports(domain_id: int) -> Iterator[tuple[int, str]]:
    """Yield the unicast discovery ports in use in a domain (RTPS 9.6.2.3), and their inodes."""
    # A participant of one domain must not learn of one of another: each has its own ports.
    base = 7400 + 250 * domain_id
    for table in ('/proc/self/net/udp', '/proc/self/net/udp6'):
        try:
            with open(table) as file:
                next(file)
                for line in file:
                    fields = line.split()
                    port = int(fields[1].rpartition(':')[2], 16)
                    if port in range(base + 10, base + 250, 2):
                        yield port, fields[9]
        except (OSError, StopIteration):
            continue  # no such protocol on this machine


def _announcement(port: int) -> bytes:
    """Return an RTPS message: DATA(p) of a fresh participant that listens on that port."""
    prefix = INVENTED + os.urandom(12 - len(INVENTED))
    locator = struct.pack('<iI12x', 1, port) + socket.inet_aton(HOST)
    parameters = b''.join(struct.pack('<HH', number, len(value)) + value for number, value in (
        (0x0015, b'\x02\x03\x00\x00'),                      # protocol version 2.3
        (0x0016, VENDOR + b'\x00\x00'),
        (0x0050, prefix + b'\x00\x00\x01\xc1'),             # its GUID
        (0x0032, locator), (0x0031, locator),               # discovery, user data
        (0x0002, struct.pack('<iI', 0, (_LEASE_NS << 32) // 10**9)),
        (0x0058, struct.pack('<I', 0x2)),                   # has: a reader of announcements
        (0x0001, b'')))
    payload = b'\x00\x03\x00\x00' + parameters              # parameter list, little endian
    data = (struct.pack('<HH', 0, 16) + b'\x00\x01\x00\xc7' + b'\x00\x01\x00\xc2'
            + struct.pack('<iI', 0, 1) + payload)
    header = b'RTPS\x02\x03' + VENDOR + prefix
    return header + struct.pack('<BBH', 0x15, 0x05, len(data)) + data

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
Pass on the announcements of participants that announce themselves to few ports of this host.

With ``ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST`` rmw_fastrtps neither sends nor hears multicast: a
participant announces itself to the ports of the first 32 participants of the host (RTPS 9.6.2.3,
rmw_fastrtps ``participant.cpp``). The others never learn of it, so it hears 30 of 50 nodes for
ever. A relay takes one of those 32 ports and passes each announcement on by multicast, on the
loopback interface only; the others then answer by themselves (ADR 5).
"""

from __future__ import annotations

import socket
import struct
import threading

from nevil_nodes.introduction import INVENTED

__all__ = ['AnnouncementRelay']

_HOST = '127.0.0.1'
# The multicast group of RTPS for all announcements (DDSI-RTPS 9.6.1.4.1).
_GROUP = '239.255.0.1'
# rmw_fastrtps with LOCALHOST announces to the ports of so many participants, and to no others (ADR
# 5).
_REACHED_BY_LOCALHOST = 32
_DATA_OF_ANNOUNCER = b'\x00\x01\x00\xc2'  # entity id of the writer of DATA(p), RTPS 9.3.1.3
_DATA, _INFO_DESTINATION = 0x15, 0x0e
# The most that UDP can carry, so nothing is cut off.
_LARGEST_DATAGRAM = 65536


class AnnouncementRelay:
    """Passes announcements on from a thread of its own, until it is closed."""

    def __init__(self, domain_id: int) -> None:
        """
        Take the first free port among those that everybody announces to.

        Where all are taken, or none may be taken, nothing is passed on.
        """
        self._group = (_GROUP, 7400 + 250 * domain_id)
        self._socket = _bind(self._group[1])
        self._closing = False
        self._thread = threading.Thread(target=self._pass_on, name='announcements', daemon=True)
        if self._socket is not None:
            self._thread.start()

    @property
    def port(self) -> int | None:
        """Return the port that it listens on; None when it found none."""
        return None if self._socket is None else int(self._socket.getsockname()[1])

    def close(self) -> None:
        """Pass nothing on any more."""
        if self._socket is None:
            return
        self._closing = True
        try:
            self._socket.shutdown(socket.SHUT_RD)  # wakes the thread; close() would not
        except OSError:
            pass  # a datagram socket is not connected, which Linux says after it has woken readers
        self._thread.join()
        self._socket.close()
        self._socket = None

    def _pass_on(self) -> None:
        assert self._socket is not None
        while True:
            message = self._socket.recv(_LARGEST_DATAGRAM)
            if self._closing:
                return  # an empty message alone does not say so: anybody may send one
            if _is_announcement(message):
                try:
                    self._socket.sendto(message, self._group)
                except OSError:
                    pass  # without multicast on the loopback interface there is nobody to reach


def _bind(base: int) -> socket.socket | None:
    """Return a socket on the first free discovery port of a domain; None if all are taken."""
    for participant in range(_REACHED_BY_LOCALHOST):
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            # Ports of a participant, RTPS 9.6.2.3: 7400 + 250 * domain + 10 + 2 * number.
            bound.bind((_HOST, base + 10 + 2 * participant))
            bound.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(_HOST))
            return bound
        except OSError:
            bound.close()
    return None


def _is_announcement(message: bytes) -> bool:
    """Return whether it is the DATA(p) of a real participant, meant for everybody."""
    if message[:4] != b'RTPS' or message[8:].startswith(INVENTED):
        return False
    at, found = 20, False
    while at + 4 <= len(message):
        kind, flags, length = struct.unpack_from('<BBH' if message[at + 1] & 1 else '>BBH',
                                                 message, at)
        # Only announcements to everybody are passed on: an answer would multiply with each relay.
        if kind == _INFO_DESTINATION:
            return False  # an answer to somebody
        found = found or (
            kind == _DATA and message[at + 12:at + 16] == _DATA_OF_ANNOUNCER)
        if length == 0:
            break  # the last one may leave its length out
        at += 4 + length
    return found

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

"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import socket
import struct

__all__ = ['peer_uid']

_CREDENTIALS = struct.Struct('3i')  # struct ucred: pid, uid, gid


def peer_uid(connection: socket.socket) -> int:
    """Return the user that the peer was when it connected, or began to listen."""
    _, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return int(uid)

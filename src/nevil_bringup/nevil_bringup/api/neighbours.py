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

"""Others on this machine: robots of this user, and programs that have a port."""

from __future__ import annotations

import socket

from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import ControlError
from nevil_bringup.paths import ProjectPaths
from nevil_health.control.session import Ping

__all__ = ['in_domain', 'port_problem']

# Only for a warning: a neighbour that hangs must not hold up this start.
_TIMEOUT_S = 0.5


def in_domain(domain: str, paths: ProjectPaths) -> list[str]:
    """Return the names of the other projects that run in a ROS domain."""
    found = []
    for path in sorted(paths.runtime.parent.glob('*/control.sock')):
        if path == paths.socket:
            continue
        try:
            with ControlClient(path, _TIMEOUT_S) as client:
                known = client.request(Ping())
        except ControlError:
            continue
        if ((known.middleware or {}).get('ROS_DOMAIN_ID') or '0') == domain:
            found.append(known.project)
    return found


def port_problem(address: str, port: int) -> str:
    """Return why nothing can be served on a port, empty where it can."""
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen()
        except OSError as error:
            return error.strerror or str(error)
    return ''

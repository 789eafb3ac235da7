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

"""Datagrams to ``$NOTIFY_SOCKET``: what systemd asks of a service (sd_notify(3))."""

from __future__ import annotations

from collections.abc import MutableMapping
import os
import socket

__all__ = ['ServiceManager']


class ServiceManager:
    """
    The service manager that started us; where there is none, nothing is sent.

    Notifying it never blocks. What it does not take goes out with the next notification.

    :ivar watchdog_s: seconds within which it wants a sign of life, None where it wants none
    """

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        """Take what it said out of the environment: it is not for our children."""
        # Taken out of the environment: a node must not speak to systemd in our name.
        self._address = _address(environ.pop('NOTIFY_SOCKET', ''))
        self.watchdog_s = _watchdog_s(
            environ.pop('WATCHDOG_USEC', ''), environ.pop('WATCHDOG_PID', ''))
        self._untold: dict[str, str] = {}

    @property
    def listens(self) -> bool:
        """Return whether there is one."""
        return bool(self._address)

    def tell(self, **news: str) -> bool:
        """
        Send assignments, ``READY='1'`` for one.

        :returns: False when it takes nothing at the moment (or there is none)
        """
        if not self._address:
            return False
        self._untold.update({name: ' '.join(value.split()) for name, value in news.items()})
        text = '\n'.join(f'{name}={value}' for name, value in self._untold.items())
        flags = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        try:
            with socket.socket(socket.AF_UNIX, flags) as link:
                link.sendto(text.encode('utf-8', 'replace'), self._address)
        except OSError:
            return False
        self._untold.clear()
        return True


def _address(path: str) -> str:
    """Return the address of a Unix socket, '' for others (vsock) and for none."""
    # sd_notify(3): '@' stands for the zero byte of an abstract socket.
    return f'\0{path[1:]}' if path.startswith('@') else path if path.startswith('/') else ''


def _watchdog_s(microseconds: str, pid: str) -> float | None:
    # sd_watchdog_enabled(3): with WATCHDOG_PID of somebody else, it is not meant for us.
    if pid not in ('', str(os.getpid())) or not microseconds.isdecimal():
        return None
    return int(microseconds) / 1e6 or None

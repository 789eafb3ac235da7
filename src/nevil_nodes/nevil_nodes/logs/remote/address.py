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

"""Addresses of logs on another machine: ``ssh://user@robot:22/project``."""

from __future__ import annotations

from dataclasses import dataclass
import re

__all__ = ['RemoteAddress', 'SCHEME']

SCHEME = 'ssh://'
_ADDRESS = re.compile(
    r'ssh://(?P<host>(?:(?!-)[\w.+-]+@)?(?:\[[\w.:%-]+\]|(?!-)[\w.%-]+))(?::(?P<port>\d{1,5}))?'
    r'(?P<path>/.*)?')
# A robot that does not answer is noticed within that.
_ALIVE_S = 5
_ALIVE_COUNT = 3
_CONNECT_S = 15


@dataclass(frozen=True)
class RemoteAddress:
    """
    Where logs are.

    :param host: perhaps with a user, or a name of ``~/.ssh/config``
    :param path: of a project or a folder of logs there; '' is for the other side to find
    """

    host: str
    port: str = ''
    path: str = ''

    @classmethod
    def of(cls, text: str) -> RemoteAddress:
        """
        Return the address that a text is.

        :raises ValueError: it is none; says what one looks like
        """
        match = _ADDRESS.fullmatch(text)
        if match is None:
            raise ValueError(f'{text!r} is not ssh://USER@HOST[:PORT][/PROJECT]')
        host = match['host'].replace('[', '').replace(']', '')
        path = match['path'] or ''
        return cls(host, match['port'] or '', '' if path == '/' else path)

    @property
    def name(self) -> str:
        """Return the host without its user."""
        return self.host.rpartition('@')[2]

    def command(self, program: str, *, asks: bool) -> list[str]:
        """
        Return the command that runs a program there.

        :param program: as the shell of the other side reads it
        :param asks: a password or a new host's key may be asked for, at the terminal
        """
        options = {'ServerAliveInterval': _ALIVE_S, 'ServerAliveCountMax': _ALIVE_COUNT,
                   'ConnectTimeout': _CONNECT_S, 'BatchMode': 'no' if asks else 'yes'}
        return ['ssh', '-T', *(f'-o{name}={value}' for name, value in options.items()),
                *(['-p', self.port] if self.port else []), '--', self.host, program]

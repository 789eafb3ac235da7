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

"""Ask systemd for something, where it runs."""

from __future__ import annotations

import os
from pathlib import Path
import shutil
import subprocess

__all__ = ['Systemctl', 'SystemdRefused']

_TIMEOUT_S = 30.0
_BOOTED = Path('/run/systemd/system')  # sd_booted(3)


class SystemdRefused(Exception):
    """What systemd said against it."""


class Systemctl:
    """
    ``systemctl`` of the system, or of the user.

    :ivar absent: why nothing can be asked of it, '' where it can
    """

    def __init__(self, *, user: bool) -> None:
        """Look whether it is there."""
        self.absent = ''
        self._user = user
        if shutil.which('systemctl') is None:
            self.absent = 'there is no systemctl here'
        elif user and not os.environ.get('XDG_RUNTIME_DIR'):
            self.absent = ('your own systemd cannot be reached: XDG_RUNTIME_DIR is not set '
                           '(log in as this user, instead of su or sudo)')
        elif not user and not _BOOTED.is_dir():
            self.absent = 'systemd does not run here'
        elif user and not Path(os.environ['XDG_RUNTIME_DIR'], 'systemd').is_dir():
            self.absent = 'no user systemd runs here'

    @property
    def command(self) -> str:
        """Return what the user would type."""
        return 'systemctl --user' if self._user else 'systemctl'

    def do(self, *arguments: str, timeout_s: float = _TIMEOUT_S) -> str:
        """
        Run it and return what it printed.

        :raises SystemdRefused: it failed, or took longer
        """
        argv = [*self.command.split(), *arguments]
        try:
            done = subprocess.run(
                argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                timeout=timeout_s, errors='replace')
        except subprocess.TimeoutExpired:
            raise SystemdRefused(f'{" ".join(argv)}: no answer after {timeout_s:g} s') from None
        if done.returncode:
            said = done.stderr.strip() or f'status {done.returncode}'
            raise SystemdRefused(f'{" ".join(argv)}: {said}')
        return done.stdout

    def show(self, unit: str) -> dict[str, str]:
        """
        Return how a unit is.

        :raises SystemdRefused: it does not say
        """
        names = ('ActiveState', 'SubState', 'UnitFileState', 'MainPID', 'StatusText', 'Result')
        lines = self.do('show', '--property', ','.join(names), unit).splitlines()
        return {name: value for name, _, value in (line.partition('=') for line in lines)}

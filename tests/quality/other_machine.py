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

"""Other machines to reach by ``ssh``: this one through a real sshd, or without any network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import shutil
import signal
import socket
import subprocess

from quality.waiting import wait_for

__all__ = ['SSHD', 'Machine', 'sshd', 'without_network']

SSHD = shutil.which('sshd', path=os.environ.get('PATH', '') + ':/usr/sbin')
_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
"""
_CLIENT_CONFIG = """\
Host *
  IdentityFile {folder}/user
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  StrictHostKeyChecking no
  LogLevel ERROR
"""


class Machine:
    """
    A machine, and the ``ssh`` that reaches it.

    :param bin: folder of that program, to be first in PATH
    """

    def __init__(self, folder: Path, address: str, script: str) -> None:
        self.bin = folder / 'bin'
        self.address = address
        self._pid = folder / 'pid'
        self.bin.mkdir()
        program = self.bin / 'ssh'
        program.write_text(f'#!/bin/sh\necho $$ > {self._pid}\n{script}\n')
        program.chmod(0o755)

    def cut(self) -> None:
        """Kill the client that runs."""
        os.kill(int(self._pid.read_text()), signal.SIGKILL)


@contextmanager
def without_network(folder: Path) -> Iterator[Machine]:
    """Run what would run there with the shell here, which says something first."""
    yield Machine(folder, 'ssh://robot', 'for last; do :; done; echo Welcome; exec sh -c "$last"')


@contextmanager
def sshd(folder: Path) -> Iterator[Machine]:
    """Run OpenSSH's server on a free port, with keys of its own."""
    assert SSHD is not None
    for name in ('host', 'user'):
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', folder / name],
                       check=True)
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    (folder / 'sshd_config').write_text(_CONFIG.format(port=port, folder=folder))
    (folder / 'ssh_config').write_text(_CLIENT_CONFIG.format(folder=folder))
    if os.getuid() == 0:
        Path('/run/sshd').mkdir(mode=0o755, exist_ok=True)
    with (folder / 'sshd.log').open('wb') as log:
        server = subprocess.Popen([SSHD, '-D', '-e', '-f', folder / 'sshd_config'], stderr=log)
    try:
        wait_for(lambda: _answers(port), what=(folder / 'sshd.log').read_text)
        yield Machine(folder, f'ssh://127.0.0.1:{port}',
                      f'exec {shutil.which("ssh")} -F {folder}/ssh_config "$@"')
    finally:
        server.terminate()
        server.wait(10)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(('127.0.0.1', port), 1).close()
    except OSError:
        return False
    return True

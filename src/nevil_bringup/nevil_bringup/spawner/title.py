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
Show a forked child in /proc as what it is, not as the spawner it was forked from.

The kernel shows command line and environment from the memory that the process got at its exec.
The child writes its own there: ``ps`` then shows its command line, and its cookie in
``/proc/PID/environ`` says whose it is, also for whatever it forks.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
import ctypes
import os

__all__ = ['show_as']

_FIRST = ('NEVIL_RUN_ID', 'NEVIL_UNIT', 'NEVIL_GENERATION')


def show_as(argv: Sequence[str], env: Mapping[str, str], *, again: bool = False) -> None:
    """
    Overwrite the command line, and the environment as far as there is room for it.

    :param again: it has been done in this process before
    """
    with open('/proc/self/stat', 'rb') as file:
        # The name in parentheses is the process's own and may hold spaces and ')': the last one
        # counts.
        field = file.read().rpartition(b')')[2].split()
    # Fields 48 to 51 of proc(5); the first two were cut off with the name.
    arg_start, arg_end, env_start, env_end = map(int, field[45:49])
    if not 0 < arg_start < arg_end <= env_start < env_end:
        return  # the kernel keeps the addresses from us
    if not again:
        _keep_environ_elsewhere()
    # After a last byte that is not NUL, the kernel ends the title at the first NUL.
    title = os.fsencode(' '.join(argv))[:arg_end - arg_start - 2]
    _write(arg_start, title.ljust(arg_end - arg_start - 1, b'\0') + b'.')
    _write(env_start, _fitting(env, env_end - env_start))


def _keep_environ_elsewhere() -> None:
    """
    Copy the environment, which the C library has where the kernel put it.

    Overwritten there, C code and executed children would find the rests of other variables.
    """
    environ = dict(os.environ)
    ctypes.CDLL(None).clearenv()
    os.environ.update(environ)


def _fitting(env: Mapping[str, str], room: int) -> bytes:
    data = b''
    for name in sorted(env, key=lambda name: name not in _FIRST):
        entry = os.fsencode(f'{name}={env[name]}') + b'\0'
        if len(data) + len(entry) <= room:
            data += entry
    return data.ljust(room, b'\0')


def _write(address: int, data: bytes) -> None:
    ctypes.memmove(address, data, len(data))

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

"""Find the processes that a test has started, however far they have gone from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psutil

__all__ = ['alive', 'is_stopped', 'started_in', 'state_of']


def state_of(pid: int) -> str:
    """Return the state of a process as psutil names it; '' where there is none."""
    try:
        return str(psutil.Process(pid).status())
    except psutil.NoSuchProcess:
        return ''


def alive(pid: int) -> bool:
    """Return whether a process exists and is no zombie."""
    return state_of(pid) not in ('', psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def is_stopped(pid: int) -> bool:
    """Return whether a process has been stopped by a POSIX signal."""
    return state_of(pid) == psutil.STATUS_STOPPED


def started_in(environ: Mapping[str, str]) -> list[int]:
    """Return the living processes that have inherited the state folder of an environment."""
    mark = f'NEVIL_STATE_DIR={environ["NEVIL_STATE_DIR"]}'.encode()
    found = []
    for pid in psutil.pids():
        try:
            # Not psutil's environ(): it missed the entry in shells that forked nodes had started.
            inherited = Path('/proc', str(pid), 'environ').read_bytes().split(b'\0')
        except OSError:
            continue
        if mark in inherited and alive(pid):
            found.append(pid)
    return found

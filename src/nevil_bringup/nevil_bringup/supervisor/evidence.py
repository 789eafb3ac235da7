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

"""Evidence about a process that still exists, collected with or without its help."""

from __future__ import annotations

import os
from pathlib import Path
import time

from nevil_bringup.spawner.procfs import stat
from nevil_nodes.stacks import STACKS_SIGNAL

__all__ = ['ask_for_stacks', 'describe_process', 'last_lines', 'oom_kills', 'process_state']

_STATUS_LINES = ('State', 'VmRSS', 'VmSwap', 'Threads', 'SigPnd', 'SigBlk', 'SigIgn', 'SigCgt',
                 'voluntary_ctxt_switches', 'nonvoluntary_ctxt_switches')
# /proc has three files for each thread, and the supervisor waits while they are read.
_MAX_THREADS = 64
# faulthandler writes within milliseconds; a process that is stopped or in the kernel never does.
_STACKS_S = 0.5
_QUIET_S = 0.05
_MAX_TAIL_BYTES = 64 * 1024


def process_state(pid: int) -> str:
    """Return the letter of its state as in proc(5), '' when it is gone."""
    # Not by psutil, as the health node does: its import takes 30 ms of every start.
    found = stat(pid)
    return '' if found is None else found.state


def describe_process(pid: int) -> str:
    """Return its status and, for each thread, its name, state and where in the kernel it waits."""
    lines = [line for line in _read(f'/proc/{pid}/status').splitlines()
             if line.split(':')[0] in _STATUS_LINES]
    try:
        lines.append(f'Open files:\t{len(os.listdir(f"/proc/{pid}/fd"))}')
        threads = sorted(os.listdir(f'/proc/{pid}/task'), key=int)
    except OSError:
        threads = []
    for thread in threads[:_MAX_THREADS]:
        at = f'/proc/{pid}/task/{thread}'
        state = _read(f'{at}/stat').rpartition(')')[2].split()[:1]
        lines.append(f'thread {thread} {_read(f"{at}/comm").strip()!r}: {"".join(state)} in '
                     f'{_read(f"{at}/wchan").strip() or "?"}')
    return '\n'.join(lines) + '\n'


def ask_for_stacks(pid: int, file: Path) -> bool:
    """
    Let a process write its Python stacks to its file, if it can; wait for them for a moment.

    One that does not catch the signal has nothing to write.
    """
    # SIGURG is ignored by default, so nothing bad would happen; but half a second would be lost.
    if not _catches(pid, STACKS_SIGNAL):
        return False
    before = _size(file)
    try:
        os.kill(pid, STACKS_SIGNAL)
    except OSError:
        return False
    deadline = time.monotonic() + _STACKS_S
    size, quiet_since = before, time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(0.01)
        now = _size(file)
        if now != size:
            size, quiet_since = now, time.monotonic()
        # The stacks come in several writes; the last one is followed by silence.
        elif size != before and time.monotonic() - quiet_since > _QUIET_S:
            break
    return size != before


def last_lines(file: Path, count: int) -> str:
    """Return the end of a text file, '' where there is none."""
    try:
        with open(file, 'rb') as opened:
            size = opened.seek(0, os.SEEK_END)
            opened.seek(max(0, size - _MAX_TAIL_BYTES))
            data = opened.read()
    except OSError:
        return ''
    return ''.join(data.decode(errors='replace').splitlines(keepends=True)[-count:])


def oom_kills(vmstat: Path = Path('/proc/vmstat')) -> int:
    """Return how many processes the kernel has killed for want of memory since it started."""
    for line in _read(str(vmstat)).splitlines():
        if line.startswith('oom_kill '):
            return int(line.split()[1])
    return 0


def _catches(pid: int, number: int) -> bool:
    for line in _read(f'/proc/{pid}/status').splitlines():
        if line.startswith('SigCgt:'):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _read(path: str) -> str:
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            return file.read()
    except OSError:
        return ''

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
Read /proc about processes, and kill one without hitting another.

Every function answers "no such process" in the calm way: processes come and go while we look.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import os
import signal
from typing import NamedTuple

__all__ = [
    'Cookie', 'all_pids', 'children', 'command_line', 'cookie', 'descendants', 'environment',
    'has_environment', 'holds_pipe', 'kill_if', 'signal_group', 'stat',
]


_TICKS_PER_S = os.sysconf('SC_CLK_TCK')


class Stat(NamedTuple):
    """
    Identity and state of a process.

    :param started: start time in clock ticks since boot; with the pid it names one process
    :param cpu_s: CPU time that it has used
    """

    pid: int
    state: str
    parent: int
    group: int
    session: int
    started: int
    cpu_s: float = 0.0

    @property
    def alive(self) -> bool:
        """Return whether it runs; a dead process that was not reaped does not."""
        return self.state not in 'ZX'


class Cookie(NamedTuple):
    """The run, unit and generation in whose environment a process was started."""

    run_id: str
    unit: str
    generation: str


def stat(pid: int) -> Stat | None:
    """Return identity and state of a process, None if there is none."""
    data = _read(f'/proc/{pid}/stat')
    if not data:
        return None
    field = data[data.rindex(b')') + 2:].split()
    return Stat(pid=pid, state=field[0].decode(), parent=int(field[1]), group=int(field[2]),
                session=int(field[3]), started=int(field[19]),
                cpu_s=(int(field[11]) + int(field[12])) / _TICKS_PER_S)


def all_pids() -> Iterator[int]:
    """Return every process that /proc shows."""
    return (int(name) for name in os.listdir('/proc') if name.isdigit())


def children(pid: int) -> list[int]:
    """Return the direct children of a process, dead ones that it has not reaped included."""
    found: list[int] = []
    try:
        threads = os.listdir(f'/proc/{pid}/task')
    except OSError:
        return found
    for thread in threads:
        data = _read(f'/proc/{pid}/task/{thread}/children')
        if data is None and not os.path.exists('/proc/thread-self/children'):
            return _children_by_scan(pid)
        found += map(int, (data or b'').split())
    return found


def descendants(pid: int) -> list[int]:
    """Return children, their children and so on, parents first."""
    found = children(pid)
    # The list grows while it is walked: that makes it the whole tree, parents first.
    for child in found:
        found += children(child)
    return found


def cookie(pid: int) -> Cookie | None:
    """Return the run that a process belongs to by its environment, None if it has none."""
    data = _read(f'/proc/{pid}/environ')
    if not data or b'NEVIL_RUN_ID=' not in data:  # most have none, and this is asked of all
        return None
    value = _environment(data)
    return Cookie(*(value.get(name, '')
                    for name in ('NEVIL_RUN_ID', 'NEVIL_UNIT', 'NEVIL_GENERATION')))


def environment(pid: int) -> dict[str, str]:
    """Return the environment that a process was started with; empty where it may not be read."""
    return _environment(_read(f'/proc/{pid}/environ') or b'')


def command_line(pid: int) -> tuple[str, ...]:
    """Return the command line of a process; empty where there is none."""
    data = _read(f'/proc/{pid}/cmdline') or b''
    return tuple(word.decode('utf-8', 'replace') for word in data.split(b'\0')[:-1])


def has_environment(pid: int) -> bool:
    """Return whether a process shows any environment; in the middle of an exec it does not."""
    return bool(_read(f'/proc/{pid}/environ'))


def holds_pipe(pid: int, inode: int) -> bool:
    """Return whether a process has that pipe open, either end."""
    wanted = f'pipe:[{inode}]'
    try:
        names = os.listdir(f'/proc/{pid}/fd')
    except OSError:
        return False
    for name in names:
        try:
            if os.readlink(f'/proc/{pid}/fd/{name}') == wanted:
                return True
        except OSError:
            continue
    return False


def kill_if(pid: int, check: Callable[[int], bool]) -> bool:
    """
    Kill a process if it still is the one meant.

    The process is pinned by a pidfd before it is checked, so a recycled pid is never hit.

    :returns: whether the signal was sent
    """
    try:
        pin = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        if not check(pid):
            return False
        signal.pidfd_send_signal(pin, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        os.close(pin)
    return True


def signal_group(leader: int, number: int) -> None:
    """
    Signal a process group whose leader nobody has reaped; none is no error.

    A stopped one is continued, so that it can obey.
    """
    try:
        os.killpg(leader, number)
        if number in (signal.SIGINT, signal.SIGTERM):
            os.killpg(leader, signal.SIGCONT)
    except (ProcessLookupError, PermissionError):
        pass  # it left its own group, or became another user's: the sweep at its end remains


def _environment(data: bytes) -> dict[str, str]:
    return dict(entry.partition('=')[::2]
                for entry in data.decode('utf-8', 'replace').split('\0') if entry)


def _children_by_scan(pid: int) -> list[int]:
    """Return the children on a kernel without CONFIG_PROC_CHILDREN."""
    known = (stat(other) for other in all_pids())
    return [other.pid for other in known if other is not None and other.parent == pid]


def _read(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        data = b''
        # A file of /proc may come in pieces, whatever size was asked for.
        while block := os.read(descriptor, 65536):
            data += block
        return data
    except OSError:
        return None
    finally:
        os.close(descriptor)

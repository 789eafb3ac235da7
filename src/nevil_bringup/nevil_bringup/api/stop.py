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

"""End the system in order and see that it has ended."""

from __future__ import annotations

from collections.abc import Callable
import os
import select
import time
from typing import Any

from nevil_bringup.api.project_status import status_of
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import Unreachable
from nevil_bringup.control.holder import holder_of
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.spawner.sweep import leftovers
from nevil_bringup.spawner.sweep import runs_of
from nevil_bringup.spawner.sweep import sweep
from nevil_health.control.events import Ended
from nevil_health.control.session import Ping
from nevil_health.control.session import ShutDown
from nevil_health.control.session import Subscribe

__all__ = ['end_left_overs', 'stop']

_TICK_S = 0.1
_REPORT_EVERY_S = 1.0
# The supervisor has ended its part when it closes the connection: only its own exit is left.
_EXIT_S = 5.0
# A spawner without its supervisor asks its processes to end, and kills them a second later.
_BY_THEMSELVES_S = 3.0


def stop(
    client: ControlClient, *, hurry_wanted: Callable[[], bool],
    on_wait: Callable[[float, list[dict[str, Any]]], None],
) -> int:
    """
    Shut the system down and wait for its end.

    :param hurry_wanted: asked often; each True hurries the end once more
    :param on_wait: called each second with the time so far and the nodes that still run
    :returns: status of the system's end: 0, or 1 when a node had failed
    :raises Disconnected: the supervisor vanished without a word
    :raises Unreachable: it does not answer any more, or does not exit
    """
    started = reported = time.monotonic()
    pid = client.request(Ping()).pid
    with _Process(pid) as process:
        client.request(Subscribe())
        client.request(ShutDown())
        while True:
            if hurry_wanted():
                client.request(ShutDown(hurry=True))
            event = client.next_event(_TICK_S)
            if isinstance(event, Ended):
                process.wait(_EXIT_S)
                return event.status
            now = time.monotonic()
            if now - reported >= _REPORT_EVERY_S:
                reported = now
                nodes = status_of(client)['nodes']
                on_wait(now - started, [node for node in nodes if node.get('pid')])


def end_left_overs(paths: ProjectPaths) -> tuple[int, list[int]]:
    """
    End what is left of a run whose supervisor is dead, once it had time to end by itself.

    :returns: how many processes had to be killed, and which cannot be; none while there is a
        supervisor
    """
    runs = runs_of(paths.project)
    if not runs or holder_of(paths) is not None:  # they may be of a run that has just begun
        return 0, []
    give_up_at = time.monotonic() + _BY_THEMSELVES_S
    while any(map(leftovers, runs)) and time.monotonic() < give_up_at:
        time.sleep(_TICK_S)
    return sum(map(sweep, runs)), [pid for run in runs for pid in leftovers(run)]


class _Process:
    """A process known by a pidfd, so that a recycled pid is never mistaken for it."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        try:
            self._fd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._fd = -1

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)

    def wait(self, timeout_s: float) -> None:
        """
        Wait for its end.

        :raises Unreachable: it has not ended in time
        """
        if self._fd < 0:
            return
        poller = select.poll()
        poller.register(self._fd, select.POLLIN)
        if not poller.poll(timeout_s * 1000):
            raise Unreachable(
                f'supervisor {self._pid} accepted the stop, but has not exited in {timeout_s:g} s')

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

"""Wait until the system that a supervisor brings up has settled."""

from __future__ import annotations

from collections.abc import Callable
import subprocess
import time

from nevil_bringup.api.beginning import Beginning
from nevil_bringup.api.beginning import TimedOut
from nevil_bringup.api.supervisor_process import early_output
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import Disconnected
from nevil_bringup.control.client import NotRunning
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.lock import ANOTHER_RUNS
from nevil_health.control.events import Ended
from nevil_health.control.events import Settled
from nevil_health.control.events import StateChanged
from nevil_health.control.session import Ping
from nevil_health.control.session import Subscribe

__all__ = ['TimedOut', 'follow_until_settled', 'wait_for_socket']

# A small robot is up within a second, so a longer interval would show.
_POLL_S = 0.01

StateEvent = Callable[[StateChanged], None]


def wait_for_socket(
    paths: ProjectPaths, process: subprocess.Popen[bytes],
) -> tuple[ControlClient, bool]:
    """
    Return a connection, and whether it is to the process given (not to one that was faster).

    :raises UserError: the process ended before it listened
    :raises TimedOut: it does not listen
    :raises Unreachable: another one supervises the project, and cannot be spoken to
    """
    beginning = Beginning(process.pid, f'the supervisor does not listen on {paths.socket}')
    while True:
        status = process.poll()
        try:
            client = ControlClient(paths.socket)
        except NotRunning:
            found = connect(paths) if status == ANOTHER_RUNS else None
            if found is not None:
                return found, False
            if status is not None:
                raise UserError(_early_end(paths, status)) from None
        else:
            return client, client.request(Ping()).pid == process.pid
        beginning.check()
        time.sleep(_POLL_S)


def follow_until_settled(
    client: ControlClient, deadline: float, on_state: StateEvent,
) -> str:
    """
    Report the states of the nodes until each is ready or given up.

    :param deadline: monotonic time
    :returns: ``ready`` or ``degraded``
    :raises TimedOut: not before the deadline
    :raises Disconnected: the system ended
    """
    client.request(Subscribe())
    while (left_s := deadline - time.monotonic()) > 0:
        event = client.next_event(left_s)
        if event is None:
            break
        if isinstance(event, Settled):
            return event.state
        if isinstance(event, Ended):
            raise Disconnected('the system was stopped while it started')
        if isinstance(event, StateChanged):
            on_state(event)
    raise TimedOut


def _early_end(paths: ProjectPaths, status: int) -> str:
    how = f'signal {-status}' if status < 0 else f'status {status}'
    return '\n  '.join([f'the supervisor ended while it started ({how})', *early_output(paths)])

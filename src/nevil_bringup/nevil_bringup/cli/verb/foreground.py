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

"""``nevil start --foreground``: the system attached to this terminal."""

from __future__ import annotations

import signal
import sys
import time

from nevil_bringup.api.launch import TimedOut
from nevil_bringup.api.launch import wait_for_socket
from nevil_bringup.api.supervisor_process import launch_supervisor
from nevil_bringup.cli.beside import Beside
from nevil_bringup.cli.interrupts import Interrupts
from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import ControlError
from nevil_bringup.errors import EXIT_FAILED
from nevil_bringup.errors import EXIT_INTERRUPTED
from nevil_bringup.errors import EXIT_OK
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.printing.records import Printer
from nevil_health.control.events import Ended
from nevil_health.control.events import Settled
from nevil_health.control.session import ShutDown
from nevil_health.control.session import Subscribe
from nevil_health.control.status import GetStatus
from nevil_nodes.declarations import Plan
from nevil_nodes.logs import Follower

__all__ = ['run_foreground']

_TICK_S = 0.05
_EXIT_S = 10.0


def run_foreground(paths: ProjectPaths, plan: Plan, *, logscope: bool | None) -> int:
    """
    Run the system until it ends; the first Ctrl-C or SIGTERM stops it, a second hurries.

    :param logscope: whether LogScope opens and closes with it, None for what the project says
    :returns: exit code: 1 when a node had failed, 130 after Ctrl-C
    :raises UserError: it did not come up
    """
    paths.logs.mkdir(parents=True, exist_ok=True)
    follower = Follower(paths.logs)
    printer = Printer()
    with Interrupts(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as interrupts:
        process = launch_supervisor(paths, plan, attached=True)
        try:
            client, ours = wait_for_socket(paths, process)
        except TimedOut as error:
            process.terminate()
            raise UserError(str(error)) from None
        if not ours:
            raise UserError(f'{plan.project} is already running; nevil logs -f follows it')
        beside = Beside(paths, plan, logscope)
        with client:
            try:
                _attend(client, interrupts, follower, printer, plan.project, beside)
            except ControlError:
                pass  # it has ended; its exit status says how
        status = process.wait(_EXIT_S)
        printer.show(follower.drain())
        beside.close()
    if status not in (EXIT_OK, EXIT_FAILED):
        raise UserError(f'the supervisor ended unexpectedly (status {status})')
    return EXIT_INTERRUPTED if status == EXIT_OK and interrupts.last == signal.SIGINT else status


def _attend(
    client: ControlClient, interrupts: Interrupts, follower: Follower, printer: Printer,
    project: str, logscope: Beside,
) -> None:
    """Show logs and pass signals on until the system has ended."""
    client.request(Subscribe())
    while True:
        ordinal = interrupts.take()
        if ordinal == 1:
            _note(f'stopping {project}; press Ctrl-C again to hurry')
            # a service manager signals the whole group: then the supervisor knows already
            if client.request(GetStatus()).state != 'stopping':
                client.request(ShutDown())
        elif ordinal:
            _note('hurrying')
            client.request(ShutDown(hurry=True))
        event = client.next_event(0.0 if follower.behind else _TICK_S)
        printer.show(follower.poll(time.monotonic()))
        logscope.tell(0.0)
        if isinstance(event, Ended):
            return
        if isinstance(event, Settled):
            _note(f'{project} is {event.state}; Ctrl-C stops it')


def _note(text: str) -> None:
    print(f'nevil: {text}', file=sys.stderr, flush=True)

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

"""Start a supervisor and wait until the system it brings up has settled."""

from __future__ import annotations

from collections.abc import Callable
import os
from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import time
from typing import IO
from typing import NoReturn

from nevil_bringup.api.beginning import Beginning
from nevil_bringup.api.beginning import TimedOut
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
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations import to_json
from nevil_nodes.own_program import own_program

__all__ = [
    'TimedOut', 'become_supervisor', 'early_output', 'follow_until_settled', 'launch_supervisor',
    'wait_for_socket',
]

# A small robot is up within a second, so a longer interval would show.
_POLL_S = 0.01
_SHOWN_LINES = 15

StateEvent = Callable[[StateChanged], None]


def launch_supervisor(
    paths: ProjectPaths, plan: Plan, *, attached: bool,
) -> subprocess.Popen[bytes]:
    """
    Start the supervisor in a session of its own; what it prints before its logs goes to a file.

    :param plan: what it should carry out; it reads no file of the project
    :param attached: it gets SIGTERM when this process dies, however that happens
    :raises OSError: no process or no file can be made
    """
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
    output = os.open(_output(paths), flags, 0o600)
    try:
        with _resolved(plan) as resolved:
            return subprocess.Popen(
                _command(paths), stdin=resolved, stdout=output, stderr=output, cwd='/',
                env={**os.environ, **_absolute_roots()},
                start_new_session=True, preexec_fn=_end_with_parent() if attached else None)
    finally:
        os.close(output)


def become_supervisor(paths: ProjectPaths, plan: Plan, *, console: bool) -> NoReturn:
    """
    Become the supervisor: a service has one main process, from beginning to end.

    Signals wait until it can take them; to process 1 of a container they would be lost.

    :param console: print the logs on standard output
    """
    sys.stdout.flush()
    with _resolved(plan) as resolved:
        os.dup2(resolved.fileno(), 0)
    os.chdir('/')
    signal.pthread_sigmask(
        signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    os.execve(sys.executable,
              [*_command(paths), '--service', *(['--console'] if console else [])],
              {**os.environ, **_absolute_roots()})


def early_output(paths: ProjectPaths) -> list[str]:
    """Return the last lines that the supervisor printed before its logs took over."""
    try:
        text = _output(paths).read_text(encoding='utf-8', errors='replace')
    except OSError:
        return []
    return text.splitlines()[-_SHOWN_LINES:]


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


def _command(paths: ProjectPaths) -> list[str]:
    return [*own_program('nevil_bringup.supervisor'), '--project', str(paths.project),
            '--plan-stdin']


def _resolved(plan: Plan) -> IO[bytes]:
    """Return an open file without a name that holds the plan, to be read from its beginning."""
    file = tempfile.TemporaryFile()
    file.write(to_json(plan).encode())
    file.seek(0)
    return file


def _absolute_roots() -> dict[str, str]:
    """Return the variables of ``paths.py`` as they are to be read in another folder."""
    return {name: os.path.abspath(os.environ[name])
            for name in ('NEVIL_RUNTIME_DIR', 'NEVIL_STATE_DIR') if os.environ.get(name)}


def _output(paths: ProjectPaths) -> Path:
    return paths.state / 'supervisor.out'


def _early_end(paths: ProjectPaths, status: int) -> str:
    how = f'signal {-status}' if status < 0 else f'status {status}'
    return '\n  '.join([f'the supervisor ended while it started ({how})', *early_output(paths)])


def _end_with_parent() -> Callable[[], None]:
    from nevil_bringup.spawner.prctl import die_with_parent  # few need it
    parent = os.getpid()

    def ask() -> None:
        die_with_parent(signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)
    return ask

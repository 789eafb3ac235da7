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
Start the supervisor's process.

Its own start takes longest, so this imports little: whoever starts one does it first of all.
"""

from __future__ import annotations

from collections.abc import Callable
import contextlib
import os
from pathlib import Path
import signal
import subprocess
import sys
from typing import IO
from typing import NoReturn
from typing import TYPE_CHECKING

from nevil_bringup.paths import ProjectPaths
from nevil_nodes.own_program import own_program

if TYPE_CHECKING:
    from nevil_nodes.declarations.plan import Plan

__all__ = [
    'become_supervisor', 'begin_supervisor', 'early_output', 'give_plan', 'launch_supervisor']

_SHOWN_LINES = 15


def launch_supervisor(
    paths: ProjectPaths, plan: Plan, *, attached: bool,
) -> subprocess.Popen[bytes]:
    """
    Start the supervisor in a session of its own; what it prints before its logs goes to a file.

    :param plan: what it should carry out; it reads no file of the project
    :param attached: it gets SIGTERM when this process dies, however that happens
    :raises OSError: no process or no file can be made
    """
    with _resolved(plan) as resolved:
        return _launch(paths, resolved, attached=attached)


def begin_supervisor(paths: ProjectPaths) -> subprocess.Popen[bytes]:
    """
    Start a supervisor that waits for its plan once it is loaded, and ends with this process.

    :raises OSError: no process or no file can be made
    """
    return _launch(paths, subprocess.PIPE, attached=True)


def give_plan(process: subprocess.Popen[bytes], plan: Plan | None) -> None:
    """Give a supervisor the plan that it waits for; None ends it."""
    assert process.stdin is not None
    # One that has ended already cannot be told; whoever waits for it learns why.
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        if plan is not None:
            pipe.write(_json(plan))


def _launch(
    paths: ProjectPaths, plan: IO[bytes] | int, *, attached: bool,
) -> subprocess.Popen[bytes]:
    paths.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
    output = os.open(_output(paths), flags, 0o600)
    try:
        return subprocess.Popen(
            _command(paths), stdin=plan, stdout=output, stderr=output, cwd='/',
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


def _command(paths: ProjectPaths) -> list[str]:
    return [*own_program('nevil_bringup.supervisor'), '--project', str(paths.project),
            '--plan-stdin']


def _resolved(plan: Plan) -> IO[bytes]:
    """Return an open file without a name that holds the plan, to be read from its beginning."""
    file = os.fdopen(os.memfd_create('plan'), 'w+b')
    file.write(_json(plan))
    file.seek(0)
    return file


def _json(plan: Plan) -> bytes:
    from nevil_nodes.declarations.serial import to_json
    return to_json(plan).encode()


def _absolute_roots() -> dict[str, str]:
    """Return the variables of ``paths.py`` as they are to be read in another folder."""
    return {name: os.path.abspath(os.environ[name])
            for name in ('NEVIL_RUNTIME_DIR', 'NEVIL_STATE_DIR') if os.environ.get(name)}


def _output(paths: ProjectPaths) -> Path:
    return paths.state / 'supervisor.out'


def _end_with_parent() -> Callable[[], None]:
    from nevil_bringup.spawner.prctl import die_with_parent  # few need it
    parent = os.getpid()

    def ask() -> None:
        die_with_parent(signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os._exit(1)
    return ask

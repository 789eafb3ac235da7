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

"""Open LogScope, the log viewer, beside the system: a process of its own; close it again."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from importlib.util import find_spec
import os
from pathlib import Path
import select
import signal
import subprocess
import time
from typing import BinaryIO
from typing import cast
from typing import NamedTuple

from nevil_bringup.dds import middleware_env
from nevil_bringup.dds import run_env
from nevil_bringup.dds import security_env
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.lock import lock_holder
from nevil_bringup.supervisor.lock import try_lock
from nevil_nodes.declarations import Plan
from nevil_nodes.declarations.keystore import OPERATOR
from nevil_nodes.own_program import own_program

__all__ = ['Opening', 'close_logscope', 'obstacle', 'open_logscope', 'viewer_env']

# Qt and a first look at the logs take a second; on a busy machine several.
_OPEN_S = 15.0
_TERM_S = 5.0
_KILL_S = 2.0
# Between taking its lock and writing its pid into the file LogScope has no number to show.
_PID_S = 1.0
_TICK_S = 0.02
_SHOWN_LINES = 5
_FDS = 'NEVIL_LOGSCOPE_FDS'
_DISPLAYS = ('DISPLAY', 'WAYLAND_DISPLAY', 'QT_QPA_PLATFORM')
_READY = b'ready\n'


class Opening(NamedTuple):
    """
    A LogScope that was started, or found.

    :param process: None where it was open already
    :param report: where it says that its window is shown
    """

    pid: int
    output: Path
    process: subprocess.Popen[bytes] | None = None
    report: BinaryIO | None = None

    def wait(self, timeout_s: float = _OPEN_S) -> bool:
        """
        Wait until the window is shown.

        :returns: False where that takes longer
        :raises UserError: it ended instead; the text says why
        """
        if self.process is None or self.report is None:
            return True
        poller = select.poll()
        poller.register(self.report, select.POLLIN)
        if not poller.poll(timeout_s * 1000):
            return False
        if self.report.read(len(_READY)) == _READY:
            return True
        status = self.process.wait()  # only its end closes the pipe without a word
        how = f'signal {-status}' if status < 0 else f'status {status}'
        raise UserError('\n  '.join([f'LogScope ended while it started ({how})', *self._said()]))

    def _said(self) -> list[str]:
        try:
            text = self.output.read_text(encoding='utf-8', errors='replace')
        except OSError:
            return []
        return [line for line in text.splitlines() if line.strip()][-_SHOWN_LINES:]


def obstacle(
    environ: Mapping[str, str], find: Callable[[str], object] = find_spec,
) -> str | None:
    """
    Return why no window can be opened here, with the way out; None where it can be tried.

    :param find: returns whether a module is installed, without importing it
    """
    if not find('nevil_logscope'):
        return 'the package nevil_logscope is not installed'
    missing = [] if find('PyQt5') or find('PyQt6') else ['PyQt5']
    missing += [] if find('numpy') else ['numpy']
    if missing:
        way_out = f'apt install {" ".join(f"python3-{name.lower()}" for name in missing)}'
        if environ.get('NEVIL_ENVIRONMENT', '').endswith(':embedded'):
            way_out = "'scripts/nevil monitor' installs what is missing (60 MB)"
        return f'it needs {" and ".join(missing)}: {way_out}'
    if not any(environ.get(name) for name in _DISPLAYS):
        return ('there is no display: DISPLAY and WAYLAND_DISPLAY are not set '
                "(over ssh: ssh -X; 'nevil logs -f' needs none)")
    return None


def viewer_env(
    middleware: Mapping[str, str] | None, plan: Plan | None,
) -> dict[str, str]:
    """
    Return the environment in which it receives from the nodes.

    :param middleware: variables of the running system, which may be of another terminal
    :param plan: of the project, where nothing runs; None where it has errors
    """
    environ = dict(os.environ)
    if middleware is None:
        if plan is None:
            return {**environ, **run_env(environ, {})}
        return {**environ, **run_env(environ, plan.environment),
                **security_env(plan.security.keystore, OPERATOR)}
    for name in middleware_env(environ):
        del environ[name]
    return {**environ, **middleware}


def open_logscope(
    paths: ProjectPaths, arguments: Sequence[str], environ: Mapping[str, str],
) -> Opening:
    """
    Start it in a session of its own, unless it is open.

    :param arguments: of ``python -m nevil_logscope``
    :raises UserError: it cannot be opened here; the text says why
    :raises OSError: no process or no file can be made
    """
    why = obstacle(environ)
    if why:
        raise UserError(f'LogScope cannot be opened: {why}')
    output = paths.state / 'logscope.out'
    for folder in (paths.runtime.parent, paths.runtime, paths.state, paths.logs):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(paths.logscope, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not try_lock(lock):
            return Opening(lock_holder(paths.logscope) or 0, output)
        end, reporter = os.pipe()
        report = open(end, 'rb', buffering=0)
        try:
            process = _start(arguments, environ, output, (reporter, lock))
        finally:
            os.close(reporter)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f'{process.pid}\n'.encode(), 0)
    finally:
        os.close(lock)  # the lock stays with the process that has it open now
    return Opening(process.pid, output, process, cast(BinaryIO, report))


def _start(
    arguments: Sequence[str], environ: Mapping[str, str], output: Path, fds: tuple[int, int],
) -> subprocess.Popen[bytes]:
    with open(output, 'wb') as stream:
        return subprocess.Popen(
            own_program('nevil_logscope', *arguments), stdin=subprocess.DEVNULL,
            stdout=stream, stderr=stream, cwd='/', start_new_session=True, pass_fds=fds,
            env={**environ, _FDS: ','.join(map(str, fds))})


def close_logscope(paths: ProjectPaths) -> int | None:
    """
    End it: SIGTERM, after 5 s SIGKILL.

    :returns: its pid, None where it was not open
    """
    deadline = time.monotonic() + _PID_S
    while (pid := lock_holder(paths.logscope)) == 0 and time.monotonic() < deadline:
        time.sleep(_TICK_S)  # it was started a moment ago
    if not pid:
        return None
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        if lock_holder(paths.logscope) != pid:  # it ended meanwhile, and the number is another's
            return None
        poller = select.poll()
        poller.register(process, select.POLLIN)
        for number, patience_s in ((signal.SIGTERM, _TERM_S), (signal.SIGKILL, _KILL_S)):
            signal.pidfd_send_signal(process, number)
            if poller.poll(patience_s * 1000):
                break
    except ProcessLookupError:
        pass  # just ended
    finally:
        os.close(process)
    return pid

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


"""Generate a project's interface package and build it, one build at a time."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys

from nevil_bringup.build.errors import BuildError
from nevil_bringup.build.installed import fingerprint
from nevil_bringup.build.installed import installed_digest
from nevil_bringup.build.installed import kept_messages
from nevil_bringup.build.output import first_error
from nevil_bringup.build.output import percent
from nevil_bringup.build.requirements import find_colcon
from nevil_bringup.build.requirements import require_path
from nevil_bringup.build.requirements import require_tools
from nevil_bringup.build.staleness import is_stale
from nevil_bringup.build.workspace import Current
from nevil_bringup.build.workspace import prefixes
from nevil_bringup.build.workspace import Workspace
from nevil_bringup.build.workspace import workspace_of
from nevil_msggen.package import digest
from nevil_msggen.package import package_files
from nevil_msggen.package import write_files
from nevil_msggen.types import TypeTable
from nevil_nodes.declarations.plan import Plan

__all__ = ['build']

Progress = Callable[[str], None]

# No bubble on the desktop; unlike an option, this may name what is not installed.
_BLOCKLIST = 'COLCON_EXTENSION_BLOCKLIST'
_NOTIFICATION = 'colcon_core.event_handler.desktop_notification'


def build(plan: Plan, types: TypeTable, environ: Mapping[str, str], *,
          progress: Progress = lambda text: None, force: bool = False) -> bool:
    """
    Build the project's messages where they are stale.

    :param types: the message types of the project, as loaded with the plan
    :param environ: the environment with ROS 2 in it
    :param progress: takes one line of text again and again, for the user to see
    :param force: build from scratch even what is up to date
    :returns: whether anything was built
    :raises BuildError: it failed; the text holds the first error and the log's place
    """
    if not types:
        return False
    workspace = workspace_of(Path(plan.directory))
    try:
        workspace.root.mkdir(parents=True, exist_ok=True)
        with _alone(workspace, progress) as lock:
            # Another build may have done it while this one waited.
            if not force and is_stale(plan, types, environ) is None:
                return False
            return _build(plan, types, environ, workspace, lock, progress, force)
    except OSError as error:
        raise BuildError(f'{error.filename or workspace.root}: {error.strerror or error}; make '
                         'room there, make it writable, or set NEVIL_STATE_DIR to another folder'
                         ) from error


def _build(plan: Plan, types: TypeTable, environ: Mapping[str, str], workspace: Workspace,
           lock: int, progress: Progress, force: bool) -> bool:
    package, bases = plan.messages_package, prefixes(environ, workspace)
    wanted = digest(types, package)
    if installed_digest(package, bases) == wanted:
        workspace.drop()
        return False
    require_path(workspace.root)
    require_tools(environ, bases)
    kept = kept_messages(package, bases)
    environment = fingerprint(bases)
    files = package_files(types, package, kept)
    source = workspace.root / 'src' / package
    # rosidl's Python module still names a message that is gone, and then cannot be imported.
    gone = {path.name for path in source.glob('msg/*.msg')} - {Path(name).name for name in files}
    _prepare(workspace, package, environment, force or bool(gone))
    write_files(files, source)
    install = workspace.install(wanted)
    progress(f'building {package}')
    run = _Run(package, workspace, install, lock, _build_environment(environ, bases), progress)
    # Messages written by hand may need those of other packages, which CMake finds.
    cpp = plan.messages_cpp or bool(kept) or not run.direct()
    if cpp:
        run.colcon()
    python = next((path.parent for pattern in ('lib/python*/*', 'local/lib/python*/*')
                   for path in install.glob(f'{pattern}/{package}')), None)
    if python is None:
        raise BuildError(f'{package} was built without its Python module; see {workspace.log}',
                         workspace.log)
    workspace.use(Current(digest=wanted, environment=environment, install=str(install),
                          python=str(python), cpp=cpp))
    progress(f'built {package}')
    return True


@contextmanager
def _alone(workspace: Workspace, progress: Progress) -> Iterator[int]:
    """Hold the lock of the workspace; the kernel frees it with the last process that has it."""
    with open(workspace.root / 'lock', 'a', encoding='utf-8') as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress('waiting for another build of this project')
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream.fileno()


def _prepare(workspace: Workspace, package: str, environment: str, anew: bool) -> None:
    """Forget what was compiled for another Python or ROS 2, and packages of another name."""
    note = workspace.root / 'build-environment'
    known = note.read_text(encoding='utf-8') if note.exists() else ''
    for folder in (workspace.root / 'src').glob('*'):
        if folder.name != package:
            shutil.rmtree(folder, ignore_errors=True)
    if anew or known != environment:
        shutil.rmtree(workspace.root / 'build', ignore_errors=True)
        note.write_text(environment, encoding='utf-8')


def _build_environment(environ: Mapping[str, str], bases: list[str]) -> dict[str, str]:
    """Return the environment for colcon: CMake finds ROS 2, and not this project's last build."""
    cmake = [prefix for prefix in environ.get('CMAKE_PREFIX_PATH', '').split(os.pathsep)
             if prefix and prefix not in bases]
    blocked = [name for name in (environ.get(_BLOCKLIST), _NOTIFICATION) if name]
    return {**environ, 'AMENT_PREFIX_PATH': os.pathsep.join(bases),
            'CMAKE_PREFIX_PATH': os.pathsep.join([*bases, *cmake]),
            'COLCON_DEFAULTS_FILE': os.devnull,  # the user's are for the user's own builds
            _BLOCKLIST: os.pathsep.join(blocked)}


class _Run:
    """Runs the programs of one build; what they print goes to its log."""

    def __init__(self, package: str, workspace: Workspace, install: Path, lock: int,
                 environ: Mapping[str, str], progress: Progress) -> None:
        self._package, self._workspace, self._install = package, workspace, install
        self._lock, self._environ, self._progress = lock, environ, progress
        self._lines: list[str] = []

    def direct(self) -> bool:
        """
        Build for C and Python: that takes half the time, and a fifth of it after an edit.

        :returns: False where it does not work here
        """
        root = self._workspace.root
        status = self._run([
            sys.executable, '-m', 'nevil_bringup.build.direct', str(root / 'src' / self._package),
            str(root / 'build' / 'direct'), str(self._install)], 'w')
        if status != 0:
            shutil.rmtree(self._install, ignore_errors=True)
            self._progress('not built directly, building with colcon')
        return status == 0

    def colcon(self) -> None:
        """
        Build all that CMake makes of it, C++ too.

        :raises BuildError: it failed
        """
        root = self._workspace.root
        status = self._run([
            find_colcon(self._environ), '--log-base', str(root / 'log'), 'build',
            '--base-paths', str(root / 'src'), '--build-base', str(root / 'build'),
            '--install-base', str(self._install), '--merge-install',
            '--event-handlers', 'console_direct+',
            '--cmake-force-configure',  # or it would install where the build before did
            '--cmake-args', '-DBUILD_TESTING=OFF', f'-DPython3_EXECUTABLE={sys.executable}'], 'a')
        if status != 0:
            reason = first_error(self._lines) or f'colcon ended with status {status}'
            log = self._workspace.log
            raise BuildError(f'{self._package} could not be built: {reason}; the whole output is '
                             f'in {log}', log)

    def _run(self, command: Sequence[str], mode: str) -> int:
        self._lines = []
        before = None
        with open(self._workspace.log, mode, encoding='utf-8') as log:
            process = subprocess.Popen(
                command, cwd=self._workspace.root, env=dict(self._environ),
                stdin=subprocess.DEVNULL, text=True, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, errors='replace', start_new_session=True,
                pass_fds=(self._lock,))  # it may outlive us
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    log.write(line)
                    self._lines.append(line)
                    done = percent(line)
                    if done is not None and done != before:
                        before = done
                        self._progress(f'building {self._package}: {done} %')
                return process.wait()
            finally:
                _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End what is left of an interrupted build, its compilers too."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

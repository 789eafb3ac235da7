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

"""Where a project's socket, lock, state and logs live."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
import stat
from typing import NamedTuple

__all__ = ['ProjectPaths', 'file_problem', 'project_paths', 'state_root']

# Of a folder that cannot be made or written.
_NOT_OURS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR})


class ProjectPaths(NamedTuple):
    """
    Paths of one project for one user (no dataclass: its import alone takes ``nevil status`` 7 ms).

    :param runtime: socket, lock and plan of the running system (short: sun_path holds 107 bytes)
    :param state: what outlives the supervisor: desired state
    :param logs: ``<node>.log`` and ``system.log``
    """

    project: Path
    runtime: Path
    state: Path
    logs: Path

    @property
    def socket(self) -> Path:
        """Return the control socket."""
        return self.runtime / 'control.sock'

    @property
    def copies(self) -> Path:
        """Return the socket on which launch gets what its processes print."""
        return self.runtime / 'output.sock'

    @property
    def lock(self) -> Path:
        """Return the file whose flock says that a supervisor runs."""
        return self.runtime / 'lock'

    @property
    def logscope(self) -> Path:
        """Return the file whose flock says that LogScope is open."""
        return self.runtime / 'logscope'

    @property
    def plans(self) -> Path:
        """Return the folder of resolved plans, one JSON file a process."""
        return self.runtime / 'plans'

    @property
    def stacks(self) -> Path:
        """Return the folder where processes write their stacks."""
        return self.runtime / 'stacks'

    @property
    def desired(self) -> Path:
        """Return the file with what the operator wants."""
        return self.state / 'desired.json'


def project_paths(project: Path) -> ProjectPaths:
    """
    Return where everything of a project lives; create nothing.

    ``NEVIL_RUNTIME_DIR`` and ``NEVIL_STATE_DIR`` override the two roots. Logs are in the project;
    for one that cannot be written, or is part of a package (nobody would look there), under its
    state.
    """
    project = project.resolve()
    digest = hashlib.sha256(os.fsencode(project)).hexdigest()[:10]
    # Messages are built below it, by tools that take few characters in a path.
    plain = ''.join(c if c.isascii() and (c.isalnum() or c in '_.-') else '_'
                    for c in project.name[:24])
    ident = f'{plain}-{digest}'
    state = state_root() / ident
    packaged = (project.parent.parent / 'package.xml').exists()
    own_logs = not packaged and os.access(project, os.W_OK)
    return ProjectPaths(
        project=project, runtime=_runtime(ident), state=state,
        logs=project / 'logs' if own_logs else state / 'logs')


def _runtime(ident: str) -> Path:
    """
    Return a short folder that is ours alone and the same in every shell of this user.

    A robot that was started where there was no session (cron, su) is found from a login too.
    """
    override = os.environ.get('NEVIL_RUNTIME_DIR')
    if override:
        return Path(override).absolute() / ident
    without = Path(f'/tmp/nevil-{os.getuid()}') / ident
    session = Path(f'/run/user/{os.getuid()}')
    try:
        status = session.stat()
        if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode):
            return without
    except OSError:
        return without
    within = session / 'nevil' / ident
    try:
        ours = (without / 'control.sock').lstat().st_uid == os.getuid()
    except OSError:
        return within
    return without if ours and not (within / 'control.sock').exists() else within


def state_root() -> Path:
    """Return the folder in which what outlives a run is kept, of every project."""
    override = os.environ.get('NEVIL_STATE_DIR')
    if override:
        return Path(override).absolute()
    base = os.environ.get('XDG_STATE_HOME')
    return Path(base) / 'nevil' if base else Path.home() / '.local' / 'state' / 'nevil'


def file_problem(error: OSError) -> str:
    """Return which file, what is wrong with it, and the way out where it is a place of Nevil's."""
    if error.filename is None or not isinstance(error.filename, (str, bytes)):
        return str(error)
    file = Path(os.fsdecode(error.filename))
    text = f'{file}: {error.strerror}'
    if error.errno not in _NOT_OURS:
        return text
    for root, variable in ((state_root(), 'NEVIL_STATE_DIR'),
                           (_runtime('any').parent, 'NEVIL_RUNTIME_DIR')):
        if root in (file, *file.parents) or file in root.parents[:-1]:
            return (f'{text}; Nevil keeps files in {root}: make it a folder that you can write, '
                    f'or set {variable} to one')
    return text

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
The command `nevil` of the wheel: the workspace that it brings, in a folder where it can be built.

That is a folder of its version in ``~/.local/share/nevil``; its ROS 2 and its build, which
``scripts/nevil`` makes there at the first call, stay when a newer wheel of the version comes.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
import shutil
import sys

__all__ = ['main', 'put_in_place']

_HERE = Path(__file__).resolve().parent
_PARTS = ('src', 'scripts')


def main() -> None:
    """Become ``scripts/nevil`` of the workspace."""
    identity = (_HERE / 'identity.txt').read_text(encoding='utf-8')
    data = Path(os.environ.get('XDG_DATA_HOME') or '~/.local/share').expanduser()
    folder = data / 'nevil' / identity.split()[0]
    try:
        put_in_place(folder, identity)
    except OSError as error:
        sys.exit(f'nevil: {folder} cannot be written: {error.strerror}\n'
                 '       Name a folder that can in XDG_DATA_HOME.')
    # The Python that pip chose, if there is a ROS 2 to be made.
    os.environ.setdefault('NEVIL_PYTHON', sys.executable)
    os.execvp('bash', ['bash', str(folder / 'scripts' / 'nevil'), *sys.argv[1:]])


def put_in_place(folder: Path, identity: str) -> None:
    """
    Copy the workspace of this wheel to a folder, unless it is there.

    :param identity: of the workspace, in the folder's ``identity.txt`` once it is complete
    :raises OSError: the folder cannot be written
    """
    mark = folder / 'identity.txt'
    if _reads(mark) == identity:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / 'lock', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _reads(mark) == identity:  # another call was faster
            return
        mark.unlink(missing_ok=True)
        for part in _PARTS:
            shutil.rmtree(folder / part, ignore_errors=True)
            shutil.copytree(_HERE / 'workspace' / part, folder / part)
        (folder / 'scripts' / 'nevil').chmod(0o755)
        mark.write_text(identity, encoding='utf-8')


def _reads(mark: Path) -> str:
    try:
        return mark.read_text(encoding='utf-8')
    except OSError:
        return ''

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

"""What the operator wants to stay stopped, kept on disk so that it outlives the supervisor."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

__all__ = ['DesiredState']

_log = logging.getLogger('supervisor')


class DesiredState:
    """The set of stopped units of a project, in one small file that is always whole."""

    def __init__(self, path: Path) -> None:
        """
        Read the file.

        A file that cannot be read counts as empty: it is said in the log and kept aside.
        """
        self._path = path
        self._stopped = self._read()

    @property
    def stopped(self) -> frozenset[str]:
        """Return the units an operator stopped."""
        return frozenset(self._stopped)

    def remember(self, unit: str, *, stopped: bool) -> None:
        """
        Keep that a unit shall stay stopped (or no longer); on disk when this returns.

        A full disk is said in the log and costs only the memory across supervisors.
        """
        before = set(self._stopped)
        (self._stopped.add if stopped else self._stopped.discard)(unit)
        if self._stopped == before:
            return
        try:
            self._write()
        except OSError as error:
            _log.error('%s: not written (%s); a stop of %s will not outlive this supervisor',
                       self._path, error.strerror, unit)

    def _read(self) -> set[str]:
        try:
            data = json.loads(self._path.read_text(encoding='utf-8'))
            return {str(name) for name in data['stopped']}
        except FileNotFoundError:
            return set()
        except (OSError, ValueError, KeyError, TypeError) as error:
            aside = self._path.with_suffix('.unreadable')
            _log.warning('%s: not readable (%s); kept as %s, nothing counts as stopped',
                         self._path, error, aside.name)
            try:
                self._path.replace(aside)
            except OSError:
                pass
            return set()

    def _write(self) -> None:
        temporary = self._path.with_suffix('.tmp')
        text = json.dumps({'version': 1, 'stopped': sorted(self._stopped)}) + '\n'
        with open(temporary, 'w', encoding='utf-8') as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)

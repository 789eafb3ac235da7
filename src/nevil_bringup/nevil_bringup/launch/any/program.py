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

"""What launch would execute, as it is about to."""

from __future__ import annotations

from collections.abc import Mapping
import os
import shutil

from nevil_nodes.lazy_dataclass import dataclass

__all__ = ['Program']


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """
    What launch would execute, as it is about to.

    :param terminal: its output is to go into pseudo-terminals
    :param on_exit: the action has an ``on_exit``, which says what its end means
    """

    cmd: tuple[str, ...]
    cwd: str | None
    env: Mapping[str, str] | None
    shell: bool
    terminal: bool
    respawn: bool
    respawn_delay: float
    respawn_max_retries: int
    on_exit: bool

    @property
    def argv(self) -> tuple[str, ...]:
        """Return the command line that is executed."""
        return ('/bin/sh', '-c', ' '.join(self.cmd)) if self.shell else self.cmd

    def check(self) -> None:
        """
        Check that it can be executed, as launch would at once.

        :raises OSError: the reason
        """
        cwd = self.cwd or os.getcwd()
        if not os.path.isdir(cwd):
            raise FileNotFoundError(f'no such folder: {cwd}')
        program = self.argv[0]
        if os.sep in program:
            path: str | None = os.path.join(cwd, program)
        else:
            path = shutil.which(program, path=(self.env or os.environ).get('PATH', os.defpath))
        if path is None or not os.path.exists(path):
            raise FileNotFoundError(f'no such file: {program}')
        if not os.access(path, os.X_OK):
            raise PermissionError(f'not executable: {program}')

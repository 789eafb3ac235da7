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

"""A project of its own for a test, and the command line run in it."""

from __future__ import annotations

import os
from pathlib import Path
import subprocess
import sys
from typing import Any

from nevil_bringup.paths import project_paths
from nevil_bringup.paths import ProjectPaths

__all__ = ['Place']


class Place:
    """A project in a short folder, with its own socket and state."""

    def __init__(self, root: Path) -> None:
        """Make an empty project called robbie."""
        self.root = root
        self.project = root / 'robbie'
        (self.project / 'nodes').mkdir(parents=True)
        (self.project / '.nodes').write_text('version: "3.0"\nsystem:\n  log_level: INFO\n')
        os.utime(self.project / '.nodes', (0, 0))  # older than any running system
        self.environ = {**os.environ, 'NEVIL_RUNTIME_DIR': str(root / 'r'),
                        'NEVIL_STATE_DIR': str(root / 's'), 'NEVIL_PROJECT': str(self.project)}
        self.environ.pop('NO_COLOR', None)
        self._started: list[subprocess.Popen[str]] = []

    @property
    def paths(self) -> ProjectPaths:
        """Return where its socket, state and logs are."""
        return project_paths(self.project)

    def begin(self, *args: str, **options: Any) -> subprocess.Popen[str]:
        """Run the command and do not wait for it."""
        options = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE,
                   'stderr': subprocess.PIPE, 'env': self.environ, 'cwd': self.root, **options}
        process = subprocess.Popen(
            [sys.executable, '-m', 'nevil_bringup', *args], text=True, **options)
        self._started.append(process)
        return process

    def nevil(self, *args: str, **options: Any) -> tuple[int, str, str]:
        """Run the command; return its exit code and what it printed."""
        process = self.begin(*args, **options)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def end(self) -> None:
        """End what still runs."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()

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

"""What a service executes: check, build, become the supervisor."""

from __future__ import annotations

import os
import sys

from nevil_bringup.api.build import build_messages
from nevil_bringup.api.prepare import check
from nevil_bringup.api.supervisor_process import become_supervisor
from nevil_bringup.control.connect import connect
from nevil_bringup.errors import UserError
from nevil_bringup.paths import ProjectPaths
from nevil_bringup.supervisor.notify import ServiceManager
from nevil_health.control.session import Ping

__all__ = ['run_service']

# A step of a build may take this long on a small machine before the service counts as hung.
_STEP_S = 300


def run_service(paths: ProjectPaths, *, console: bool) -> int:
    """
    Become the supervisor; this process is the service's main one from beginning to end.

    :param console: print the logs on standard output
    :raises UserError: the project has errors, cannot be built or runs already
    """
    client = connect(paths)
    if client is not None:
        with client:
            pid = client.request(Ping()).pid
        raise UserError(
            f"{paths.project.name} is already running (pid {pid}); 'nevil stop' stops it")
    manager = ServiceManager(dict(os.environ))
    result = check(paths)
    assert result.plan is not None

    def progress(text: str) -> None:
        manager.tell(STATUS=text, EXTEND_TIMEOUT_USEC=str(_STEP_S * 1_000_000))
        if '%' not in text:
            print(text, file=sys.stderr, flush=True)

    build_messages(result, progress)
    become_supervisor(paths, result.plan, console=console)

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

"""Find the running supervisor of a project, wherever its runtime folder is."""

from __future__ import annotations

import os
import time

from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import NotRunning
from nevil_bringup.control.client import Unreachable
from nevil_bringup.paths import ProjectPaths

__all__ = ['connect']

# One that begins or ends does not listen for a moment, nor one whose runtime folder was removed.
_MOMENT_S = 3.0
_POLL_S = 0.02


def connect(paths: ProjectPaths, timeout_s: float = 5.0) -> ControlClient | None:
    """
    Return a connection to the running supervisor, None where there is none.

    :param timeout_s: for each answer
    :raises Unreachable: there is one that cannot be spoken to; the text says which, and why
    """
    give_up_at = time.monotonic() + _MOMENT_S
    socket, server = paths.socket, os.getuid()
    while True:
        try:
            return ControlClient(socket, timeout_s, server)
        except NotRunning:
            pass
        from nevil_bringup.control.holder import holder_of  # seldom needed
        holder = holder_of(paths)
        if holder is None:
            return None
        if holder.runtime is None:
            raise Unreachable(f'{paths.project} is supervised by {holder}')
        if time.monotonic() > give_up_at:
            raise Unreachable(f'{paths.project} has a supervisor that does not listen: {holder}')
        socket, server = holder.runtime / paths.socket.name, holder.uid
        time.sleep(_POLL_S)

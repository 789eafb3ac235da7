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
"""Find the running supervisor of a project."""

from __future__ import annotations

from nevil_bringup.control.client import ControlClient
from nevil_bringup.control.client import NotRunning
from nevil_bringup.paths import ProjectPaths

__all__ = ['connect']


def connect(paths: ProjectPaths) -> ControlClient | None:
    """
    Return a connection to the running supervisor, None where there is none.

    :raises Unreachable: there is one that cannot be spoken to
    """
    try:
        return ControlClient(paths.socket)
    except NotRunning:
        return None

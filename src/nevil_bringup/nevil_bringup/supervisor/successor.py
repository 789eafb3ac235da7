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
The plan that a supervisor carries out after its end: a restart asked for from within a node.

Whoever asks ends with the node, so the supervisor restarts itself, with the plan that was
left for it.
"""

from __future__ import annotations

import json
import os
import sys

from nevil_bringup.paths import ProjectPaths
from nevil_nodes.declarations import to_json
from nevil_nodes.declarations.plan import Plan

__all__ = ['become_successor', 'forget_successor', 'is_within_run', 'leave_successor']

_NAME = 'next.json'


def is_within_run(paths: ProjectPaths) -> bool:
    """Return whether this process is one of the run, and ends with it."""
    try:
        note = json.loads((paths.runtime / 'run.json').read_text(encoding='utf-8'))
        return bool(note['run_id'] == os.environ.get('NEVIL_RUN_ID'))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def leave_successor(paths: ProjectPaths, plan: Plan) -> None:
    """
    Leave the plan of the next start, for the supervisor that is about to end.

    :raises OSError: it cannot be written
    """
    path = paths.runtime / _NAME
    temporary = path.with_suffix('.tmp')
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(fd, 'w', encoding='utf-8') as file:
        file.write(to_json(plan))
    temporary.replace(path)


def forget_successor(paths: ProjectPaths) -> None:
    """Remove what was left for a supervisor that did not get to it."""
    (paths.runtime / _NAME).unlink(missing_ok=True)


def become_successor(paths: ProjectPaths) -> None:
    """Start over with the plan that was left; return where there is none."""
    path = paths.runtime / _NAME
    try:
        plan = os.open(path, os.O_RDONLY)
    except OSError:
        return
    path.unlink()
    os.dup2(plan, 0)
    os.close(plan)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])

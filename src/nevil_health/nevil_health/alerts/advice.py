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

"""What an operator can do about a node."""

from __future__ import annotations

from nevil_health.core.view import UnitView
from nevil_health.signals.views import NodeHealth

__all__ = ['advice']


def advice(node: str, unit: UnitView, health: NodeHealth) -> list[str]:
    """Return the commands that help, each with what it does, the most useful first."""
    logs = f'nevil logs {node} (what it logged)'
    if unit.held:
        return [f'nevil node release {node} (resumes automatic recovery)']
    if unit.paused_by:
        if 'operator' in unit.paused_by:
            return [f'nevil node resume {node} (the operator has paused it)']
        return []
    match unit.state:
        case 'failed':
            return [logs, f'nevil node restart {node} (tries again, with a new budget)']
        case 'backoff':
            return [logs, f'nevil node restart {node} (restarts it at once)']
        case 'unhealthy' | 'starting':
            return [logs]
        case 'stopped' | 'completed':
            return [f'nevil node start {node}']
        case 'disabled':
            return [f'runtime.status: live in the .nodes of {node} (it is disabled there)']
        case 'ready' if health.level in ('degraded', 'unhealthy'):
            return [logs, f'nevil node restart {node} (if it does not recover by itself)']
        case _:
            return []

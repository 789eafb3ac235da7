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

"""The answer to ``nevil status``: one object, additive only (design.md, "CLI")."""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path
from typing import Any

from nevil_health.core import UnitView
from nevil_nodes.declarations.plan import Plan

__all__ = ['status_document']

_FINE = frozenset({'ready', 'completed', 'disabled', 'stopped'})


def status_document(
    plan: Plan, views: Mapping[str, UnitView], *, at: float, shutting_down: bool,
    started_at: Mapping[str, float], samples: Mapping[str, Mapping[str, Any]],
    health: Mapping[str, Mapping[str, Any]], logs: Path, extra: Mapping[str, Any],
) -> dict[str, Any]:
    """
    Return the state of a project as plain data.

    :param views: for each node what the core knows of its unit
    :param at: now, monotonic seconds
    :param started_at: when the process of each running unit was created
    :param samples: newest resource sample of each node, from the health node
    :param health: health of each node, with the fields of NodeHealth.msg
    :param logs: folder of the log files
    :param extra: further keys of the document (pids of Nevil's own processes, alerts, LogScope)
    """
    nodes = []
    for node in plan.nodes:
        view = views[node.name]
        sample = samples.get(node.name, {}) if view.pid else {}
        since = started_at.get(view.name)
        uptime_s = None if since is None else round(at - since, 3)
        known = health[node.name]
        nodes.append({
            'name': node.name, 'state': view.state, 'pid': view.pid,
            'generation': view.generation, 'uptime_s': uptime_s, 'restarts': view.restarts,
            'cpu_percent': sample.get('cpu_percent'), 'memory_mb': sample.get('memory_mb'),
            'reason': view.reason, 'paused_by': list(view.paused_by) or None, 'muted': view.muted,
            'process': node.process, 'root': view.root, 'held': view.held,
            'health': known['level'], 'cause': known['cause'], 'signals': known['signals'],
            'criticality': node.criticality, 'heartbeat_age_s': sample.get('beat_age_s'),
        })
    return {
        'project': plan.project, 'directory': plan.directory,
        'state': _state(nodes, shutting_down, extra.get('settled')), 'nodes': nodes,
        'logs': _logs(logs), **extra,
    }


def _state(nodes: list[dict[str, Any]], shutting_down: bool, settled: str | None) -> str:
    if shutting_down:
        return 'stopping'
    states = {node['state'] for node in nodes}
    if states <= _FINE:
        return 'ready'
    if settled == 'degraded' or states & {'failed', 'unhealthy'}:
        return 'degraded'
    return 'starting' if states <= _FINE | {'waiting', 'starting'} else 'degraded'


def _logs(directory: Path) -> list[dict[str, Any]]:
    found = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name.endswith('.log') and entry.is_file():
                    found.append({'name': entry.name[:-4], 'path': entry.path,
                                  'bytes': entry.stat().st_size})
    except OSError:
        return []
    return sorted(found, key=lambda log: str(log['name']))

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

"""The answer to ``nevil status``."""

from __future__ import annotations

from collections.abc import Mapping
import os
from pathlib import Path

from nevil_health.control.reports import NodeReport
from nevil_health.control.status import LogFile
from nevil_health.control.status import NodeStatus
from nevil_health.core import UnitView
from nevil_health.signals import NodeSample
from nevil_nodes.declarations.plan import NodePlan

__all__ = ['log_files', 'node_status', 'state_of']

_FINE = frozenset({'ready', 'completed', 'disabled', 'stopped'})


def node_status(node: NodePlan, view: UnitView, health: NodeReport,
                sample: NodeSample | None) -> NodeStatus:
    """
    Return what is known of a node.

    :param view: what the core knows of its unit
    :param sample: the newest one of its process, None where it has none
    """
    return NodeStatus(
        name=node.name, state=view.state, pid=view.pid, generation=view.generation,
        uptime_s=health.uptime, restarts=view.restarts,
        cpu_percent=sample.cpu_percent if sample else None,
        memory_mb=sample.memory_mb if sample else None, reason=view.reason,
        paused_by=tuple(view.paused_by) or None, muted=view.muted, process=node.process,
        root=view.root, held=view.held, health=health.level, cause=health.cause,
        signals=health.signals, criticality=node.criticality,
        heartbeat_age_s=sample.beat_age_s if sample else None)


def state_of(nodes: Mapping[str, UnitView], *, shutting_down: bool, settled: str | None) -> str:
    """Return the state of the system in a word."""
    if shutting_down:
        return 'stopping'
    states = {view.state for view in nodes.values()}
    if states <= _FINE:
        return 'ready'
    if settled == 'degraded' or states & {'failed', 'unhealthy'}:
        return 'degraded'
    return 'starting' if states <= _FINE | {'waiting', 'starting'} else 'degraded'


def log_files(directory: Path) -> tuple[LogFile, ...]:
    """Return the newest log file of each node; none where they cannot be read."""
    try:
        with os.scandir(directory) as entries:
            found = [LogFile(name=entry.name[:-4], path=entry.path, bytes=entry.stat().st_size)
                     for entry in entries if entry.name.endswith('.log') and entry.is_file()]
    except OSError:
        return ()
    return tuple(sorted(found, key=lambda log: log.name))

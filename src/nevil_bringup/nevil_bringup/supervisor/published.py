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

"""Health as the messages of nevil_msgs carry it: plain data with their fields, nan as None."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import asdict
import time
from typing import Any

from nevil_health.alerts.views import Alert
from nevil_health.signals.views import NodeHealth
from nevil_health.signals.views import SignalView
from nevil_health.signals.views import SystemHealth

__all__ = ['alert_fields', 'node_fields', 'signal_fields', 'system_fields']


def signal_fields(signals: Iterable[SignalView], at: float) -> list[dict[str, Any]]:
    """Return the fields of Signal.msg for each of which anything was ever known."""
    return [{'name': one.signal, 'level': one.level, 'value': one.value,
             'threshold': one.threshold, 'since': _age(one.since, at), 'cause': one.cause}
            for one in signals if one.since]


def node_fields(health: NodeHealth, at: float, process: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the fields of NodeHealth.msg.

    :param process: those of its process: pid, generation, restarts, uptime, cpu and memory
    """
    return {
        'node': health.node, 'level': health.level, 'state': health.state, 'cause': health.cause,
        'root': health.root, 'criticality': health.criticality,
        'since': _age(health.since, at), **process,
        'signals': signal_fields(health.signals.values(), at)}


def system_fields(health: SystemHealth, at: float, project: str) -> dict[str, Any]:
    """Return the fields of SystemHealth.msg."""
    names = ('cpu_sum_percent', 'cpu_max_percent', 'cpu_max_node', 'memory_sum_mb',
             'memory_max_mb', 'memory_max_node', 'cpu_percent', 'memory_percent',
             'messages_per_s', 'error_rate')
    return {
        'project': project, 'level': health.level, 'causes': list(health.causes),
        'since': _age(health.since, at),
        **{level: health.nodes.get(level, 0)
           for level in ('healthy', 'degraded', 'unhealthy', 'unknown')},
        **{name: getattr(health, name) for name in names},
        'monitor_lag': health.monitor_lag_s,
        'signals': signal_fields(health.signals.values(), at)}


def alert_fields(alert: Alert, at: float) -> dict[str, Any]:
    """Return the fields of Alert.msg; ``started`` is wall time, seconds since the epoch."""
    fields = asdict(alert)
    since = fields.pop('since')
    for name in ('fired', 'ended'):
        del fields[name]
    ended = alert.ended if alert.ended is not None else at
    return {**fields, 'started': round(time.time() - (at - since), 3),
            'age': round(at - since, 3), 'duration': round(ended - since, 3)}


def _age(since: float, at: float) -> float | None:
    """Return the seconds since then; None where nothing has happened yet."""
    return round(at - since, 3) if since else None
